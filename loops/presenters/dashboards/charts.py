"""How the figures of a dashboard become charts."""

from collections.abc import Mapping
from typing import Final

from loops.domain.figures import Series
from loops.presenters.dashboards.reading import Counts
from m25console.charts import Line
from m25console.looks import Look

FEW: Final = 5  # of anything; below that a share says nothing


def stacked(counts: Counts, series: Series, looks: Mapping[str, Look]) -> list[Line]:
    """One line for each look, in their order; labels without a look are told by their name."""
    unknown = {label: Look(label, "idle", "") for label in counts.labels(series)}
    known = {**looks, **{label: look for label, look in unknown.items() if label not in looks}}
    return [Line(look, counts.of(series, label)) for label, look in known.items()]


def told(counts: Counts, series: Series, looks: Mapping[str, Look], *, thing: str) -> str:
    """What a stacked chart says, in a sentence: the total and each part of it."""
    parts = [(look.text.lower(), counts.total(series, label)) for label, look in looks.items()]
    total = counts.all_of(series)
    listed = ", ".join(f"{number:,} {words}" for words, number in parts if number)
    plural = thing if total == 1 else f"{thing}s"
    return f"{total:,} {plural}{f': {listed}' if listed else ''}."
