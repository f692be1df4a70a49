"""How long a question may be put out of one person's sight."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from loops.domain.silence import ESCALATE_AFTER
from loops.domain.states import CheckpointPriority

MOST: Final = timedelta(days=30)
MORNING: Final = time(9)


class Snooze(StrEnum):
    """The moments that are offered."""

    HOUR = "1h"
    FOUR_HOURS = "4h"
    TOMORROW = "tomorrow"
    MONDAY = "monday"
    ESCALATION = "escalation"


def until_of(
    wanted: Snooze, *, now: datetime, zone: tzinfo, created_at: datetime, priority: str
) -> datetime:
    """When the snooze ends, in UTC. Mornings are those of the person's own zone."""
    if wanted is Snooze.ESCALATION:
        return latest(created_at=created_at, priority=priority, now=now)
    return _ENDS[wanted](now, zone)


def latest(*, created_at: datetime, priority: str, now: datetime) -> datetime:
    """The last moment until which the question may be snoozed; before `now` if it may not.

    A critical one comes back when it escalates, so that its own reviewer is not the last to know.
    """
    if priority == CheckpointPriority.CRITICAL:
        return created_at + ESCALATE_AFTER[CheckpointPriority.CRITICAL]
    return now + MOST


def offers(*, created_at: datetime, priority: str, now: datetime) -> list[Snooze]:
    """Which moments a menu offers; none for a critical question that has escalated."""
    if priority != CheckpointPriority.CRITICAL:
        return [one for one in Snooze if one is not Snooze.ESCALATION]
    ends = latest(created_at=created_at, priority=priority, now=now)
    return [Snooze.ESCALATION] if ends > now else []


def _morning(now: datetime, zone: tzinfo, *, days: int) -> datetime:
    day = now.astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(day, MORNING, tzinfo=zone).astimezone(UTC)


def _monday(now: datetime, zone: tzinfo) -> datetime:
    return _morning(now, zone, days=7 - now.astimezone(zone).weekday())


_ENDS: Final[Mapping[Snooze, Callable[[datetime, tzinfo], datetime]]] = {
    Snooze.HOUR: lambda now, _zone: now + timedelta(hours=1),
    Snooze.FOUR_HOURS: lambda now, _zone: now + timedelta(hours=4),
    Snooze.TOMORROW: lambda now, zone: _morning(now, zone, days=1),
    Snooze.MONDAY: _monday,
}
