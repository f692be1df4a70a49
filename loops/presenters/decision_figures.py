"""The figures a person weighs: how sure it is, and how it went before."""

from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Q

from loops.domain.calibration import Reliability
from loops.domain.confidence import Band
from loops.domain.states import EventStatus, RecoveryStatus, Stage, SuggestionType
from loops.models import HumanCheckpoint, LoopEvent, RecoveryCandidate
from loops.presenters.calibrations import of_band
from loops.presenters.matches import MatchReason, reason_of

ENOUGH_TO_SAY: Final = 5
LOOKED_BACK_AT: Final = 1000  # decided recoveries of the pattern, the newest


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
class Past:
    """What people decided about this pattern's recoveries before."""

    approved: int
    rejected: int

    @property
    def total(self) -> int:
        return self.approved + self.rejected

    @property
    def is_enough(self) -> bool:
        return self.total >= ENOUGH_TO_SAY


def match_of(checkpoint: HumanCheckpoint) -> MatchReason | None:
    """Why its incident was given its pattern."""
    events = LoopEvent.objects.filter(
        trace=checkpoint.trace_id, stage=Stage.INCIDENT_CREATED, status=EventStatus.DONE
    )
    return next((reason_of(event) for event in events.in_order()), None)


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


def past_of(checkpoint: HumanCheckpoint) -> Past:
    """What people decided of this pattern in other loops; one query."""
    newest = (
        RecoveryCandidate.objects.filter(tenant=checkpoint.tenant_id)
        .filter(source_pattern=checkpoint.incident.matched_pattern_id, decided_by__isnull=False)
        .exclude(trace=checkpoint.trace_id)
        .order_by("-created_at")[:LOOKED_BACK_AT]
    )
    rejected = Count("pk", filter=Q(status=RecoveryStatus.REJECTED))
    found = RecoveryCandidate.objects.filter(pk__in=newest.values("pk")).aggregate(
        total=Count("pk"), rejected=rejected
    )
    return Past(approved=found["total"] - found["rejected"], rejected=found["rejected"])


def judged_of(checkpoint: HumanCheckpoint) -> Reliability | None:
    """How often the confidences of its band proved right for its pattern; one query at most."""
    pattern_id = checkpoint.incident.matched_pattern_id
    if checkpoint.confidence_band is None or pattern_id is None:
        return None
    return of_band(pattern_id, Band(checkpoint.confidence_band))
