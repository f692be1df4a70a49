"""Several short lists in one statement, for pages that show many of them about one thing.

Each list keeps its own conditions, order and limit, and is read by its own index; only the way to
the database and back is shared.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from django.db import connection
from django.db.models import (
    BinaryField,
    BooleanField,
    CharField,
    F,
    Field,
    IntegerField,
    JSONField,
    Model,
    QuerySet,
    TextField,
)
from django.db.models.query import ValuesIterable
from psycopg import ClientCursor

type Row = dict[str, Any]
type Rows = QuerySet[Any, Any]

# What JSON holds as Python does.
_AS_TOLD: Final = (BooleanField, CharField, IntegerField, JSONField, TextField)
_LIST: Final = "(SELECT coalesce(json_agg(part.*), '[]')::text FROM ({}) {})"


@dataclass
class Select:
    """A statement of our own whose columns have names; its rows are as JSON holds them."""

    sql: str
    values: Mapping[str, Any] | Sequence[Any] | None = None
    rows: Sequence[Row] = ()

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)


def how_many(rows: QuerySet[Any]) -> Select:
    """One row that says how many these are, as `n`; slice them to bound its cost."""
    text = _composed(*rows.values("pk").query.sql_with_params())
    return Select(f"SELECT count(*) AS n FROM ({text}) AS counted")  # noqa: S608 - Django wrote it


@dataclass(frozen=True)
class _Shape:
    """What is read of a model, by the names it has in the statement, and of what it refers to."""

    model: type[Model]
    columns: Mapping[str, "Field[Any, Any]"]
    related: Mapping[str, "_Shape"]
    notes: Mapping[str, "Field[Any, Any]"]  # what it was annotated with

    def made(self, row: Mapping[str, Any]) -> Model | None:
        """The object a row tells of; None where the row refers to nothing."""
        if all(row[name] is None for name in self.columns):
            return None
        names = [field.attname for field in self.columns.values()]
        values = [_as_python(field, row[name]) for name, field in self.columns.items()]
        one = self.model.from_db(connection.alias, names, values)
        for name, shape in self.related.items():
            found = shape.made(row)
            if found is None:  # known to be nothing, so that nobody looks for it again
                _link(self.model, name).set_cached_value(one, None)
            else:
                setattr(one, name, found)
        for name, field in self.notes.items():
            setattr(one, name, field.to_python(row[name]))
        return one


@dataclass(frozen=True)
class _Part:
    """One list of a statement, and what a row of it is made into."""

    statement: str
    bound: Sequence[Any]
    made: Callable[[Row], Any]
    called: str = "part"


def fetch_together(*lists: Rows | Select) -> None:
    """Read all these lists in one query; whoever goes through one of them asks nothing more.

    They may have followed links with `select_related`, by name, left out columns with `only` or
    `defer`, be annotated, or be of `values`.
    """
    parts = [_part_of(one) for one in lists]
    columns = ", ".join(_LIST.format(part.statement, part.called) for part in parts)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}", [one for part in parts for one in part.bound])
        found = cursor.fetchone()
    for one, part, told in zip(lists, parts, cast(tuple[str, ...], found), strict=True):
        rows = [part.made(row) for row in json.loads(told)]
        if isinstance(one, Select):
            one.rows = rows
        else:
            one._result_cache = rows


def _part_of(rows: Rows | Select) -> _Part:
    if isinstance(rows, Select):
        return _Part(_composed(rows.sql, rows.values).replace("%", "%%"), (), _as_told)
    if issubclass(rows._iterable_class, ValuesIterable):
        return _of_values(rows)
    shape = _shape_of(rows)
    return _Part(*_statement(rows.values(*shape.notes, **_paths(shape))), shape.made)


def _of_values(rows: Rows) -> _Part:
    query = rows.query
    names = list(query.selected or (*query.values_select, *query.annotation_select))
    compiler = query.get_compiler(rows.db, elide_empty=False)
    compiler.pre_sql_setup()
    kinds = [expression.output_field for expression, *_ in compiler.select]
    read = {
        name: kind.to_python
        for name, kind in zip(names, kinds, strict=True)
        if not isinstance(kind, _AS_TOLD)
    }
    called = ", ".join(map(connection.ops.quote_name, names))
    return _Part(
        *_statement(rows),
        lambda row: row | {name: to_python(row[name]) for name, to_python in read.items()},
        f"part({called})",
    )


def _as_python(field: "Field[Any, Any]", told: Any) -> Any:
    """A value as JSON holds it, in the field's own type."""
    if isinstance(field, BinaryField) and told is not None:
        return bytes.fromhex(told.removeprefix("\\x"))
    return field.to_python(told)


def _as_told(row: Row) -> Row:
    return row


def _composed(sql: str, values: Any) -> str:
    """The statement with its values in their places."""
    connection.ensure_connection()
    return ClientCursor(connection.connection).mogrify(sql, values)


def _shape_of(rows: Rows) -> _Shape:
    named, leaves_out = rows.query.deferred_loading
    annotations = rows.query.annotation_select

    def is_named(field: "Field[Any, Any]", path: str) -> bool:
        return not named.isdisjoint((f"{path}{field.name}", f"{path}{field.attname}"))

    def shape(model: type[Model], follows: Any, path: str) -> _Shape:
        """`follows` is what a query says of its `select_related`: names within names."""
        read = [
            field
            for field in model._meta.concrete_fields
            if field.primary_key or is_named(field, path) is not leaves_out
        ]
        related = {
            name: shape(_link(model, name).related_model, deeper, f"{path}{name}__")
            for name, deeper in (follows or {}).items()
        }
        notes = {} if path else {name: one.output_field for name, one in annotations.items()}
        return _Shape(model, {f"c_{path}{one.attname}": one for one in read}, related, notes)

    return shape(rows.model, rows.query.select_related, "")


def _link(model: type[Model], name: str) -> Any:
    """A foreign key, or the other end of a one-to-one."""
    return model._meta.get_field(name)


def _paths(shape: _Shape) -> dict[str, F]:
    found = {name: F(name.removeprefix("c_")) for name in shape.columns}
    for deeper in shape.related.values():
        found |= _paths(deeper)
    return found


def _statement(rows: Rows) -> tuple[str, Sequence[Any]]:
    # A list that cannot have any row has no statement unless it is made to.
    compiler = rows.query.get_compiler(rows.db, elide_empty=False)
    statement, bound = compiler.as_sql()
    return statement, tuple(bound)
