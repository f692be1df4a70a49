"""What a policy would have done: counts with honest labels, and the promise that follows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from math import sqrt
from typing import Any, Final

from loops.domain.evaluation import Rule, RuleBook, in_scope
from loops.domain.states import TrafficLabel

Z_95: Final = 1.959964  # of the normal distribution, for 95 % intervals
MIN_EVALUATIONS: Final = 30  # in a day, for its rate to say anything
BROKEN_DAYS: Final = 2  # in a row outside the interval, until a promise is broken


@dataclass(frozen=True)
class Event:
    """Something that happened: an incident, or a request that was only judged.

    `of_pattern`: it is the failure the policy is about; `taught`: the policy was learned from it.
    """

    id: str
    at: datetime
    features: Mapping[str, Any]
    told: str
    label: TrafficLabel = TrafficLabel.UNKNOWN
    is_incident: bool = False
    of_pattern: bool = False
    taught: bool = False


@dataclass
class Findings:
    """What a policy would have done to the events of a window.

    Failures are incidents, and requests that proved bad. `asked` and `acted` count the requests
    in the policy's scope, whatever became of them.
    """

    stopped: list[Event] = field(default_factory=list)
    missed: list[Event] = field(default_factory=list)
    good_blocked: list[Event] = field(default_factory=list)
    unknown_blocked: list[Event] = field(default_factory=list)
    taught: list[Event] = field(default_factory=list)  # what it would have stopped of these
    good: int = 0
    asked: int = 0
    acted: int = 0

    @property
    def failures(self) -> int:
        return len(self.stopped) + len(self.missed)

    @property
    def verdict(self) -> str:
        """The counts in one line."""
        if not self.failures and not self.asked:
            return "nothing to compare it with"
        return (
            f"stops {len(self.stopped):,} of {self.failures:,} other"
            f"{'' if self.failures == 1 else 's'}, "
            f"blocks {len(self.good_blocked):,} of {self.good:,} good request"
            f"{'' if self.good == 1 else 's'}"
        )


@dataclass(frozen=True)
class Rate:
    """A share with its 95 % Wilson interval; all None without data."""

    expected: float | None = None
    low: float | None = None
    high: float | None = None


class DayVerdict(StrEnum):
    KEPT = "kept"
    OUTSIDE = "outside"
    INCONCLUSIVE = "inconclusive"  # too few requests to say


@dataclass(frozen=True)
class Day:
    """What an active policy did on one day."""

    day: date
    evaluations: int
    acted: int

    @property
    def rate(self) -> float | None:
        return round(self.acted / self.evaluations, 6) if self.evaluations else None


def replay(rule: Rule, events: Iterable[Event]) -> Findings:
    """What `rule` would have done, had it been in force; judged by the one evaluator."""
    book = RuleBook([rule])
    found = Findings()
    for event in events:
        acts = any(one.acts for one in book.judge(event.features, now=event.at).matched)
        if event.is_incident:
            _failure(found, event, acts=acts)
        elif in_scope(rule, event.features):
            _request(found, event, acts=acts)
    return found


def wilson(*, hits: int, of: int) -> Rate:
    """The share of hits and its 95 % Wilson interval, rounded to six places."""
    if not of:
        return Rate()
    share, square = hits / of, Z_95**2
    centre = (share + square / (2 * of)) / (1 + square / of)
    margin = Z_95 * sqrt(share * (1 - share) / of + square / (4 * of**2)) / (1 + square / of)
    low, high = max(0.0, centre - margin), min(1.0, centre + margin)
    # Rounding must not push the share itself out of its interval.
    expected = round(share, 6)
    return Rate(expected, min(round(low, 6), expected), max(round(high, 6), expected))


def judged(day: Day, promise: Rate) -> DayVerdict:
    """Whether a day kept the promise; inconclusive without data on either side."""
    if promise.low is None or promise.high is None or day.evaluations < MIN_EVALUATIONS:
        return DayVerdict.INCONCLUSIVE
    assert day.rate is not None
    return DayVerdict.KEPT if promise.low <= day.rate <= promise.high else DayVerdict.OUTSIDE


def broken(days: Sequence[Day], promise: Rate) -> list[Day]:
    """The first days in a row that broke the promise; none while it stands."""
    row: list[Day] = []
    for day in sorted(days, key=lambda one: one.day):
        if row and day.day != row[-1].day + timedelta(days=1):
            row = []
        row = [*row, day] if judged(day, promise) is DayVerdict.OUTSIDE else []
        if len(row) == BROKEN_DAYS:
            return row
    return []


def _failure(found: Findings, event: Event, *, acts: bool) -> None:
    if event.taught:
        if acts:
            found.taught.append(event)
    elif acts:
        found.stopped.append(event)
    elif event.of_pattern:
        found.missed.append(event)


def _request(found: Findings, event: Event, *, acts: bool) -> None:
    found.asked += 1
    found.acted += acts
    found.good += event.label is TrafficLabel.GOOD
    if event.label is TrafficLabel.BAD:
        _failure(found, event, acts=acts)
    elif acts:
        is_good = event.label is TrafficLabel.GOOD
        (found.good_blocked if is_good else found.unknown_blocked).append(event)
