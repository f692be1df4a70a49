"""Recoveries, their executions and scopes as machines read and report them."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import BaseModel, Field

from loops.domain import recovery_scopes
from loops.domain.checkpoints import MAX_NOTE
from loops.domain.confidence import Band
from loops.domain.states import (
    ActionType,
    ExecutionScope,
    ExecutionStatus,
    Executor,
    ProvenanceActor,
    ProvenanceEvent,
    RecoveryStatus,
    RiskClass,
    ScopeStatus,
    SuggestionType,
    Verification,
)
from loops.models import RecoveryCandidate, RecoveryExecution
from m25console.api.schemas import PLAIN, Links


class RecoveryOut(Schema):
    """Load the recovery with its selected action."""

    recovery_id: str = Field(validation_alias="pk")
    status: RecoveryStatus
    suggestion: str
    suggestion_type: SuggestionType
    action_type: str
    action_params: dict[str, Any]
    selected_action: str | None = Field(description="of the catalogue: what would be executed")
    confidence: float
    confidence_band: Band
    confidence_version: str
    requires_confirmation: int
    confirmations_received: int
    occurrence_count: int
    error_code: str | None
    error_signature: str | None
    rules_evaluated: list[dict[str, Any]]
    execution_status: ExecutionStatus | None
    executed_at: datetime | None
    execution_result: dict[str, Any] | None
    verification: Verification | None
    verify_until: datetime | None
    verified_at: datetime | None
    verification_note: str
    decided_at: datetime | None
    review_note: str
    created_at: datetime
    links: Links

    @staticmethod
    def resolve_selected_action(one: RecoveryCandidate) -> str | None:
        return one.selected_action.action_code if one.selected_action else None

    @staticmethod
    def resolve_links(one: RecoveryCandidate) -> Links:
        return {
            "self": f"/api/v1/recovery/candidates/{one.pk}",
            "incident": f"/api/v1/incidents/{one.source_incident_id}",
            "pattern": f"/api/v1/patterns/{one.source_pattern_id}",
            "loop": f"/api/v1/loops/{one.trace_id}",
        }


class ExecutionOut(Schema):
    """Load the execution with its action."""

    execution_id: str = Field(validation_alias="pk")
    recovery_id: str
    executor: Executor
    status: ExecutionStatus
    action: str | None
    is_dry_run: bool
    scope_id: str | None
    idempotency_key: UUID
    request: dict[str, Any]
    attempts: int
    max_attempts: int
    cost: float
    result: dict[str, Any] | None
    error: str
    requested_by: str
    created_at: datetime
    next_attempt_at: datetime | None
    finished_at: datetime | None

    @staticmethod
    def resolve_action(one: RecoveryExecution) -> str | None:
        return one.action.action_code if one.action else None


class ProvenanceOut(Schema):
    event_type: ProvenanceEvent
    actor: str
    actor_type: ProvenanceActor
    details: dict[str, Any]
    created_at: datetime


class RecoveryInFullOut(Schema):
    """A recovery with its latest executions and its history."""

    recovery: RecoveryOut
    executions: list[ExecutionOut]
    provenance: list[ProvenanceOut]


class RecoveryDecisionIn(BaseModel):
    decision: Literal["approved", "rejected"]
    note: str = Field("", max_length=MAX_NOTE, pattern=PLAIN)


class RecoveryDecisionOut(Schema):
    recovery_id: str
    status: RecoveryStatus
    approvals_missing: int
    loop_resumed: bool


class ExecutionReportIn(BaseModel):
    execution_status: str = Field(max_length=32)
    execution_result: dict[str, Any] | None = None
    note: str = Field("", max_length=MAX_NOTE, pattern=PLAIN)


class ActionOut(Schema):
    action_code: str
    name: str
    description: str
    action_type: ActionType
    template: dict[str, Any]
    applies_to_error_codes: list[str]
    preconditions: dict[str, Any]
    success_rate: float = Field(description="of what endpoints carried out, in [0, 1]")
    total_applications: int
    successful_applications: int
    is_automated: bool
    requires_approval: bool
    priority: int
    is_active: bool
    version: int


class RecoveryStatsOut(Schema):
    """Recoveries suggested within the period, as they stand now."""

    period_hours: int
    total: int
    by_status: dict[RecoveryStatus, int]
    by_execution: dict[ExecutionStatus, int]
    by_verification: dict[Verification, int]
    approval_rate: float = Field(description="approved of decided, 0 if none was decided")


class ScopeIn(BaseModel):
    incident_id: str = Field(max_length=100, pattern=PLAIN)
    allowed_action: str = Field(max_length=64, pattern=PLAIN)
    max_cost: Decimal = Field(
        recovery_scopes.DEFAULT_COST, ge=0, le=recovery_scopes.MAX_COST, decimal_places=2
    )
    max_attempts: int = Field(1, ge=1, le=recovery_scopes.MAX_ATTEMPTS)
    ttl_seconds: int = Field(
        recovery_scopes.DEFAULT_SECONDS,
        ge=recovery_scopes.MIN_SECONDS,
        le=recovery_scopes.MAX_SECONDS,
    )
    intent: str = Field("", max_length=2000, pattern=PLAIN)


class ScopeOut(Schema):
    scope_id: str = Field(validation_alias="pk")
    incident_id: str
    allowed_action: str
    intent: str
    status: ScopeStatus
    max_cost: float
    cost_used: float
    max_attempts: int
    attempts_used: int
    created_at: datetime
    expires_at: datetime


class ExecuteIn(BaseModel):
    scope_id: str | None = Field(None, max_length=64, pattern=PLAIN)
    incident_id: str = Field(max_length=100, pattern=PLAIN)
    action: str = Field(max_length=64, pattern=PLAIN)


class DryRunIn(BaseModel):
    execution_scope: ExecutionScope = ExecutionScope.DRY_RUN
    fraction: float = Field(0.1, description="kept within 0.01 and 1")
    risk_class: RiskClass = RiskClass.LOW
    target_agents: list[str] = Field(default_factory=list, max_length=100)


class DryRunOut(Schema):
    execution_id: str
    is_allowed: bool
    violations: list[str]
    cost_cents: int
    fraction: float
    samples: int
