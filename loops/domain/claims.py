"""Claims: who said that they look at a question. A claim lapses by itself and locks nobody out."""

from datetime import datetime
from typing import Final

CLAIM_MINUTES: Final = 30


def is_in_force(*, until: datetime | None, now: datetime) -> bool:
    """Whether a claim that lapses at `until` still holds; None is no claim."""
    return until is not None and until > now
