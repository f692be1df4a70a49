"""What dashboards show, as a file: one row for each line of each chart and each step."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from loops.presenters.dashboards import learning, work
from loops.presenters.dashboards.periods import period_from
from loops.presenters.dashboards.reading import counts_of
from m25console.access import Actor
from m25console.charts import Chart
from m25console.exports import Column, Maker, Query, Table

type Row = tuple[str, str, str, datetime, float | None]
COLUMNS: Final[Sequence[Column[Row]]] = (
    Column("chart", lambda row: row[0]),
    Column("line", lambda row: row[1]),
    Column("unit", lambda row: row[2]),
    Column("begins_at", lambda row: row[3]),
    Column("value", lambda row: row[4]),
)


def figure_table(actor: Actor, query: Query, now: datetime) -> Table[Any]:
    """Every chart of both dashboards in the period; an empty value is one nobody can tell."""
    counts = counts_of(
        actor.tenant,
        period=period_from(query),
        series=[*work.SERIES, *learning.SERIES],
        now=now,
    )
    drawn = [*work.charts(counts), *learning.charts(counts, tenant=actor.tenant)]
    return Table("figures", COLUMNS, _rows(drawn), filters=query)


def _rows(charts: Sequence[Chart]) -> Iterator[Row]:
    for chart in charts:
        for line in chart.lines:
            for begin, value in zip(chart.steps.begins, line.values, strict=True):
                yield chart.key, line.look.text, chart.unit or "count", begin, value


TABLES: Final[Mapping[str, Maker]] = {"figures": figure_table}
