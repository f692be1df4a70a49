"""How often a policy was asked and what it said, by day; from its tallies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db.models import Sum

from loops.models import PolicyRule, PolicyTally
from loops.presenters.occurrences import Drawn, bars_of

DAYS: Final = 30
SUMMED: Final = ("day", "evaluations__sum", "matched__sum", "decided__sum", "excepted__sum")
WINDOWS: Final = ((1, "Today"), (7, "7 days"), (DAYS, "30 days"))


@dataclass(frozen=True)
class Count:
    """What a policy said in some days."""

    label: str
    evaluations: int
    matched: int
    decided: int
    excepted: int

    @property
    def rate(self) -> float | None:
        """The share it acted on, or would have; None if it was never asked."""
        return self.matched / self.evaluations if self.evaluations else None


@dataclass(frozen=True)
class Bars(Drawn):
    """The requests a policy acted on, or would have, per day; the oldest day first."""

    counts: Sequence[Count]  # of the same days

    @property
    def label(self) -> str:
        """What the bars say, in words."""
        seen = [one for one in self.days if one.times]
        told = ", ".join(f"{one.told} on {one.day:%-d %B}" for one in seen)
        return f"Requests it matched: {told}" if told else f"None in the last {DAYS} days"


def counts_of(policy: PolicyRule, *, now: datetime) -> tuple[list[Count], Bars]:
    """By window, and by day; one query. Days are UTC."""
    today = now.astimezone(UTC).date()
    first = today - timedelta(days=DAYS - 1)
    rows = PolicyTally.objects.filter(policy=policy, day__gte=first, day__lte=today)
    summed = rows.values("day").annotate(
        Sum("evaluations"), Sum("matched"), Sum("decided"), Sum("excepted")
    )
    found = {day: numbers for day, *numbers in summed.values_list(*SUMMED)}
    days = [first + timedelta(days=offset) for offset in range(DAYS)]
    counts = [Count(f"{day:%a %-d %B}", *found.get(day, [0] * 4)) for day in days]
    drawn = zip(days, (one.matched for one in counts), strict=True)
    bars = bars_of(list(drawn))
    windows = [_total(label, counts[-length:]) for length, label in WINDOWS]
    return windows, Bars(bars, counts)


def _total(label: str, counts: Sequence[Count]) -> Count:
    return Count(
        label,
        sum(one.evaluations for one in counts),
        sum(one.matched for one in counts),
        sum(one.decided for one in counts),
        sum(one.excepted for one in counts),
    )
