"""The plain facts a narrative is told from. Whoever has the rows fills these in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from loops.domain.confidence import Band
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
    Stage,
)


@dataclass(frozen=True)
class IncidentFact:
    incident_id: str
    title: str
    severity: Severity
    occurred_at: datetime
    agent_id: str | None = None


@dataclass(frozen=True)
class MatchFact:
    pattern_id: str
    match_type: MatchType
    confidence: float
    occurrences: int  # of the pattern, this incident included


@dataclass(frozen=True)
class RecoveryFact:
    recovery_id: str
    action_type: ActionType
    params: Mapping[str, Any]
    status: RecoveryStatus
    confidence: float
    confirmations: int
    confirmations_required: int


@dataclass(frozen=True)
class PolicyFact:
    policy_id: str
    name: str
    action: PolicyAction
    mode: PolicyMode
    confidence: float
    confirmations: int | None  # None while opinions are blind
    confirmations_required: int
    shadow_evaluations: int = 0
    shadow_would_block: int = 0


@dataclass(frozen=True)
class AdjustmentFact:
    agent_id: str
    magnitude: Decimal
    effective: Decimal  # what is left of it now
    expires_at: datetime | None
    rollback_reason: str | None = None


@dataclass(frozen=True)
class DecisionFact:
    who: str
    checkpoint_type: CheckpointType
    resolution: Resolution
    at: datetime
    note: str = ""


@dataclass(frozen=True)
class Moment:
    """One line of the timeline: what became known when."""

    at: datetime
    stage: Stage
    fact: str
    band: Band | None = None
    requires_attention: bool = False


@dataclass(frozen=True)
class LoopFacts:
    """Everything known of one loop; what a stage has not produced yet is missing."""

    incident: IncidentFact
    is_complete: bool = False
    is_blocked: bool = False
    failure_state: FailureState | None = None
    match: MatchFact | None = None
    recovery: RecoveryFact | None = None
    policy: PolicyFact | None = None
    adjustments: tuple[AdjustmentFact, ...] = ()
    routing_note: str = ""  # why routing was left alone, if it was
    decisions: tuple[DecisionFact, ...] = ()
    moments: tuple[Moment, ...] = ()
