"""Set-based writes: one statement for any number of rows of one table."""

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection, models


def update_rows(rows: Sequence[models.Model], *, fields: Sequence[str]) -> int:
    """Write `fields` of every row in one UPDATE and return how many rows it changed.

    All rows are of one model; their primary keys exist. Constraints and triggers apply as ever.
    """
    if not rows:
        return 0
    meta = rows[0]._meta
    columns = [meta.pk, *(meta.get_field(name) for name in fields)]
    arrays = [[_stored(row, column) for row in rows] for column in columns]
    with connection.cursor() as cursor:
        cursor.execute(_statement(meta.db_table, columns), arrays)
        return int(cursor.rowcount)


def _statement(table: str, columns: Sequence[Any]) -> str:
    key, *changed = (column.column for column in columns)
    setting = ", ".join(
        f'"{column.column}" = v."{column.column}"{_cast(column)}' for column in columns[1:]
    )
    arrays = ", ".join(f"%s::{_array_type(column)}[]" for column in columns)
    names = ", ".join(f'"{name}"' for name in (key, *changed))
    return (
        f'UPDATE "{table}" t SET {setting} '  # noqa: S608 - names come from the model
        f'FROM unnest({arrays}) AS v({names}) WHERE t."{key}" = v."{key}"'
    )


def _array_type(column: Any) -> str:
    return "text" if isinstance(column, models.JSONField) else _type(column)


def _cast(column: Any) -> str:
    return "::jsonb" if isinstance(column, models.JSONField) else ""


def _type(column: Any) -> str:
    return str(
        column.rel_db_type(connection) if column.is_relation else column.cast_db_type(connection)
    )


def _stored(row: models.Model, column: Any) -> Any:
    value = getattr(row, column.attname)
    if isinstance(column, models.JSONField):
        return None if value is None else json.dumps(value)
    return column.get_db_prep_save(value, connection)
