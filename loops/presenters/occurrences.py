"""How often patterns occurred on each of the last days, counted only so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from django.db import connection

from m25console.models import Tenant

DAYS: Final = 14
# A day of a bar chart needs no exact thousands; reading further would cost as much as the tenant
# has incidents.
ROW_LIMIT: Final = 99
PAGE_LIMIT: Final = 9999
BAR: Final = 6
GAP: Final = 2
HEIGHT: Final = 24

_COUNT = """
SELECT wanted.pattern, days.day, counted.times
FROM unnest(%s::text[]) AS wanted(pattern)
CROSS JOIN unnest(%s::timestamptz[], %s::timestamptz[]) AS days(day, ends)
CROSS JOIN LATERAL (
    SELECT count(*) AS times FROM (
        SELECT 1 FROM incidents
        WHERE tenant_id = %s AND matched_pattern_id = wanted.pattern
          AND created_at >= days.day AND created_at < days.ends
        LIMIT %s
    ) AS seen
) AS counted
WHERE counted.times > 0
"""


@dataclass(frozen=True)
class Day:
    """One bar: `x`, `y` and `height` are for a chart HEIGHT high."""

    day: date
    times: int
    is_capped: bool
    x: int
    y: int
    height: int

    @property
    def told(self) -> str:
        return f"{self.times - 1:,}+" if self.is_capped else f"{self.times:,}"


@dataclass(frozen=True)
class Drawn:
    """Bars side by side, the oldest day first."""

    days: Sequence[Day]

    @property
    def width(self) -> int:
        return len(self.days) * (BAR + GAP) - GAP

    @property
    def height(self) -> int:
        return HEIGHT


@dataclass(frozen=True)
class Chart(Drawn):
    """How often a pattern was seen in the last days."""

    @property
    def label(self) -> str:
        """What the bars say, in words."""
        seen = [one for one in self.days if one.times]
        if not seen:
            return f"Not seen in the last {len(self.days)} days"
        told = ", ".join(f"{one.told} on {one.day:%-d %B}" for one in seen)
        return f"In the last {len(self.days)} days: {told}"


def charts(
    *, tenant: Tenant, pattern_ids: Sequence[str], now: datetime, limit: int = ROW_LIMIT
) -> dict[str, Chart]:
    """A chart for every pattern: one query that reads at most `limit` rows per pattern and day."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    edges = [midnight + timedelta(days=offset - DAYS + 1) for offset in range(DAYS + 1)]
    counted: dict[str, dict[datetime, int]] = {one: {} for one in pattern_ids}
    if pattern_ids:
        with connection.cursor() as cursor:
            wanted: list[Any] = [list(pattern_ids), edges[:-1], edges[1:], tenant.pk, limit + 1]
            cursor.execute(_COUNT, wanted)
            for pattern_id, day, times in cursor.fetchall():
                counted[pattern_id][day] = times
    return {one: _chart(edges, times, limit) for one, times in counted.items()}


def _chart(edges: Sequence[datetime], times: dict[datetime, int], limit: int) -> Chart:
    counts = [(day.date(), times.get(day, 0)) for day, _end in pairwise(edges)]
    return Chart(bars_of(counts, limit=limit))


def bars_of(counts: Sequence[tuple[date, int]], *, limit: int | None = None) -> list[Day]:
    """A bar for every day, the highest as high as the chart; a count beyond `limit` was cut."""
    highest = max((times for _, times in counts), default=0) or 1
    bars = []
    for position, (day, times) in enumerate(counts):
        height = max(2, round(HEIGHT * times / highest)) if times else 0
        bar = Day(
            day=day,
            times=times,
            is_capped=limit is not None and times > limit,
            x=position * (BAR + GAP),
            y=HEIGHT - height,
            height=height,
        )
        bars.append(bar)
    return bars
