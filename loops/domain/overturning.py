"""What would close an open gate, and what would open a closed one, in sentences."""

from datetime import datetime, timedelta
from typing import Final

from loops.domain.evidence import Counts
from loops.domain.graduation import (
    MAX_REGRET_RATE,
    STALE_AFTER_DAYS,
    WINDOW,
)
from loops.domain.states import GateKey

DAY: Final = timedelta(days=1)


def outlook(key: GateKey, counts: Counts, *, passed: bool, now: datetime) -> list[str]:
    """What to expect of a gate from here on, the surest first."""
    match key:
        case GateKey.PREVENTION:
            return _prevention(counts, passed=passed, now=now)
        case GateKey.ROLLBACK:
            return _rollback(counts, passed=passed, now=now)
        case _:
            return _timeline(counts, passed=passed, now=now)


def _prevention(counts: Counts, *, passed: bool, now: datetime) -> list[str]:
    if not passed:
        if not counts.preventions:
            return ["The first prevention by an active policy opens it."]
        more = counts.attempts - 2 * counts.preventions  # the gate opens at a half
        return [f"{_many(more, 'more prevention')} in a row would open it."]
    last = counts.last_prevention_at
    failures = 2 * counts.preventions - counts.attempts + 1
    sentences = [f"{_many(failures, 'failed attempt')} would close it."]
    if last is not None:
        stale = last + (STALE_AFTER_DAYS + 1) * DAY
        sentences.insert(0, f"{_in(stale - now)} without another prevention, the level is lost.")
        sentences.insert(1, _ages("prevention", counts.preventions, last, now=now))
    return sentences


def _rollback(counts: Counts, *, passed: bool, now: datetime) -> list[str]:
    if not passed:
        if not counts.demotions:
            return ["No policy had to be taken back yet. The first one disabled for harm opens it."]
        return ["Too much is regretted. Good decisions bring the rate down to 30%, and open it."]
    allowed = int(MAX_REGRET_RATE * counts.evaluations)
    more = allowed - counts.regrets + 1
    sentences = [f"{_many(more, 'more report')} of harm on the same decisions would close it."]
    if counts.last_demotion_at is not None:
        sentences.insert(
            0, _ages("disabled policy", counts.demotions, counts.last_demotion_at, now=now)
        )
    return sentences


def _timeline(counts: Counts, *, passed: bool, now: datetime) -> list[str]:
    if not passed or counts.last_view_at is None:
        return ["Open the timeline of an incident whose recurrence was prevented, and read it."]
    return [_ages("view", counts.views, counts.last_view_at, now=now)]


def _ages(noun: str, count: int, last: datetime, *, now: datetime) -> str:
    which = "only" if count == 1 else "last"
    return f"{_in(last + WINDOW - now)} its {which} {noun} is too old to count."


def _in(left: timedelta) -> str:
    days = max(0, left // DAY)
    return "Today" if not days else f"In {days} day{'s' if days > 1 else ''}"


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' if count != 1 else ''}"
