"""Several short lists in one statement, for pages that show many of them about one thing.

Each list keeps its own conditions, order and limit, and is read by its own index; only the way to
the database and back is shared.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from django.db import connection
from django.db.models import F, Field, Model, QuerySet

_LIST: Final = "(SELECT coalesce(json_agg(part), '[]')::text FROM ({}) part)"


@dataclass(frozen=True)
class _Shape:
    """What is read of a model, by the names it has in the statement, and of what it refers to."""

    model: type[Model]
    columns: Mapping[str, "Field[Any, Any]"]
    related: Mapping[str, "_Shape"]

    def made(self, row: Mapping[str, Any]) -> Model | None:
        """The object a row tells of; None where the row refers to nothing."""
        if all(row[name] is None for name in self.columns):
            return None
        names = [field.attname for field in self.columns.values()]
        values = [field.to_python(row[name]) for name, field in self.columns.items()]
        one = self.model.from_db(connection.alias, names, values)
        for name, shape in self.related.items():
            setattr(one, name, shape.made(row))
        return one


def fetch_together(*lists: QuerySet[Any]) -> None:
    """Read all these lists in one query; whoever goes through one of them asks nothing more.

    They may have followed foreign keys with `select_related`, by name; they are not of `only` or
    `annotate`.
    """
    shapes = [_shape_of(one.model, one.query.select_related) for one in lists]
    parts: list[str] = []
    values: list[Any] = []
    for rows, shape in zip(lists, shapes, strict=True):
        statement, bound = _statement(rows, shape)
        parts.append(_LIST.format(statement))
        values += bound
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        found = cursor.fetchone()
    for rows, shape, told in zip(lists, shapes, cast(tuple[str, ...], found), strict=True):
        rows._result_cache = [shape.made(row) for row in json.loads(told)]


def _shape_of(model: type[Model], follows: Any, *, path: str = "") -> _Shape:
    """`follows` is what a query says of its `select_related`: names within names."""
    return _Shape(
        model,
        {f"c_{path}{field.attname}": field for field in model._meta.concrete_fields},
        {
            name: _shape_of(
                cast(type[Model], model._meta.get_field(name).related_model),
                deeper,
                path=f"{path}{name}__",
            )
            for name, deeper in (follows or {}).items()
        },
    )


def _paths(shape: _Shape) -> dict[str, F]:
    found = {name: F(name.removeprefix("c_")) for name in shape.columns}
    for deeper in shape.related.values():
        found |= _paths(deeper)
    return found


def _statement(rows: QuerySet[Any], shape: _Shape) -> tuple[str, tuple[Any, ...]]:
    # A list that cannot have any row has no statement unless it is made to.
    compiler = rows.values(**_paths(shape)).query.get_compiler(rows.db, elide_empty=False)
    statement, bound = compiler.as_sql()
    return statement, tuple(bound)
