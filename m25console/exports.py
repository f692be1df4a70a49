"""Tables as files: the rows a list shows, as CSV for spreadsheets or JSON for programs.

Rows are read a thousand at a time by the key of the last, so a file of any size costs little memory
and holds no cursor open. A file ends at MOST rows and then says so.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import batched, islice
from operator import attrgetter
from typing import Any, Final

from django.apps import apps
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import StreamingHttpResponse

from m25console import audit
from m25console.access import Actor
from m25console.keyset import Order, Place, window
from m25console.refusals import NotFound

MOST: Final = 100_000  # rows of one file
CHUNK: Final = 1000  # rows of one query
BOM: Final = "\ufeff"  # without it, spreadsheets take UTF-8 for something else
# What a spreadsheet would run as a formula, whatever space or wide form hides it.
_RUNS: Final = re.compile(r"^[\s\0]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r]")
_PLAIN_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?")

type Cell = str | int | float | bool | Decimal | datetime | date | None


class Format(StrEnum):
    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True)
class Column[Row]:
    """One column; its name says the unit, as in `took_seconds`."""

    name: str
    value: Callable[[Row], Cell]


@dataclass(frozen=True)
class Table[Row]:
    """Rows under names, to be written once."""

    name: str
    columns: Sequence[Column[Row]]
    rows: Iterator[Row]
    is_truncated: bool = False
    filters: Mapping[str, str] | None = None  # as asked for, for the record


type Query = Mapping[str, str]  # the filters; `of` names the one whose rows are wanted
type Maker = Callable[[Actor, Query, datetime], Table[Any]]


def table_of(name: str, *, actor: Actor, query: Query, now: datetime) -> Table[Any]:
    """The rows a list shows under these filters; each app tells its tables by name as `tables()`
    on its AppConfig. Raises NotFound for a name that is none, and NotPermitted where the list
    itself would be refused."""
    for config in apps.get_app_configs():
        told: Callable[[], Mapping[str, Maker]] | None = getattr(config, "tables", None)
        maker = told().get(name) if told is not None else None
        if maker is not None:
            return maker(actor, query, now)
    raise NotFound("There is no such table.")


def field(name: str, path: str = "") -> Column[Any]:
    """The column that holds an attribute of the row, by default the one it is named after."""
    return Column(name, attrgetter(path or name))


def listed[Row: Model](
    name: str,
    rows: QuerySet[Row],
    *,
    order: Order,
    columns: Sequence[Column[Row]],
    filters: Mapping[str, str] | None = None,
) -> Table[Row]:
    """The table of what a list finds, in its order; one query says whether it is longer than a
    file may be."""
    beyond = rows.order_by(*order.names())[MOST : MOST + 1]
    return Table(
        name,
        columns,
        islice(_by_key(rows, order=order), MOST),
        is_truncated=bool(beyond.values_list("pk")),
        filters=filters,
    )


def _by_key[Row: Model](rows: QuerySet[Row], *, order: Order) -> Iterator[Row]:
    place = Place()
    while True:
        found = list(window(rows, order=order, place=place, size=CHUNK - 1))
        yield from found
        if len(found) < CHUNK:
            return
        place = Place(older=order.key_of(found[-1]))


@transaction.atomic
def note(table: Table[Any], *, form: Format, by: Actor, now: datetime) -> None:
    """Put on record who takes which rows away."""
    told = {"table": table.name, "format": form.value, "filters": dict(table.filters or {})}
    audit.record(by=by, action="table.exported", about=by.tenant, now=now, after=told)


def download(
    table: Table[Any], *, form: Format, tenant_slug: str, now: datetime
) -> StreamingHttpResponse:
    """The answer that streams the file; `X-Truncated` tells whether rows were left out."""
    kind = "text/csv; charset=utf-8" if form is Format.CSV else "application/json"
    lines = csv_lines(table) if form is Format.CSV else json_lines(table, now=now)
    name = f"{table.name}-{tenant_slug}-{now.astimezone(UTC):%Y-%m-%d}.{form}"
    return StreamingHttpResponse(
        lines,
        content_type=kind,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Truncated": "true" if table.is_truncated else "false",
            "Cache-Control": "no-store",
        },
    )


def csv_lines(table: Table[Any]) -> Iterator[str]:
    """RFC 4180 with a byte order mark; texts that a spreadsheet would run are defused."""
    yield BOM + _csv([[column.name for column in table.columns]])
    for rows in batched(table.rows, CHUNK):
        yield _csv([[_spread(column.value(row)) for column in table.columns] for row in rows])
    if table.is_truncated:
        last = f"Truncated after {MOST} rows: narrow the filters to see the others."
        yield _csv([[last, *[""] * (len(table.columns) - 1)]])


def json_lines(table: Table[Any], *, now: datetime) -> Iterator[str]:
    """One object that says what it holds; its `rows` are one to a line."""
    head = {
        "table": table.name,
        "as_of": _plain(now),
        "filters": dict(table.filters or {}),
        "columns": [column.name for column in table.columns],
        "is_truncated": table.is_truncated,
    }
    yield json.dumps(head)[:-1] + ', "rows": [\n'
    is_first = True
    for rows in batched(table.rows, CHUNK):
        texts = [
            json.dumps({column.name: _plain(column.value(row)) for column in table.columns})
            for row in rows
        ]
        yield ("" if is_first else ",\n") + ",\n".join(texts)
        is_first = False
    yield "\n]}\n"


def defused(text: str) -> str:
    """The text as a spreadsheet may open it: behind an apostrophe if it would be run.

    A text that is just a number, such as an error code of -32603, runs nothing.
    """
    if _PLAIN_NUMBER.fullmatch(text) or not _RUNS.match(text):
        return text
    return f"'{text}"


def _spread(cell: Cell) -> str | int | float:
    plain = _plain(cell)
    if plain is None:
        return ""
    if isinstance(plain, bool):
        return "true" if plain else "false"
    return defused(plain) if isinstance(plain, str) else plain


def _plain(cell: Cell) -> str | int | float | bool | None:
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(cell, date):
        return cell.isoformat()
    return float(cell) if isinstance(cell, Decimal) else cell


def _csv(rows: Sequence[Sequence[str | int | float]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
