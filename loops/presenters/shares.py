"""How well incidents matched, as shares of a bar."""

import json
from dataclasses import dataclass
from typing import Any

from loops.domain.confidence import Band
from loops.presenters.looks import BANDS
from m25console.looks import Look


@dataclass(frozen=True)
class Share:
    """How many matches fell into one band, of all that were counted."""

    look: Look
    count: int
    of: int
    begins: float  # percent of the bar

    @property
    def width(self) -> float:
        return round(100 * self.count / self.of, 2)


def shares_of(counted: Any) -> list[Share]:
    """The bands in their order; empty if nothing was matched."""
    counts = json.loads(counted) if isinstance(counted, str) else counted or {}
    total = sum(counts.values())
    shares: list[Share] = []
    for band in Band:
        if count := counts.get(band.value, 0):
            begins = round(sum(one.width for one in shares), 2)
            shares.append(Share(BANDS[band], count, total, begins))
    return shares
