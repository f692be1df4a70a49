"""Regret: how much harm a policy may do before it is switched off. Loop mechanics 1.0.0.

A score is a decimal with four places. Fading rounds down, so that every score ends at zero.
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Final

SCORE_PER_SEVERITY: Final = Decimal("0.5")
DEMOTION_SCORE: Final = Decimal("5.0")  # at or above: demoted
DEMOTION_EVENTS: Final = 3
KEPT_PER_DAY: Final = Decimal("0.9")
MIN_SEVERITY: Final = 1
MAX_SEVERITY: Final = 10
_PLACES: Final = Decimal("0.0001")


@dataclass(frozen=True)
class Regret:
    """What a policy carries: a fading score, and events since it was activated last."""

    score: Decimal = Decimal(0)
    events: int = 0


def added(regret: Regret, *, severity: int) -> Regret:
    """The regret after one more event. Raises ValueError unless severity is 1 to 10."""
    if not MIN_SEVERITY <= severity <= MAX_SEVERITY:
        raise ValueError(f"severity {severity} is outside 1 to 10")
    return Regret(regret.score + severity * SCORE_PER_SEVERITY, regret.events + 1)


def demotion_reason(regret: Regret) -> str:
    """Why a policy with this regret is demoted, in a sentence; empty if it is not."""
    if regret.score >= DEMOTION_SCORE:
        return f"Its regret score reached {regret.score:.1f} of {DEMOTION_SCORE}."
    if regret.events >= DEMOTION_EVENTS:
        return f"Harm was reported {regret.events} times; {DEMOTION_EVENTS} are too many."
    return ""


def faded(score: Decimal, *, days: int) -> Decimal:
    """The score after whole days, each of which takes a tenth."""
    for _ in range(days):
        if not score:
            break
        score = (score * KEPT_PER_DAY).quantize(_PLACES, rounding=ROUND_DOWN)
    return score


def days_to_fade(*, faded_on: date, today: date) -> int:
    """How many days have begun that a score has not faded for yet."""
    return max(0, (today - faded_on).days)
