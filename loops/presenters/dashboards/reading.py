"""Reading what was counted: any period in one query, as of a stated moment."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from loops.domain.figures import Period, Series, Steps, percentile, steps_of
from loops.models import FigureMark, StaleHour
from m25console.models import Tenant

_READ: Final = """
SELECT series, label, (extract(epoch FROM hour - %(since)s)::bigint / %(size)s)::int, sum(value)
FROM figures
WHERE tenant_id = %(tenant)s AND hour >= %(since)s AND hour <= %(until)s
  AND series = ANY(%(series)s)
GROUP BY 1, 2, 3
"""


@dataclass(frozen=True)
class Counts:
    """What was counted in a period, by series and label: one number for each step."""

    steps: Steps
    values: Mapping[tuple[str, str], Sequence[int]]

    def of(self, series: Series, label: str) -> Sequence[int]:
        return self.values.get((series, label), [0] * len(self.steps.begins))

    def total(self, series: Series, label: str) -> int:
        return sum(self.of(series, label))

    def all_of(self, series: Series) -> int:
        return sum(self.total(series, label) for label in self.labels(series))

    def labels(self, series: Series) -> list[str]:
        return sorted(label for known, label in self.values if known == series)

    def waits(self, priority: str = "") -> Sequence[Mapping[int, int]]:
        """How many waits fell in each class, for each step; of all priorities if none is named."""
        found: list[dict[int, int]] = [defaultdict(int) for _ in self.steps.begins]
        for label in self.labels(Series.WAITS):
            known, _, wait_class = label.partition("/")
            if priority in ("", known):
                for place, number in enumerate(self.of(Series.WAITS, label)):
                    found[place][int(wait_class)] += number
        return found

    def wait(self, priority: str, share: float) -> float | None:
        """Seconds within which this share of the period's questions was answered."""
        return percentile(_together(self.waits(priority)), share)

    def waited(self, priority: str) -> int:
        return sum(_together(self.waits(priority)).values())


@dataclass(frozen=True)
class AsOf:
    """Until when the figures are counted; None: not yet. `is_behind`: hours are left to count."""

    moment: datetime | None
    is_behind: bool


def counts_of(tenant: Tenant, *, period: Period, series: Sequence[Series], now: datetime) -> Counts:
    """What was counted in a period that ends now; one query of index entries only."""
    return counts_over(tenant, steps=steps_of(period, now=now), series=series, now=now)


def counts_before(
    tenant: Tenant, *, steps: Steps, series: Sequence[Series], now: datetime
) -> Counts:
    """What was counted in the period before these steps, up to where the unfinished one stands
    now, so that both are equally long; one query of index entries only."""
    return counts_over(tenant, steps=steps.before, series=series, now=now - steps.length)


def counts_over(tenant: Tenant, *, steps: Steps, series: Sequence[Series], now: datetime) -> Counts:
    """What was counted in these steps; one query of index entries only."""
    named: dict[str, Any] = {
        "tenant": tenant.pk,
        "since": steps.since,
        "until": now,
        "size": int(steps.size.total_seconds()),
        "series": [one.value for one in series],
    }
    values: dict[tuple[str, str], list[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_READ, named)
        for found, label, place, number in cursor.fetchall():
            row = values.setdefault((found, label), [0] * len(steps.begins))
            row[place] = int(number)
    return Counts(steps, values)


def as_of(tenant: Tenant) -> AsOf:
    """How current the figures are; one query."""
    return as_of_mark(marks_of(tenant))


def marks_of(tenant: Tenant) -> QuerySet[FigureMark]:
    """Up to where the tenant's figures were made, if any were."""
    left = StaleHour.objects.filter(tenant=OuterRef("tenant"))
    marks = FigureMark.objects.filter(tenant=tenant)
    return marks.annotate(is_behind=Exists(left)).order_by("pk")[:1]


def as_of_mark(marks: Iterable[FigureMark]) -> AsOf:
    """How current the figures are, by `marks_of` their tenant."""
    for mark in marks:
        return AsOf(mark.looked_until, is_behind=bool(getattr(mark, "is_behind", False)))
    return AsOf(None, is_behind=True)


def _together(steps: Sequence[Mapping[int, int]]) -> Mapping[int, int]:
    total: dict[int, int] = defaultdict(int)
    for step in steps:
        for wait_class, number in step.items():
            total[wait_class] += number
    return total
