"""The dashboard of the day's work: loops, matches, decisions and how long they took."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.urls import reverse

from loops.domain.checkpoints import DECIDE_WITHIN
from loops.domain.confidence import Band
from loops.domain.figures import Series, percentile
from loops.domain.states import CheckpointPriority, LoopOutcome, RejectReason, Resolution
from loops.domain.votes import OPINIONS, YES
from loops.presenters.audit import DOORS
from loops.presenters.dashboards.charts import FEW, stacked, told
from loops.presenters.dashboards.compared import Measure
from loops.presenters.dashboards.reading import Counts
from loops.presenters.looks import BANDS, OUTCOMES
from loops.presenters.wordings import ANSWERS, PRIORITIES
from m25console.charts import LINES, Chart, Line
from m25console.looks import Look

SERIES: Final = (
    Series.LOOPS, Series.BANDS, Series.DECISIONS, Series.WAITS, Series.REJECTIONS,
)  # fmt: skip
_OUTCOMES: Final = {
    one.value: OUTCOMES[one]
    for one in (
        LoopOutcome.FAILED,
        LoopOutcome.WAITING,
        LoopOutcome.RUNNING,
        LoopOutcome.ENDED,
        LoopOutcome.COMPLETE,
    )
}
_BANDS: Final = {
    Band.NOVEL.value: BANDS[Band.NOVEL],
    Band.WEAK.value: BANDS[Band.WEAK],
    Band.STRONG.value: BANDS[Band.STRONG],
    "none": Look("Not matched yet", "idle", ""),
}
_HALF: Final = Look("Half answered within", "accent", "")
_MOST: Final = Look("Nine in ten answered within", "warn", "")
_REASONS: Final[Mapping[str, str]] = {
    RejectReason.WRONG_PATTERN: "Wrong pattern",
    RejectReason.WRONG_ACTION: "Wrong action",
    RejectReason.TOO_BROAD: "Too broad",
    RejectReason.UNSAFE: "Unsafe",
    RejectReason.STALE: "Out of date",
    RejectReason.OTHER: "Other",
    "none": "No reason chosen",
}


@dataclass(frozen=True)
class WaitRow:
    """How long questions of one priority waited for a person, against what is wanted."""

    priority: Look
    answered: int
    half: float | None  # seconds
    most: float | None
    target: timedelta | None

    @property
    def is_late(self) -> bool:
        if self.target is None or self.most is None:
            return False
        return self.most > self.target.total_seconds()


@dataclass(frozen=True)
class DoorRow:
    """How often one answer was given through each door, called as in `door_words`."""

    answer: Look
    doors: Sequence[tuple[str, int]]


def charts(counts: Counts) -> list[Chart]:
    return [_loops(counts), _bands(counts), _decisions(counts), _waits(counts)]


def measures(counts: Counts) -> list[Measure]:
    """What one looks at to see whether a period went better than another."""
    return [
        Measure("loops begun", counts.all_of(Series.LOOPS)),
        Measure("loops failed", counts.total(Series.LOOPS, LoopOutcome.FAILED)),
        Measure("decisions", counts.all_of(Series.DECISIONS)),
        Measure("until half were answered", counts.wait("", 0.5), "seconds"),
        Measure("of proposals agreed to", _agreement(counts), "share"),
    ]


def wait_rows(counts: Counts) -> list[WaitRow]:
    """By priority, the most urgent first; those nobody asked about are left out."""
    rows = [
        WaitRow(
            priority=PRIORITIES[one],
            answered=counts.waited(one.value),
            half=counts.wait(one.value, 0.5),
            most=counts.wait(one.value, 0.9),
            target=DECIDE_WITHIN[one],
        )
        for one in CheckpointPriority
    ]
    return [row for row in rows if row.answered]


def door_rows(counts: Counts) -> list[DoorRow]:
    """Every answer that was given, by the door it came through, in the order of `door_words`."""
    return [
        DoorRow(look, list(zip(door_words(), _by_door(counts, one), strict=True)))
        for one, look in ANSWERS.items()
        if any(label.startswith(f"{one}/") for label in counts.labels(Series.DECISIONS))
    ]


def _by_door(counts: Counts, answer: str) -> list[int]:
    return [counts.total(Series.DECISIONS, f"{answer}/{door}") for door in DOORS]


def door_words() -> list[str]:
    return [words[0].upper() + words[1:] for words in DOORS.values()]


def reasons(counts: Counts) -> list[tuple[str, int]]:
    """Why things were turned down, the most frequent first."""
    found = [
        (_REASONS.get(one, one), counts.total(Series.REJECTIONS, one))
        for one in counts.labels(Series.REJECTIONS)
    ]
    return sorted(found, key=lambda row: (-row[1], row[0]))


def _loops(counts: Counts) -> Chart:
    return Chart(
        key="loops",
        title="Loops",
        about="by when they began, and as they stand now",
        summary=told(counts, Series.LOOPS, _OUTCOMES, thing="loop"),
        steps=counts.steps,
        lines=stacked(counts, Series.LOOPS, _OUTCOMES),
        empty="No loop began in this period.",
        url=reverse("loops:loops"),
    )


def _bands(counts: Counts) -> Chart:
    return Chart(
        key="bands",
        title="How well incidents matched",
        about="by confidence band, when they were reported",
        summary=told(counts, Series.BANDS, _BANDS, thing="incident"),
        steps=counts.steps,
        lines=stacked(counts, Series.BANDS, _BANDS),
        empty="No incident was reported in this period.",
        url=reverse("loops:incidents"),
    )


def _decisions(counts: Counts) -> Chart:
    by_answer: dict[str, list[int]] = defaultdict(lambda: [0] * len(counts.steps.begins))
    for label in counts.labels(Series.DECISIONS):
        words = ANSWERS[Resolution(label.partition("/")[0])]
        row = by_answer[words.text]
        for place, number in enumerate(counts.of(Series.DECISIONS, label)):
            row[place] += number
    looks = {look.text: look for look in ANSWERS.values()}
    totals = ", ".join(f"{sum(row):,} {words.lower()}" for words, row in by_answer.items())
    total = sum(sum(row) for row in by_answer.values())
    return Chart(
        key="decisions",
        title="Decisions",
        about="by answer",
        summary=f"{total:,} decision{'' if total == 1 else 's'}{f': {totals}' if totals else ''}.",
        steps=counts.steps,
        lines=[Line(looks[words], row) for words, row in by_answer.items()],
        empty="Nothing was decided in this period.",
        url=f"{reverse('loops:checkpoints')}?state=decided",
        notes=[_agreed(counts)],
    )


def _agreed(counts: Counts) -> str:
    """How often people said yes to what was proposed, in a sentence."""
    total, share = _opinions(counts), _agreement(counts)
    if share is None:
        return "Too few proposals were answered to say how often people agree."
    return f"People agreed with {100 * share:.0f}% of {total:,} proposals."


def _agreement(counts: Counts) -> float | None:
    """The share of proposals that people said yes to; None if too few were answered."""
    total = _opinions(counts)
    return sum(sum(_by_door(counts, one)) for one in YES) / total if total >= FEW else None


def _opinions(counts: Counts) -> int:
    return sum(sum(_by_door(counts, one)) for one in OPINIONS)


def _waits(counts: Counts) -> Chart:
    steps = counts.waits()
    half = [percentile(one, 0.5) for one in steps]
    most = [percentile(one, 0.9) for one in steps]
    answered = sum(sum(one.values()) for one in steps)
    return Chart(
        key="waits",
        title="Time to decide",
        about="from the question to a person's answer",
        summary=f"{answered:,} answered by people.",
        steps=counts.steps,
        lines=[Line(_HALF, half), Line(_MOST, most)],
        kind=LINES,
        unit="seconds",
        empty="Too few answers to say: five in one step make a figure.",
        notes=["Told in classes, so at most a tenth too long."],
    )


def shares(rows: Sequence[tuple[str, int]]) -> list[tuple[str, int, float | None]]:
    """Counts with their share of all; None where there are too few to say."""
    total = sum(number for _, number in rows)
    return [(words, number, number / total if total >= FEW else None) for words, number in rows]
