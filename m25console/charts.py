"""What a chart is: named lines over the steps of a period, a sentence, and the same as a table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from m25console.looks import Look
from m25console.templatetags.console import duration

STACKED: Final = "stacked"
LINES: Final = "lines"
_WORDS: Final[Mapping[str, Callable[[float], str]]] = {
    "seconds": duration,
    "ms": lambda value: f"{value:,.0f} ms",
    "dollars": lambda value: f"${value:,.2f}",
    "percent": lambda value: f"{value:.1f}%",
    "": lambda value: f"{value:,.0f}",
}
_DRAWN: Final = {"seconds": ".1f", "ms": ".0f", "dollars": ".2f", "percent": ".2f"}


class Steps(Protocol):
    """The points of a chart: the first moments of hours or of days, and how long each lasts."""

    @property
    def begins(self) -> Sequence[datetime]: ...

    @property
    def size(self) -> timedelta: ...


@dataclass(frozen=True)
class Cell:
    """One value: as a chart draws it, empty for a gap, and as a person reads it."""

    drawn: str
    text: str


@dataclass(frozen=True)
class Line:
    """One name, its colour family, and a value for each step; None where nobody can say."""

    look: Look
    values: Sequence[float | None]


@dataclass(frozen=True)
class Chart:
    """One figure. `url` leads to the rows it counts; `gap` is said where nobody can say."""

    key: str
    title: str
    about: str
    summary: str
    steps: Steps
    lines: Sequence[Line]
    kind: str = STACKED
    unit: str = ""  # "seconds", "ms", "dollars", "percent", or nothing for plain counts
    empty: str = "Nothing of this kind happened in this period."
    url: str = ""
    notes: Sequence[str] = field(default=())
    gap: str = "too few"

    @property
    def is_empty(self) -> bool:
        return not any(value for line in self.lines for value in line.values)

    @property
    def by_hour(self) -> bool:
        return self.steps.size < timedelta(days=1)

    @property
    def rows(self) -> list[tuple[datetime, list[Cell]]]:
        """The table, the latest step first."""
        return [
            (begin, [_cell(line.values[place], self) for line in self.lines])
            for place, begin in reversed(list(enumerate(self.steps.begins)))
        ]


def _cell(value: float | None, chart: Chart) -> Cell:
    if value is None:
        return Cell("", chart.gap)
    plain = "g" if value < 1e6 else ".0f"
    return Cell(format(value, _DRAWN.get(chart.unit, plain)), _WORDS[chart.unit](value))
