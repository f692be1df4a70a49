"""Loops, their events and their stories as machines read them."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import BaseModel, Field

from loops.domain.confidence import Band
from loops.domain.narrative import Narrative
from loops.domain.progress import completion_pct
from loops.domain.states import STAGES, EventStatus, FailureState, LoopOutcome, Stage
from loops.models import LoopTrace
from m25console.api.schemas import Links


class LoopQuery(Schema):
    """Which loops a list shows."""

    outcome: LoopOutcome | None = None


class LoopOut(Schema):
    loop_id: str = Field(validation_alias="pk")
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
    reverted_at: datetime | None
    reverted_by: str | None
    reverted_reason: str | None
    links: Links

    @staticmethod
    def resolve_stages_completed(one: LoopTrace) -> list[str]:
        return list(one.stages["completed"])

    @staticmethod
    def resolve_stages_failed(one: LoopTrace) -> list[str]:
        return list(one.stages["failed"])

    @staticmethod
    def resolve_total_stages(_one: LoopTrace) -> int:
        return len(STAGES)

    @staticmethod
    def resolve_completion_pct(one: LoopTrace) -> int:
        return completion_pct([Stage(stage) for stage in one.stages["completed"]])

    @staticmethod
    def resolve_links(one: LoopTrace) -> Links:
        here = f"/api/v1/loops/{one.pk}"
        return {
            "self": here,
            "incident": f"/api/v1/incidents/{one.incident_id}",
            "events": f"{here}/events",
            "narrative": f"{here}/narrative",
        }


class EventOut(Schema):
    event_id: str = Field(validation_alias="pk")
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


def narrative_out(trace: LoopTrace, story: Narrative) -> NarrativeOut:
    return NarrativeOut(
        loop_id=trace.pk,
        incident_id=trace.incident_id,
        is_complete=trace.is_complete,
        **asdict(story),
    )
