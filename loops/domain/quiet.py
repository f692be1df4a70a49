"""Quiet hours: when a tenant's people are not to be disturbed, and clocks rest.

Hours are those on the wall of the tenant's zone. A moment that a change of clocks skips counts as
the one after it; of one that comes twice the first begins quiet hours and the last ends them, so
they are never cut short.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAY: Final = timedelta(days=1)
LEAST_AWAKE: Final = timedelta(hours=8)  # of a week, so that clocks go on at all
LOOKED_BACK: Final = 22 * 7 * DAY  # a week of waking hours is in it, however few there are


@dataclass(frozen=True)
class QuietHours:
    """On these days (0 is Monday) from one hour to another; past midnight if it ends earlier."""

    days: Collection[int]
    starts: time
    ends: time
    zone: str = "UTC"

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """As stored. Raises KeyError, TypeError or ValueError for anything else."""
        return cls(
            frozenset(int(one) for one in told["days"]),
            time.fromisoformat(told["starts"]),
            time.fromisoformat(told["ends"]),
            str(told["zone"]),
        )

    def as_json(self) -> dict[str, Any]:
        """As `of` reads it."""
        return {
            "days": sorted(self.days),
            "starts": self.starts.strftime("%H:%M"),
            "ends": self.ends.strftime("%H:%M"),
            "zone": self.zone,
        }

    @property
    def in_words(self) -> str:
        """Such as "Monday to Friday, 22:00 to 07:00 (Europe/Berlin)"."""
        named = [DAYS[one][:3] for one in sorted(self.days)]
        days = "every day" if len(named) == len(DAYS) else ", ".join(named)
        return f"{days}, {self.starts:%H:%M} to {self.ends:%H:%M} ({self.zone})"


def faults_of(quiet: QuietHours) -> list[str]:
    """What is wrong with quiet hours somebody wants; empty if nothing is."""
    if not quiet.days or not set(quiet.days) <= set(range(len(DAYS))):
        return ["Choose at least one day of quiet hours, or switch them off."]
    try:
        ZoneInfo(quiet.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ["Choose a time zone such as Europe/Berlin or UTC."]
    monday = datetime(2024, 1, 1, tzinfo=UTC)  # any week without a change of clocks
    if awake(since=monday, until=monday + 7 * DAY, quiet=quiet) < LEAST_AWAKE:
        return ["Leave at least eight hours of the week that are not quiet."]
    return []


def is_quiet(now: datetime, *, quiet: QuietHours | None) -> bool:
    """Whether quiet hours are on; without any, never."""
    return quiet is not None and any(
        begin <= now < end for begin, end in _spells(quiet, since=now, until=now)
    )


def ends_at(now: datetime, *, quiet: QuietHours | None) -> datetime:
    """The first moment from `now` on that is not quiet, in UTC; `now` itself if it is not."""
    moment = now
    if quiet is not None:
        for begin, end in _spells(quiet, since=now, until=now + 7 * DAY):
            moment = end if begin <= moment < end else moment
    return moment


def awake(*, since: datetime, until: datetime, quiet: QuietHours | None) -> timedelta:
    """How much of the time between two moments was not quiet."""
    awake_for = max(until - since, timedelta(0))
    for begin, end in _spells(quiet, since=since, until=until) if quiet else ():
        awake_for -= max(min(end, until) - max(begin, since), timedelta(0))
    return awake_for


def began_by(now: datetime, *, patience: timedelta, quiet: QuietHours | None) -> datetime:
    """The latest beginning after which a clock that rests in quiet hours has run for `patience`.

    What was asked at that moment or before has waited long enough by `now`. `patience` is a week
    at most.
    """
    left, moment = patience, now
    spells = list(_spells(quiet, since=now - LOOKED_BACK, until=now)) if quiet else []
    for begin, end in reversed(spells):
        ran = max(moment - end, timedelta(0))
        if ran >= left:
            break
        left, moment = left - ran, min(begin, moment)
    return moment - left


def _spells(
    quiet: QuietHours, *, since: datetime, until: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """The quiet spells that touch a stretch of time, in their order, in UTC; none overlap."""
    zone = ZoneInfo(quiet.zone)
    day, last = since.astimezone(zone).date() - DAY, until.astimezone(zone).date()
    reached = datetime.min.replace(tzinfo=UTC)
    while day <= last:
        if day.weekday() in quiet.days:
            ends_on = day + DAY if quiet.ends <= quiet.starts else day
            begin = max(_at(day, quiet.starts, zone, fold=0), reached)
            reached = _at(ends_on, quiet.ends, zone, fold=1)
            yield begin, reached
        day += DAY


def _at(day: date, wall: time, zone: ZoneInfo, *, fold: int) -> datetime:
    return datetime.combine(day, wall, tzinfo=zone).replace(fold=fold).astimezone(UTC)
