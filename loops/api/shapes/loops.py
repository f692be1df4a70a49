"""Loops, their events and their stories as machines read them."""

from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import BaseModel, Field

from loops.domain.confidence import Band
from loops.domain.narrative import Narrative
from loops.domain.progress import completion_pct
from loops.domain.states import STAGES, EventStatus, FailureState, LoopOutcome, Stage
from loops.models import LoopEvent, LoopTrace
from m25console.api.schemas import Links


class LoopQuery(Schema):
    """Which loops a list shows."""

    outcome: LoopOutcome | None = None


class LoopOut(Schema):
    loop_id: str
    incident_id: str
    current_stage: Stage
    attempt: int
    stages_completed: list[Stage]
    stages_failed: list[Stage]
    total_stages: int
    completion_pct: int
    is_complete: bool
    is_blocked: bool
    outcome: LoopOutcome
    failure_state: FailureState | None
    failure_detail: str
    pending_checkpoints: list[str]
    started_at: datetime
    last_activity_at: datetime
    completed_at: datetime | None
    links: Links


class EventOut(Schema):
    event_id: str
    stage: Stage
    attempt: int
    position: int
    status: EventStatus
    failure_state: FailureState | None
    confidence: float | None
    confidence_band: Band | None
    requires_human_review: bool
    details: dict[str, Any]
    created_at: datetime
    finished_at: datetime | None


class EventsOut(Schema):
    loop_id: str
    incident_id: str
    items: list[EventOut]


class MomentOut(Schema):
    at: datetime
    stage: Stage
    fact: str
    band: Band | None
    requires_attention: bool


class NarrativeOut(Schema):
    loop_id: str
    incident_id: str
    is_complete: bool
    what_happened: str
    what_we_learned: str | None
    what_we_changed: str
    next_step: str
    confidence_summary: str | None
    human_decisions: list[str]
    before_after: str | None
    policy_origin: str | None
    agent_improvement: str | None
    timeline: list[MomentOut]


class RetryIn(BaseModel):
    stage: str = Field(max_length=64, description="the failed stage the loop stands at")


def loop_out(one: LoopTrace) -> LoopOut:
    here = f"/api/v1/loops/{one.pk}"
    completed = [Stage(stage) for stage in one.stages["completed"]]
    return LoopOut(
        loop_id=one.pk,
        incident_id=one.incident_id,
        current_stage=Stage(one.current_stage),
        attempt=one.attempt,
        stages_completed=completed,
        stages_failed=[Stage(stage) for stage in one.stages["failed"]],
        total_stages=len(STAGES),
        completion_pct=completion_pct(completed),
        is_complete=one.is_complete,
        is_blocked=one.is_blocked,
        outcome=LoopOutcome(one.outcome),
        failure_state=FailureState(one.failure_state) if one.failure_state else None,
        failure_detail=one.failure_detail,
        pending_checkpoints=one.pending_checkpoints,
        started_at=one.started_at,
        last_activity_at=one.last_activity_at,
        completed_at=one.completed_at,
        links={
            "self": here,
            "incident": f"/api/v1/incidents/{one.incident_id}",
            "events": f"{here}/events",
            "narrative": f"{here}/narrative",
        },
    )


def event_out(one: LoopEvent) -> EventOut:
    return EventOut(
        event_id=one.pk,
        stage=Stage(one.stage),
        attempt=one.attempt,
        position=one.position,
        status=EventStatus(one.status),
        failure_state=FailureState(one.failure_state) if one.failure_state else None,
        confidence=one.confidence,
        confidence_band=Band(one.confidence_band) if one.confidence_band else None,
        requires_human_review=one.requires_human_review,
        details=one.details,
        created_at=one.created_at,
        finished_at=one.finished_at,
    )


def narrative_out(trace: LoopTrace, story: Narrative) -> NarrativeOut:
    told = {field: getattr(story, field) for field in _SENTENCES}
    moments = [
        MomentOut(
            at=one.at,
            stage=one.stage,
            fact=one.fact,
            band=one.band,
            requires_attention=one.requires_attention,
        )
        for one in story.timeline
    ]
    return NarrativeOut(
        loop_id=trace.pk,
        incident_id=trace.incident_id,
        is_complete=trace.is_complete,
        human_decisions=list(story.human_decisions),
        timeline=moments,
        **told,
    )


_SENTENCES = (
    "what_happened",
    "what_we_learned",
    "what_we_changed",
    "next_step",
    "confidence_summary",
    "before_after",
    "policy_origin",
    "agent_improvement",
)
