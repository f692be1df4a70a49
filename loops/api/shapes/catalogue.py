"""Patterns, policies and routing adjustments as machines read them."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from ninja import Schema
from pydantic import Field

from loops.domain.routing import effective_magnitude
from loops.domain.states import (
    AdjustmentType,
    PatternType,
    PolicyCategory,
    PolicyMode,
    PolicyScope,
)
from loops.models import FailurePattern, PolicyRule, RoutingAdjustment
from m25console.api.schemas import Links


class PatternOut(Schema):
    pattern_id: str
    pattern_type: PatternType
    error_type: str
    signature: dict[str, Any]
    signature_hash: str
    signature_version: str
    message_template: str
    first_incident_id: str | None
    recovery_template: dict[str, Any] | None
    auto_apply_recovery: bool
    occurrence_count: int
    last_occurrence_at: datetime
    created_at: datetime
    links: Links


class PolicyOut(Schema):
    policy_id: str
    name: str
    description: str
    category: PolicyCategory
    mode: PolicyMode
    condition: dict[str, Any]
    action: dict[str, Any]
    scope_type: PolicyScope
    scope_id: str
    source_pattern_id: str | None
    source_recovery_id: str | None
    source_incident_id: str | None
    confidence: float
    confirmations_required: int
    confirmations_received: int
    regret_count: int
    shadow_evaluations: int
    shadow_would_block: int
    prevention_count: int
    activated_at: datetime | None
    created_at: datetime
    updated_at: datetime


class AdjustmentOut(Schema):
    adjustment_id: str
    agent_id: str
    capability: str | None
    adjustment_type: AdjustmentType
    magnitude: float
    effective_magnitude: float = Field(description="what is left of it now")
    reason: str
    policy_id: str
    loop_id: str | None
    max_delta: float
    decay_days: int
    rollback_threshold: float
    is_active: bool
    was_rolled_back: bool
    rollback_reason: str | None
    kpi_baseline: float | None
    kpi_current: float | None
    created_at: datetime
    expires_at: datetime | None


class StatsOut(Schema):
    """What began within the period, and how it stands now."""

    period_hours: int
    total_incidents: int
    loops_complete: int
    loops_blocked: int
    completion_rate: float
    avg_completion_ms: float | None = Field(description="null if none is complete")
    patterns_matched: int = Field(description="matches that were not novel")
    patterns_created: int
    strong_matches: int
    weak_matches: int
    novel_matches: int
    recoveries_suggested: int
    recoveries_applied: int
    recoveries_rejected: int
    policies_generated: int
    policies_in_shadow: int
    policies_active: int
    routing_adjustments: int
    routing_rolled_back: int
    checkpoints_pending: int = Field(description="all that wait now")
    checkpoints_resolved: int = Field(description="decided within the period")


def pattern_out(one: FailurePattern) -> PatternOut:
    return PatternOut(
        pattern_id=one.pk,
        pattern_type=PatternType(one.pattern_type),
        error_type=one.error_type,
        signature=one.signature,
        signature_hash=one.signature_hash,
        signature_version=one.signature_version,
        message_template=one.template_text,
        first_incident_id=one.first_incident_id,
        recovery_template=one.recovery_template,
        auto_apply_recovery=one.auto_apply_recovery,
        occurrence_count=one.occurrence_count,
        last_occurrence_at=one.last_occurrence_at,
        created_at=one.created_at,
        links={
            "self": f"/api/v1/patterns/{one.pk}",
            "incidents": f"/api/v1/incidents?pattern={one.pk}",
        },
    )


def policy_out(one: PolicyRule) -> PolicyOut:
    return PolicyOut(
        policy_id=one.pk,
        name=one.name,
        description=one.description,
        category=PolicyCategory(one.rule_type),
        mode=PolicyMode(one.mode),
        condition=one.conditions,
        action=one.actions,
        scope_type=PolicyScope(one.scope_type),
        scope_id=one.scope_id,
        source_pattern_id=one.source_pattern_id,
        source_recovery_id=one.source_recovery_id,
        source_incident_id=one.source_incident_id,
        confidence=one.generation_confidence,
        confirmations_required=one.confirmations_required,
        confirmations_received=one.confirmations_received,
        regret_count=one.regret_count,
        shadow_evaluations=one.shadow_evaluations,
        shadow_would_block=one.shadow_would_block,
        prevention_count=one.prevention_count,
        activated_at=one.activated_at,
        created_at=one.created_at,
        updated_at=one.updated_at,
    )


def adjustment_out(one: RoutingAdjustment, *, now: datetime) -> AdjustmentOut:
    effective = effective_magnitude(
        magnitude=Decimal(one.magnitude),
        is_active=one.is_active,
        created_at=one.created_at,
        expires_at=one.expires_at,
        now=now,
    )
    return AdjustmentOut(
        adjustment_id=one.pk,
        agent_id=one.agent_id,
        capability=one.capability,
        adjustment_type=AdjustmentType(one.adjustment_type),
        magnitude=float(one.magnitude),
        effective_magnitude=float(effective),
        reason=one.reason,
        policy_id=one.source_policy_id,
        loop_id=one.loop_trace_id,
        max_delta=float(one.max_delta),
        decay_days=one.decay_days,
        rollback_threshold=float(one.rollback_threshold),
        is_active=one.is_active,
        was_rolled_back=one.was_rolled_back,
        rollback_reason=one.rollback_reason,
        kpi_baseline=one.kpi_baseline,
        kpi_current=one.kpi_current,
        created_at=one.created_at,
        expires_at=one.expires_at,
    )
