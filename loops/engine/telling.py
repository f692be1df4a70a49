"""From rows to the plain facts a narrative is told from."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from loops.domain.states import (
    ActionType,
    CheckpointType,
    FailureState,
    MatchType,
    PolicyAction,
    PolicyMode,
    RecoveryStatus,
    Resolution,
    Severity,
)
from loops.domain.story import (
    AdjustmentFact,
    DecisionFact,
    IncidentFact,
    LoopFacts,
    MatchFact,
    Moment,
    PolicyFact,
    RecoveryFact,
)
from loops.models import (
    HumanCheckpoint,
    Incident,
    LoopTrace,
    PolicyRule,
    RecoveryCandidate,
    RoutingAdjustment,
)
from loops.opinions import confirmations_told


def loop_facts(
    *,
    trace: LoopTrace,
    incident: Incident,
    payload: Mapping[str, Any],
    recovery: RecoveryCandidate | None,
    policy: PolicyRule | None,
    adjustments: Sequence[RoutingAdjustment],
    decisions: Sequence[DecisionFact],
    now: datetime,
    moments: Sequence[Moment] = (),
) -> LoopFacts:
    """The facts of one loop; `payload` is what its stages have handed on so far."""
    return LoopFacts(
        incident=incident_fact(incident),
        is_complete=trace.is_complete,
        is_blocked=trace.is_blocked,
        failure_state=FailureState(trace.failure_state) if trace.failure_state else None,
        match=match_fact(payload),
        recovery=recovery_fact(recovery) if recovery else None,
        policy=policy_fact(policy) if policy else None,
        adjustments=tuple(adjustment_fact(one, now=now) for one in adjustments),
        routing_note=payload.get("routing_note", ""),
        decisions=tuple(decisions),
        moments=tuple(moments),
    )


def incident_fact(incident: Incident) -> IncidentFact:
    return IncidentFact(
        incident_id=incident.pk,
        title=incident.title,
        severity=Severity(incident.severity),
        occurred_at=incident.started_at,
        agent_id=incident.affected_agent_id,
    )


def match_fact(payload: Mapping[str, Any]) -> MatchFact | None:
    if "pattern_id" not in payload:
        return None
    return MatchFact(
        pattern_id=payload["pattern_id"],
        match_type=MatchType(payload["match_type"]),
        confidence=payload["match_confidence"],
        occurrences=payload["occurrences"],
    )


def recovery_fact(recovery: RecoveryCandidate) -> RecoveryFact:
    return RecoveryFact(
        recovery_id=recovery.pk,
        action_type=ActionType(recovery.action_type),
        params=recovery.action_params,
        status=RecoveryStatus(recovery.status),
        confidence=recovery.confidence,
        confirmations=recovery.confirmations_received,
        confirmations_required=recovery.requires_confirmation,
    )


def policy_fact(policy: PolicyRule) -> PolicyFact:
    return PolicyFact(
        policy_id=policy.pk,
        name=policy.name,
        action=PolicyAction(policy.actions["type"]),
        mode=PolicyMode(policy.mode),
        confidence=policy.generation_confidence,
        confirmations=confirmations_told(policy),
        confirmations_required=policy.confirmations_required,
        shadow_evaluations=policy.shadow_evaluations,
        shadow_would_block=policy.shadow_would_block,
    )


def adjustment_fact(one: RoutingAdjustment, *, now: datetime) -> AdjustmentFact:
    return AdjustmentFact(
        agent_id=one.agent_id,
        magnitude=Decimal(one.magnitude),
        effective=one.effective(now),
        expires_at=one.expires_at,
        rollback_reason=one.rollback_reason,
    )


def decision_fact(checkpoint: HumanCheckpoint) -> DecisionFact:
    """How a resolved checkpoint was decided; load it with its resolver."""
    assert checkpoint.resolved_at
    return DecisionFact(
        who=str(checkpoint.resolved_by or "The console"),
        checkpoint_type=CheckpointType(checkpoint.checkpoint_type),
        resolution=Resolution(checkpoint.resolution or ""),
        at=checkpoint.resolved_at,
        note=checkpoint.note,
    )
