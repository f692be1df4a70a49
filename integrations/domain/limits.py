"""The limits that hold now, and what follows from how much of one is used: integrations 1.0.0."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

from integrations.domain.enforcement import Limits

WARN_AT: Final = (50, 80, 95, 100)  # percent of a month's limit, unless a tenant chose others
MOST_THRESHOLDS: Final = 10
RAISED_FOR: Final = timedelta(days=92)  # at most
MAX_LIMIT: Final = 2_000_000_000


def in_force(limits: Limits, raised: Limits) -> Limits:
    """Each limit as it was raised, if it was; what is unlimited stays so."""
    return Limits(
        _higher(limits.budget_cents, raised.budget_cents),
        _higher(limits.tokens, raised.tokens),
        _higher(limits.calls_per_minute, raised.calls_per_minute),
    )


def raises_anything(limits: Limits, raised: Limits) -> bool:
    """Whether a raise lets through more than the limits do by themselves."""
    return in_force(limits, raised) != limits


def reached(thresholds: Iterable[int], *, used: int, limit: int) -> list[int]:
    """The thresholds, in percent of the limit, that what is used has come to; rising."""
    return sorted(one for one in thresholds if limit > 0 and used * 100 >= limit * one)


def faults_of_thresholds(thresholds: Sequence[int]) -> list[str]:
    """What is wrong with a list of percents, in sentences; nothing if it is empty."""
    if len(thresholds) > MOST_THRESHOLDS:
        return [f"Choose at most {MOST_THRESHOLDS} percentages."]
    if any(not 1 <= one <= 100 for one in thresholds):
        return ["Each is a whole number from 1 to 100."]
    return ["Each is given once."] if len(set(thresholds)) < len(thresholds) else []


def _higher(limit: int, raised: int) -> int:
    return max(limit, raised) if limit else 0
