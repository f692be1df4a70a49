"""Confidence rules, version CONFIDENCE_V1.

A confidence is a probability: a float in [0, 1], rounded to four decimals before it is compared
or stored, so that equal inputs give equal bands (0.7 + 0.2 is 0.8999999999999999 otherwise).
The numbers are frozen under this version; different numbers need a new version, and records
made under the old one keep its name.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

VERSION: Final = "CONFIDENCE_V1"
STRONG: Final = 0.85  # at or above: safe to apply without a person
WEAK: Final = 0.60  # at or above, and below STRONG: one person must agree
STRONG_BASE: Final = 0.70
OTHER_BASE: Final = 0.50
CAP: Final = 0.90  # no generated recovery is surer than this, however often it was seen
BOOSTS: Final = {2: 0.10, 3: 0.20}  # by occurrences; the last one holds from there on
AUTO_APPLY_OCCURRENCES: Final = 3


class Band(StrEnum):
    STRONG = "strong_match"
    WEAK = "weak_match"
    NOVEL = "novel"


def rounded(confidence: float) -> float:
    """The confidence to four decimals. Raises ValueError outside [0, 1]."""
    if not 0 <= confidence <= 1:
        raise ValueError(f"confidence {confidence} is outside [0, 1]")
    return round(confidence, 4)


def band(confidence: float) -> Band:
    """The band a confidence falls in. Raises ValueError outside [0, 1]."""
    exact = rounded(confidence)
    if exact >= STRONG:
        return Band.STRONG
    return Band.WEAK if exact >= WEAK else Band.NOVEL


@dataclass(frozen=True)
class RecoveryConfidence:
    """A confidence with everything needed to recompute it, as kept for the audit."""

    version: str
    base: float
    occurrences: int
    boost: float
    final: float


def recovery_confidence(
    *,
    match_band: Band,
    occurrences: int,
    base_confidence: float | None = None,  # noqa: ARG001
) -> RecoveryConfidence:
    """Confidence of a generated recovery, raised by how often its pattern was seen.

    `occurrences` counts the incidents of the pattern so far, this one included.
    `base_confidence` is part of the frozen contract and has no effect in this version: the base
    follows from the band alone. Raises ValueError if `occurrences` is negative.
    """
    if occurrences < 0:
        raise ValueError(f"occurrences is {occurrences}; it cannot be negative")
    base = STRONG_BASE if match_band is Band.STRONG else OTHER_BASE
    boost = BOOSTS.get(min(occurrences, max(BOOSTS)), 0.0)
    final = rounded(min(CAP, base + boost))
    return RecoveryConfidence(VERSION, base, occurrences, boost, final)


def auto_applies(*, confidence: float, occurrences: int) -> bool:
    """Whether the numbers alone would let a recovery be applied without a person."""
    return band(confidence) is Band.STRONG and occurrences >= AUTO_APPLY_OCCURRENCES


def confirmations_required(confidence: float) -> int:
    """How many different people must confirm: 0, 1 or 2."""
    return {Band.STRONG: 0, Band.WEAK: 1, Band.NOVEL: 2}[band(confidence)]


class AlreadyConfirmed(ValueError):  # noqa: N818 - a refusal, told to the person
    """The same person confirmed before; somebody else has to."""


@dataclass(frozen=True)
class Confirmations[Reviewer: Hashable]:
    """Who has said yes so far, and how many different people must."""

    confirmed_by: frozenset[Reviewer]
    required: int

    @property
    def missing(self) -> int:
        return max(0, self.required - len(self.confirmed_by))

    @property
    def enough(self) -> bool:
        return self.missing == 0


def add_confirmation[Reviewer: Hashable](
    *, confirmed_by: frozenset[Reviewer], reviewer: Reviewer, required: int
) -> Confirmations[Reviewer]:
    """The confirmations after one more yes. Raises AlreadyConfirmed if it is not a new person."""
    if reviewer in confirmed_by:
        raise AlreadyConfirmed("You have confirmed this already; another person must agree.")
    return Confirmations(confirmed_by | {reviewer}, required)
