"""What a chart is: named lines over the steps of a period, a sentence, and the same as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from loops.domain.figures import DAY, Series, Steps
from loops.presenters.dashboards.reading import Counts
from m25console.looks import Look
from m25console.templatetags.console import duration

STACKED: Final = "stacked"
LINES: Final = "lines"
FEW: Final = 5  # of anything; below that a share says nothing


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
    """One figure of a dashboard. `url` leads to the rows it counts."""

    key: str
    title: str
    about: str
    summary: str
    steps: Steps
    lines: Sequence[Line]
    kind: str = STACKED
    unit: str = ""  # "seconds", or nothing for plain counts
    empty: str = "Nothing of this kind happened in this period."
    url: str = ""
    notes: Sequence[str] = field(default=())

    @property
    def is_empty(self) -> bool:
        return not any(value for line in self.lines for value in line.values)

    @property
    def by_hour(self) -> bool:
        return self.steps.size < DAY

    @property
    def rows(self) -> list[tuple[datetime, list[Cell]]]:
        """The table, the latest step first."""
        return [
            (begin, [_cell(line.values[place], self.unit) for line in self.lines])
            for place, begin in reversed(list(enumerate(self.steps.begins)))
        ]


def stacked(counts: Counts, series: Series, looks: Mapping[str, Look]) -> list[Line]:
    """One line for each look, in their order; labels without a look are told by their name."""
    unknown = {label: Look(label, "idle", "") for label in counts.labels(series)}
    known = {**looks, **{label: look for label, look in unknown.items() if label not in looks}}
    return [Line(look, counts.of(series, label)) for label, look in known.items()]


def told(counts: Counts, series: Series, looks: Mapping[str, Look], *, thing: str) -> str:
    """What a stacked chart says, in a sentence: the total and each part of it."""
    parts = [(look.text.lower(), counts.total(series, label)) for label, look in looks.items()]
    total = sum(counts.total(series, label) for label in counts.labels(series))
    listed = ", ".join(f"{number:,} {words}" for words, number in parts if number)
    plural = thing if total == 1 else f"{thing}s"
    return f"{total:,} {plural}{f': {listed}' if listed else ''}."


def _cell(value: float | None, unit: str) -> Cell:
    if value is None:
        return Cell("", "too few")
    if unit == "seconds":
        return Cell(f"{value:.1f}", duration(value))
    return Cell(f"{value:g}" if value < 1e6 else f"{value:.0f}", f"{value:,.0f}")
