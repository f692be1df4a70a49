"""What one reported call may say: integrations 1.0.0."""

import math
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

MOST_AT_ONCE: Final = 100  # records in one batch
MAX_CALL_ID: Final = 100  # characters, as also of model and agent
MAX_PROVIDER: Final = 50
UNPRICED_AT: Final = 0.05  # of the calls; beyond it what is counted says little
ENOUGH: Final = 20  # calls that make a share worth telling
LATE_BY: Final = timedelta(days=7)  # an own time may lie this far back
LATENCY_BOUNDS: Final = (500, 1000, 2000, 5000, 10_000, 30_000, 60_000)  # ms, each included
# Codes that figures tell apart; what senders call otherwise is counted together.
ERROR_CODES: Final = frozenset(
    {
        "auth_failed", "bad_request", "cancelled", "connection_error", "content_policy",
        "context_length", "http_500", "http_502", "http_503", "http_504", "not_found",
        "overloaded", "rate_limited", "server_error", "timeout",
    }
)  # fmt: skip
EARLY_BY: Final = timedelta(minutes=5)  # clocks differ


def success_rate(*, calls: int, errors: int, blocked: int) -> float:
    """The share of calls that were made and came back; 1.0 where there were none."""
    return (calls - errors - blocked) / calls if calls else 1.0


def within(counts: Sequence[int], *, share: float) -> int | None:
    """The bound in milliseconds within which this share of the calls came back, of those that
    told how long; for what took longer than the last bound, that; None where none told."""
    wanted, counted = share * sum(counts), 0
    if not wanted:
        return None
    for bound, number in zip(LATENCY_BOUNDS, counts, strict=False):
        counted += number
        if counted >= wanted:
            return bound
    return LATENCY_BOUNDS[-1]


def spent_on(*, used: int, limit: int, a_day: float, today: date, ends: date) -> date | None:
    """The day on which a month's limit is used up if each day takes as much; None if that is not
    before the month `ends`, which is its last day."""
    if used >= limit:
        return today
    if a_day <= 0:
        return None
    days = math.ceil((limit - used) / a_day)
    return today + timedelta(days=days) if days <= (ends - today).days else None


def is_too_unpriced(*, calls: int, unpriced: int) -> bool:
    """Whether so many calls have no price that the sums of costs mislead."""
    return calls >= ENOUGH and unpriced > UNPRICED_AT * calls
