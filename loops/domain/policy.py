"""Turning a recovery that keeps being needed into a policy that prevents the failure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from loops.domain import conditions
from loops.domain.confidence import Band, band
from loops.domain.states import (
    ActionType,
    FailureState,
    PolicyAction,
    PolicyCategory,
    PolicyMode,
    PolicyScope,
    PolicySource,
    RecoveryStatus,
)

CONFIRMABLE: Final = frozenset({PolicyMode.SHADOW, PolicyMode.PENDING})
MIN_OCCURRENCES: Final = 3
CONFIRMATIONS_REQUIRED: Final = 3
PRIORITY: Final = 100
TOLD: Final = 80  # characters of a message template in a policy's name
ACTION_FOR: Final[Mapping[ActionType, PolicyAction]] = {
    ActionType.RATE_LIMIT: PolicyAction.RATE_LIMIT,
    ActionType.RETRY: PolicyAction.ESCALATE,
    ActionType.ESCALATE: PolicyAction.ESCALATE,
    ActionType.BLOCK: PolicyAction.BLOCK,
}


@dataclass(frozen=True)
class RecoveryFacts:
    """What a policy needs to know of the recovery it learns from."""

    recovery_id: str
    status: RecoveryStatus
    action_type: ActionType
    action_params: Mapping[str, Any]
    confidence: float
    confirmations_required: int


@dataclass(frozen=True)
class PatternFacts:
    """What a policy needs to know of the pattern it prevents."""

    pattern_id: str
    error_type: str
    api_endpoint: str | None
    occurrences: int
    template: str = ""  # of its messages; empty if it is recognised by its fields


@dataclass(frozen=True)
class PolicyDraft:
    """A policy ready to be stored; `condition` and `action` are its two JSON columns."""

    name: str
    description: str
    condition: dict[str, Any]
    action: dict[str, Any]
    confidence: float
    mode: PolicyMode
    scope_id: str
    source_pattern_id: str
    source_recovery_id: str
    confirmations_required: int = CONFIRMATIONS_REQUIRED
    priority: int = PRIORITY
    category: PolicyCategory = PolicyCategory.OPERATIONAL
    scope: PolicyScope = PolicyScope.TENANT
    source: PolicySource = PolicySource.RECOVERY


@dataclass(frozen=True)
class NoPolicy:
    """Why no policy was drafted. Without a failure state the loop goes on regardless."""

    reason: str
    failure_state: FailureState | None = None


def draft(
    *,
    recovery: RecoveryFacts | None,
    pattern: PatternFacts | None,
    tenant_id: str,
    confirmations_required: int = CONFIRMATIONS_REQUIRED,
) -> PolicyDraft | NoPolicy:
    """The policy to make from a recovery, or the reason there is none."""
    if recovery is None:
        return _refused("There is no recovery to learn from.")
    if not _settled(recovery):
        return _refused(f"Recovery {recovery.recovery_id} is {recovery.status}, not applied.")
    if pattern is None:
        return _refused(f"The pattern of recovery {recovery.recovery_id} no longer exists.")
    if pattern.occurrences < MIN_OCCURRENCES:
        return NoPolicy(f"{pattern.occurrences} of {MIN_OCCURRENCES} occurrences")
    action = ACTION_FOR.get(recovery.action_type, PolicyAction.WARN)
    return PolicyDraft(
        name=name_for(pattern),
        description=f"Learned after {pattern.occurrences} incidents of {pattern.pattern_id}.",
        condition=condition_for(pattern),
        action={"type": action.value, "params": dict(recovery.action_params)},
        confidence=recovery.confidence,
        mode=initial_mode(recovery.confidence),
        scope_id=tenant_id,
        source_pattern_id=pattern.pattern_id,
        source_recovery_id=recovery.recovery_id,
        confirmations_required=confirmations_required,
    )


def initial_mode(confidence: float) -> PolicyMode:
    """Shadow for a strong confidence; otherwise people must confirm it before it does anything."""
    return PolicyMode.SHADOW if band(confidence) is Band.STRONG else PolicyMode.PENDING


def strengthened(
    *, mode: PolicyMode, confidence: float, evidence: float
) -> tuple[PolicyMode, float]:
    """Mode and confidence of a live policy after its pattern led to another recovery.

    `evidence` is that recovery's confidence. Confidence never falls, and the mode changes only
    from pending to shadow.
    """
    raised = max(confidence, evidence)
    return (initial_mode(raised) if mode is PolicyMode.PENDING else mode), raised


def name_for(pattern: PatternFacts) -> str:
    """What people call the policy: after its error type, and its messages if it has any."""
    name = f"Prevention: {pattern.error_type}"
    told = " ".join(pattern.template.split())
    if not told:
        return name
    return f"{name} – {told if len(told) <= TOLD else told[: TOLD - 1].rstrip() + '…'}"


def condition_for(pattern: PatternFacts) -> dict[str, Any]:
    """When the policy of this pattern applies, as data: no value is ever read as an expression.

    A pattern of messages must itself be recognised: its error type alone says far too little.
    """
    clauses = [conditions.equals("error_type", pattern.error_type)]
    if pattern.template:
        clauses.append(conditions.equals("pattern_id", pattern.pattern_id))
    if pattern.api_endpoint:
        clauses.append(conditions.equals("api_endpoint", pattern.api_endpoint))
    return {"all": clauses}


def shadow_block_rate(*, would_block: int, evaluations: int) -> float:
    """Share of shadow evaluations in which the policy would have acted; 0.0 without any."""
    return round(would_block / evaluations, 4) if evaluations else 0.0


def activated_by(user_id: int) -> str:
    """The approval path of a person who activated a policy on their own authority."""
    return f"human:{user_id}"


def _settled(recovery: RecoveryFacts) -> bool:
    if recovery.status is RecoveryStatus.PENDING:
        return recovery.confirmations_required == 0
    return recovery.status in {RecoveryStatus.APPROVED, RecoveryStatus.APPLIED}


def _refused(reason: str) -> NoPolicy:
    return NoPolicy(reason, FailureState.POLICY_LOW_CONFIDENCE)
