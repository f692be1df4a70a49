"""Checkpoints and decisions as machines read and send them."""

from datetime import datetime
from typing import Any, Literal

from django.utils import timezone
from ninja import Schema
from pydantic import BaseModel, Field

from loops.actions.answers import Decision
from loops.domain.checkpoints import MAX_NOTE
from loops.domain.confidence import Band
from loops.domain.states import (
    CheckpointPriority,
    CheckpointType,
    RejectReason,
    Resolution,
    Risk,
    Severity,
    Stage,
)
from loops.models import HumanCheckpoint
from loops.presenters.queue_filters import YES, Filters
from m25console.api.schemas import PLAIN, Links


class CheckpointQuery(Schema):
    """Which checkpoints a list shows, as on the queue's page."""

    state: Literal["pending", "resolved"] = "pending"
    sort: Literal["age", "risk", "cost"] = Field(
        "age", description="of pending ones: the longest waiting, riskiest or costliest first"
    )
    risk: Literal["high", "medium", "low"] | None = None
    checkpoint_type: CheckpointType | Literal["likeness"] | None = None
    priority: CheckpointPriority | None = None
    confidence_band: Band | None = None
    severity: Severity | None = None
    claimed: Literal["me", "nobody", "others"] | None = Field(None, description="of pending ones")
    late: bool = Field(False, description="escalated or overdue")
    mine: bool = Field(False, description="those that the token's person has not answered")
    snoozed: bool = Field(False, description="only those the token's person put out of sight")
    pattern: str = Field("", max_length=200, pattern=PLAIN, description="an id or part of a name")
    q: str = Field(
        "", max_length=200, pattern=PLAIN, description="beginnings of words, all of them"
    )

    def filters(self) -> Filters:
        """The same as the page's filters; what asks about claims and clocks is for pending ones."""
        pending = self.state == "pending"
        return Filters(
            decided=not pending,
            risk=self.risk or "",
            type=self.checkpoint_type or "",
            priority=self.priority or "",
            band=self.confidence_band or "",
            severity=self.severity or "",
            claimed=(self.claimed or "") if pending else "",
            late=YES if self.late and pending else "",
            mine=YES if self.mine and pending else "",
            snoozed=YES if self.snoozed and pending else "",
            pattern=self.pattern.strip(),
            q=self.q,
            sort=self.sort if pending else "age",
        )


class CheckpointOut(Schema):
    """Load the checkpoint with its resolver and its claimer."""

    checkpoint_id: str = Field(validation_alias="pk")
    checkpoint_type: CheckpointType
    state: Literal["pending", "resolved"]
    loop_id: str = Field(validation_alias="trace_id")
    incident_id: str
    stage: Stage
    target_id: str
    description: str
    options: list[Resolution]
    confidence: float | None
    confidence_band: Band | None
    approvers_required: int
    is_blind: bool = Field(description="whether nobody sees another's answer before their own")
    contract: dict[str, Any]
    contract_digest: str
    priority: CheckpointPriority
    risk: Literal["high", "medium", "low"]
    waiting_cost: int = Field(description="points that an hour of waiting costs (WAITING_COST_V1)")
    is_blocking: bool
    created_at: datetime
    expires_at: datetime | None
    deferred_at: datetime | None
    claimed_by: str | None = Field(description="who said that they look at it, while that holds")
    claimed_until: datetime | None
    resolved_at: datetime | None
    resolved_by: str | None
    resolution: Resolution | None
    note: str
    links: Links

    @staticmethod
    def resolve_risk(one: HumanCheckpoint) -> str:
        return Risk(one.risk).name.lower()

    @staticmethod
    def resolve_state(one: HumanCheckpoint) -> str:
        return "pending" if one.is_pending else "resolved"

    @staticmethod
    def resolve_resolved_by(one: HumanCheckpoint) -> str | None:
        return resolver_of(one)

    @staticmethod
    def resolve_claimed_by(one: HumanCheckpoint) -> str | None:
        return str(one.claimed_by) if one.is_claimed(now=timezone.now()) else None

    @staticmethod
    def resolve_claimed_until(one: HumanCheckpoint) -> datetime | None:
        return one.claimed_until if one.is_claimed(now=timezone.now()) else None

    @staticmethod
    def resolve_links(one: HumanCheckpoint) -> Links:
        here = f"/api/v1/checkpoints/{one.pk}"
        return {
            "self": here,
            "resolve": f"{here}/resolve",
            "loop": f"/api/v1/loops/{one.trace_id}",
            "incident": f"/api/v1/incidents/{one.incident_id}",
        }


class DecisionIn(BaseModel):
    resolution: str = Field(max_length=64, description="one of the checkpoint's `options`")
    note: str = Field("", max_length=MAX_NOTE, pattern=PLAIN)
    reason_code: str = Field(
        "",
        max_length=16,
        description=f"of what kind a rejection is, if it says so: {', '.join(RejectReason)}",
    )
    contract_digest: str = Field(
        "",
        max_length=64,
        description="of the checkpoint as it was read; 409 if it has changed since",
    )
    despite_claim: bool = Field(False, description="answer although somebody else has claimed it")
    on_behalf_of: str = Field(
        "", max_length=254, description="sign-in name of who lent you their place; see /delegations"
    )


class DecisionOut(Schema):
    status: Literal["resolved", "recorded"] = Field(
        description="recorded: the checkpoint still waits, for another person or a later day"
    )
    checkpoint_id: str
    resolution: Resolution | None
    resolved_by: str | None
    approvals_missing: int
    loop_resumed: bool


def decision_out(decision: Decision) -> DecisionOut:
    one = decision.checkpoint
    return DecisionOut(
        status="resolved" if decision.is_final else "recorded",
        checkpoint_id=one.pk,
        resolution=Resolution(one.resolution) if one.resolution else None,
        resolved_by=resolver_of(one),
        approvals_missing=decision.approvals_missing,
        loop_resumed=decision.resumes,
    )


def resolver_of(one: HumanCheckpoint) -> str | None:
    """Who decided: a person's name, "the console" for one that lapsed, None while it waits."""
    if one.is_pending:
        return None
    return str(one.resolved_by or "the console")
