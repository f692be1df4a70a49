"""Why an incident belongs to its pattern, read from what the matching stage recorded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet

from loops.domain.confidence import Band, band
from loops.domain.fuzzy import WEIGHTS
from loops.domain.narrative import MATCH_WORDS
from loops.domain.states import EventStatus, MatchType, Stage
from loops.models import Incident, LoopEvent
from m25console.models import Tenant

FIELD_WORDS: Final[Mapping[str, str]] = {
    "error_type": "error type",
    "error_code": "error code",
    "agent_capability": "agent capability",
    "api_endpoint": "endpoint",
    "status_code": "status code",
}


@dataclass(frozen=True)
class FieldScore:
    """What one field added to the score, of what it could have."""

    name: str
    earned: float
    possible: float

    @property
    def agrees(self) -> bool:
        return self.earned >= self.possible


@dataclass(frozen=True)
class RunnerUp:
    pattern_id: str
    score: float


@dataclass(frozen=True)
class MatchReason:
    """Where an incident landed, how surely, and what spoke for it."""

    pattern_id: str
    words: str
    is_new: bool
    confidence: float
    band: Band
    occurrence: int
    shared: tuple[str, ...] = ()
    differing: tuple[tuple[str, str], ...] = ()
    fields: tuple[FieldScore, ...] = ()
    runner_up: RunnerUp | None = None
    alias: str = ""  # the merged pattern that it reads like
    conflict: RunnerUp | None = None  # told apart from the pattern, and about as like


def reason_of(event: LoopEvent) -> MatchReason | None:
    """What a finished matching stage found; None for any other event."""
    result: Mapping[str, Any] = event.details.get("result") or {}
    if event.stage != Stage.INCIDENT_CREATED or "match_type" not in result:
        return None
    why: Mapping[str, Any] = result.get("why") or {}
    kind = MatchType(result["match_type"])
    fields = why.get("fields")
    nearest, doubt = why.get("runner_up"), why.get("conflict")
    return MatchReason(
        pattern_id=result["pattern_id"],
        words=MATCH_WORDS[kind],
        is_new=kind is MatchType.NEW_PATTERN,
        confidence=result["confidence"],
        band=band(result["confidence"]),
        occurrence=result["occurrences"],
        shared=tuple(why.get("shared", ())),
        differing=tuple((ours, theirs) for ours, theirs in why.get("differing", ())),
        fields=_scores(fields) if isinstance(fields, Mapping) else (),
        runner_up=RunnerUp(nearest["pattern_id"], nearest["score"]) if nearest else None,
        alias=why.get("alias", ""),
        conflict=RunnerUp(doubt["pattern_id"], doubt["score"]) if doubt else None,
    )


def reasons_by_incident(*, tenant: Tenant, incident_ids: Iterable[str]) -> dict[str, MatchReason]:
    """Why each of these incidents landed where it did; one query, none without incidents."""
    wanted = list(incident_ids)
    return reasons_from(matchings_of(tenant, wanted)) if wanted else {}


def matchings_of(
    tenant: Tenant, incidents: Sequence[str] | QuerySet[Incident, Any]
) -> QuerySet[LoopEvent]:
    """The finished matching stages of these incidents."""
    return LoopEvent.objects.filter(
        tenant=tenant, incident__in=incidents, stage=Stage.INCIDENT_CREATED, status=EventStatus.DONE
    ).only("incident", "stage", "details")


def reasons_from(events: Iterable[LoopEvent]) -> dict[str, MatchReason]:
    """What these matching stages found, by incident."""
    reasons = ((event.incident_id, reason_of(event)) for event in events)
    return {incident_id: reason for incident_id, reason in reasons if reason}


def _scores(fields: Mapping[str, float]) -> tuple[FieldScore, ...]:
    return tuple(
        FieldScore(FIELD_WORDS.get(name, name), earned, WEIGHTS.get(name, earned))
        for name, earned in fields.items()
    )
