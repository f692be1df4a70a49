"""Matches between patterns that people told apart, TOLD_APART_V1.

A failure that reads like both of such a pair goes to the one it reads like most, but never so
surely that nobody is asked: the other one is named as a conflict.
"""

from collections.abc import Sequence
from typing import Final

from loops.domain.confidence import WEAK

VERSION: Final = "TOLD_APART_V1"
AT_MOST: Final = 0.80  # below the strong band: a person must agree
EXACT: Final = 0.95  # at or above: it was seen before just so, and there is nothing to doubt


def rival(
    *, confidence: float, others: Sequence[tuple[str, float]], apart: frozenset[str]
) -> tuple[str, float] | None:
    """The id and score of the likeliest of `others` that makes a match doubtful, if one does.

    `others` come the likeliest first; `apart` are the ids told apart from the pattern chosen.
    """
    if confidence >= EXACT or not apart:
        return None
    return next((one for one in others if one[1] >= WEAK and one[0] in apart), None)


def held_back(confidence: float) -> float:
    """What is left of a confidence that has a rival."""
    return min(confidence, AT_MOST)
