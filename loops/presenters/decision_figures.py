"""The figures a person weighs: how sure it is, and how it went before."""

from collections.abc import Sequence
from dataclasses import dataclass

from loops.domain.calibration import Reliability
from loops.domain.confidence import Band
from loops.domain.states import EventStatus, Stage, SuggestionType
from loops.models import HumanCheckpoint, LoopEvent, RecoveryCandidate
from loops.presenters.calibrations import of_band
from loops.presenters.contracts import Change
from loops.presenters.matches import MatchReason, reason_of
from loops.presenters.past_outcomes import Past
from loops.presenters.reach import Touched
from loops.presenters.rejections import RejectedBefore
from m25console.together import Row, Rows


@dataclass(frozen=True)
class Sum:
    """How a recovery's confidence was come by."""

    version: str
    base: float
    boost: float
    occurrences: int
    final: float
    from_template: bool

    @property
    def is_capped(self) -> bool:
        return self.base + self.boost > self.final + 1e-9


@dataclass(frozen=True)
class Weighed:
    """Everything a person weighs before they answer."""

    sum: Sum | None
    past: Past
    judged: Reliability | None  # of this band of the pattern; None without a confidence
    reach: list[Touched]
    changes: list[Change]  # since it was asked
    rejected: RejectedBefore | None

    def figures(self) -> list[tuple[str, str]]:
        """The figures by their names, as the page shows them."""
        told = [(one.label, one.value) for one in self.reach]
        if self.sum is not None:
            told.append(("Confidence", f"{self.sum.final:.0%} ({self.sum.version})"))
        if self.judged is not None:
            told.append(("Suggestions this sure, for this pattern", self.judged.in_words))
        for one in self.past.outcomes:
            times = "once" if one.times == 1 else f"{one.times} times"
            told.append((f"{one.answer} before", f"{times}; came back: {one.returned}"))
        return told

    def warnings(self) -> list[str]:
        """What the page warns of."""
        told = [f"{one.label} changed: {one.asked} → {one.now}" for one in self.changes]
        if self.rejected is not None:
            why = f": {self.rejected.note}" if self.rejected.note else "."
            told.append(f"The same was rejected before by {self.rejected.who}{why}")
        return told


def matching_of(checkpoint: HumanCheckpoint) -> Rows:
    """What the stage that gave its incident a pattern recorded."""
    events = LoopEvent.objects.filter(
        trace=checkpoint.trace_id, stage=Stage.INCIDENT_CREATED, status=EventStatus.DONE
    )
    return events.in_order().values("stage", "details")[:1]


def match_of(rows: Sequence[Row]) -> MatchReason | None:
    """Why its incident was given its pattern, by the rows of `matching_of`."""
    return next((reason_of(LoopEvent(**row)) for row in rows), None)


def sum_of(recovery: RecoveryCandidate) -> Sum:
    """The confidence of a remedy, taken apart."""
    explained = recovery.explain
    return Sum(
        version=explained["version"],
        base=explained["base"],
        boost=explained["boost"],
        occurrences=explained["occurrences"],
        final=explained["final"],
        from_template=recovery.suggestion_type == SuggestionType.TEMPLATE,
    )


def judged_of(checkpoint: HumanCheckpoint, rows: Sequence[Row]) -> Reliability | None:
    """How often the confidences of its band proved right, by the outcomes of its pattern."""
    if checkpoint.confidence_band is None or checkpoint.incident.matched_pattern_id is None:
        return None
    return of_band(rows, Band(checkpoint.confidence_band))
