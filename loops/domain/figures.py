"""Figures of a period: which are counted by the hour, and what many hours make together.

Waits are counted in classes that grow by a tenth, so a percentile is told at most ten percent too
long, however many hours it is taken from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

CLASSES_PER_TENFOLD: Final = 24
ENOUGH: Final = 5  # waits; fewer make no percentile worth reading
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)


class Series(StrEnum):
    """What is counted. The values are stored."""

    LOOPS = "loops"  # by the hour they began in and where they stand now
    BANDS = "bands"  # incidents by how well they matched
    DECISIONS = "decisions"  # answer and door
    WAITS = "waits"  # priority and class: from the question to a person's answer
    REJECTIONS = "rejections"  # reason
    DECIDED_BY = "decided_by"  # person
    VERIFICATIONS = "verifications"  # what became of applied recoveries
    PREVENTIONS = "preventions"  # outcome
    REGRETS = "regrets"  # type of harm
    POLICY_MOVES = "policy_moves"  # by mode, more of them (or fewer, if negative)
    DELIVERIES = "deliveries"  # channel and how it stands, by the hour it was wanted in


class Period(StrEnum):
    """How far back a dashboard looks, ending now."""

    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"
    QUARTER = "90d"


DAYS: Final[Mapping[Period, int]] = {
    Period.DAY: 1,
    Period.WEEK: 7,
    Period.MONTH: 30,
    Period.QUARTER: 90,
}


@dataclass(frozen=True)
class Steps:
    """The points of a chart: the first moments of hours or of UTC days, the last one unfinished."""

    begins: Sequence[datetime]
    size: timedelta

    @property
    def since(self) -> datetime:
        return self.begins[0]

    @property
    def length(self) -> timedelta:
        return self.size * len(self.begins)

    @property
    def before(self) -> "Steps":
        """As many steps, ending where these begin."""
        return Steps([one - self.length for one in self.begins], self.size)

    def place(self, moment: datetime) -> int:
        """Which step holds this moment, counted from 0. It must not lie before the first."""
        return (moment - self.since) // self.size


def steps_of(period: Period, *, now: datetime) -> Steps:
    """24 hours by the hour; anything longer by UTC days, today included."""
    if period is Period.DAY:
        return hours_back(24, now=now)
    last = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Steps([last - DAY * back for back in reversed(range(DAYS[period]))], DAY)


def hours_back(number: int, *, now: datetime) -> Steps:
    """So many hours, the one that runs included."""
    last = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return Steps([last - HOUR * back for back in reversed(range(number))], HOUR)


def percentile(classes: Mapping[int, int], share: float) -> float | None:
    """The wait in seconds within which this share was answered; None if too few were to say.

    `classes` holds how many waits fell in each class. Raises ValueError outside (0, 1].
    """
    if not 0 < share <= 1:
        raise ValueError(f"share {share} is outside (0, 1]")
    total = sum(classes.values())
    if total < ENOUGH:
        return None
    wanted, counted = share * total, 0
    for one in sorted(classes):
        counted += classes[one]
        if counted >= wanted:
            return longest_of(one)
    raise AssertionError("the classes hold fewer waits than their sum")


def longest_of(wait_class: int) -> float:
    """The longest wait, in seconds, that this class holds; class 0 holds up to one second."""
    return float(10 ** (wait_class / CLASSES_PER_TENFOLD))


def running_back(now: int, changes: Sequence[int]) -> list[int]:
    """What stood at the end of each step, from what stands now and how each step changed it."""
    stood, standing = [], now
    for change in reversed(changes):
        stood.append(standing)
        standing -= change
    return stood[::-1]
