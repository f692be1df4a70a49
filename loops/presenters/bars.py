"""Bar charts of shares: places for a drawing that the server makes. A table says the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

BAR: Final = 6
GAP: Final = 2
SMALL: Final = 24  # units high, in a row of a list
DAYS: Final = 36
LARGE: Final = 60


@dataclass(frozen=True)
class Bar:
    """One share in its place; `height` is 0 where it is not known."""

    x: int
    y: int
    height: int


@dataclass(frozen=True)
class Level:
    """A line across the chart; `kind` names a class of the style sheet."""

    y: float
    kind: str


@dataclass(frozen=True)
class Bars:
    """The bars from left to right."""

    bars: Sequence[Bar]
    height: int
    label: str
    levels: Sequence[Level] = ()
    mark: int | None = None  # where something happened

    @property
    def width(self) -> int:
        return len(self.bars) * (BAR + GAP) - GAP


def bars_of(
    shares: Sequence[float | None],
    *,
    label: str,
    height: int = SMALL,
    levels: Mapping[str, float | None] | None = None,
    mark: int | None = None,
) -> Bars:
    """A chart from 0 to 1. `levels` are lines by kind; `mark` is the number of the bar before
    which something happened."""
    known = (levels or {}).items()
    return Bars(
        bars=[_bar(place, share, height) for place, share in enumerate(shares)],
        height=height,
        label=label,
        levels=[Level(_y(share, height), kind) for kind, share in known if share is not None],
        mark=None if mark is None else mark * (BAR + GAP) - GAP // 2,
    )


def _bar(place: int, share: float | None, height: int) -> Bar:
    tall = 0 if share is None else max(1, round(height * min(1.0, share)))
    return Bar(x=place * (BAR + GAP), y=height - tall, height=tall)


def _y(share: float, height: int) -> float:
    return round(height * (1 - min(1.0, max(0.0, share))), 1)
