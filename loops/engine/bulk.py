"""Set-based writes: one statement for any number of rows of one table.

The rows travel as one JSON document, which PostgreSQL takes apart into typed columns: encoding it
costs a fraction of what as many query parameters do.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

import orjson
from django.db import connection, models


def insert_rows(rows: Sequence[models.Model], *, ignore_conflicts: bool = False) -> None:
    """Store new rows of one model, every column of them but a key the database makes itself.

    With `ignore_conflicts`, rows that a unique key forbids are left out.
    """
    if not rows:
        return
    columns = _stored_columns(type(rows[0]))
    names = ", ".join(f'"{column.column}"' for column in columns)
    otherwise = "ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    _execute(
        f'INSERT INTO "{rows[0]._meta.db_table}" ({names}) '  # noqa: S608 - names come from the model
        f"SELECT {names} FROM {_sent(columns)} {otherwise}",
        rows,
        columns,
    )


def update_rows(rows: Sequence[models.Model], *, fields: Sequence[str]) -> int:
    """Write `fields` of every row in one UPDATE and return how many rows it changed.

    All rows are of one model; their primary keys exist. Constraints and triggers apply as ever.
    """
    if not rows:
        return 0
    meta = rows[0]._meta
    changed: list[Any] = [meta.get_field(name) for name in fields]
    setting = ", ".join(f'"{one.column}" = v."{one.column}"' for one in changed)
    columns = [meta.pk, *changed]
    return _execute(
        f'UPDATE "{meta.db_table}" t SET {setting} '  # noqa: S608 - names come from the model
        f'FROM {_sent(columns)} WHERE t."{meta.pk.column}" = v."{meta.pk.column}"',
        rows,
        columns,
    )


@cache
def _stored_columns(model: type[models.Model]) -> list[Any]:
    return [
        column
        for column in model._meta.local_concrete_fields
        if not column.generated and not isinstance(column, models.AutoField)
    ]


def _sent(columns: Iterable[Any]) -> str:
    """The rows of the document, as a table `v`."""
    typed = ", ".join(f'"{column.column}" {_type(column)}' for column in columns)
    return f"json_to_recordset(%s::json) AS v({typed})"


def _type(column: Any) -> str:
    return str(
        column.rel_db_type(connection) if column.is_relation else column.cast_db_type(connection)
    )


def _execute(statement: str, rows: Iterable[models.Model], columns: Sequence[Any]) -> int:
    pairs = [(column.column, column.attname) for column in columns]
    document = [{name: getattr(row, attribute) for name, attribute in pairs} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(statement, [_as_json(document)])
        return int(cursor.rowcount)


def _as_json(document: Sequence[Mapping[str, Any]]) -> str:
    try:
        return orjson.dumps(document, default=_plain).decode()
    except TypeError:  # orjson knows no integers beyond 64 bits
        return json.dumps(document, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    raise TypeError(f"a row holds a {type(value).__name__}, which has no form in JSON")
