"""Every state in the loop, and the moves between them.

Values are stored: renaming one needs a migration. No other module spells a state as a string.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Stage(StrEnum):
    """The stations of a loop, named after what has happened when it stands there."""

    INCIDENT_CREATED = "incident_created"
    PATTERN_MATCHED = "pattern_matched"
    RECOVERY_SUGGESTED = "recovery_suggested"
    POLICY_GENERATED = "policy_generated"
    ROUTING_ADJUSTED = "routing_adjusted"
    LOOP_COMPLETE = "loop_complete"  # a resting place, never dispatched and never counted


STAGES: Final = tuple(stage for stage in Stage if stage is not Stage.LOOP_COMPLETE)


def next_stage(stage: Stage) -> Stage | None:
    """The stage after this one; None once the loop is complete."""
    order = tuple(Stage)
    position = order.index(stage) + 1
    return order[position] if position < len(order) else None


class FailureState(StrEnum):
    """Why a stage did not succeed. A stage without one succeeded."""

    MATCH_FAILED = "match_failed"  # matching raised an error
    MATCH_LOW_CONFIDENCE = "match_low_confidence"  # the result is in the novel band
    RECOVERY_REJECTED = "recovery_rejected"  # no acceptable suggestion could be made
    RECOVERY_NOT_APPLICABLE = "recovery_not_applicable"  # no pattern to recover from
    POLICY_LOW_CONFIDENCE = "policy_low_confidence"  # no recovery good enough to learn from
    POLICY_REJECTED = "policy_rejected"  # making the policy raised an error, or it was refused
    POLICY_SHADOW_MODE = "policy_shadow_mode"  # kept for old records; shadow no longer stops loops
    ROUTING_ADJUSTMENT_SKIPPED = "routing_adjustment_skipped"  # nothing to adjust, or not allowed
    ROUTING_GUARDRAIL_BLOCKED = "routing_guardrail_blocked"  # every adjustment hit the floor
    HUMAN_CHECKPOINT_PENDING = "human_checkpoint_pending"  # waiting for a person
    TIMEOUT = "timeout"  # the stage took longer than allowed
    ERROR = "error"  # an exception nobody expected
    HUMAN_CHECKPOINT_REJECTED = "human_checkpoint_rejected"  # a person said no
    ROUTING_KPI_REGRESSION = "routing_kpi_regression"  # undone: the agent succeeded less often
    REVERTED = "reverted"  # a person undid the whole loop


BLOCKING_FAILURES: Final = frozenset(
    {FailureState.HUMAN_CHECKPOINT_PENDING, FailureState.POLICY_SHADOW_MODE}
)
# A rule or a person stopped the loop; nobody has to repair anything. What a bridge
# sets when it raises, or when a pattern is not where it should be, counts as failed.
ENDED_STATES: Final = frozenset(
    {
        FailureState.POLICY_LOW_CONFIDENCE,
        FailureState.ROUTING_ADJUSTMENT_SKIPPED,
        FailureState.ROUTING_GUARDRAIL_BLOCKED,
        FailureState.HUMAN_CHECKPOINT_REJECTED,
        FailureState.REVERTED,
    }
)
FAILED_STATES: Final = frozenset(FailureState) - ENDED_STATES - BLOCKING_FAILURES


class EventStatus(StrEnum):
    """One attempt at one stage."""

    CLAIMED = "claimed"  # somebody is working on it
    DONE = "done"
    FAILED = "failed"  # final: a retry is a new attempt
    BLOCKED = "blocked"  # claimed and waiting for a person; resuming goes on with this attempt


EVENT_MOVES: Final[Mapping[EventStatus, frozenset[EventStatus]]] = {
    EventStatus.CLAIMED: frozenset({EventStatus.DONE, EventStatus.FAILED, EventStatus.BLOCKED}),
    EventStatus.DONE: frozenset(),
    EventStatus.FAILED: frozenset(),
    EventStatus.BLOCKED: frozenset({EventStatus.CLAIMED, EventStatus.DONE, EventStatus.FAILED}),
}


class LoopOutcome(StrEnum):
    """A loop in one word, for lists and badges; always derived from the other columns."""

    RUNNING = "running"
    WAITING = "waiting"  # blocked on a person
    COMPLETE = "complete"
    ENDED = "ended"  # stopped by a rule or a decision; nothing is broken
    FAILED = "failed"  # something went wrong that somebody should look at


class Severity(StrEnum):  # worst first
    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class IncidentState(StrEnum):
    ACTIVE = "active"
    ACKED = "acked"  # somebody has taken it
    RESOLVED = "resolved"


INCIDENT_MOVES: Final[Mapping[IncidentState, frozenset[IncidentState]]] = {
    IncidentState.ACTIVE: frozenset({IncidentState.ACKED, IncidentState.RESOLVED}),
    IncidentState.ACKED: frozenset({IncidentState.RESOLVED}),
    IncidentState.RESOLVED: frozenset(),  # a recurrence is a new incident
}


class CauseType(StrEnum):
    LLM_RUN = "llm_run"
    SYSTEM = "system"
    HUMAN = "human"


class SourceType(StrEnum):  # who reported the incident
    RUN = "run"
    KILLSWITCH = "killswitch"
    POLICY = "policy"
    MANUAL = "manual"
    API = "api"


class PatternType(StrEnum):
    POLICY_VIOLATION = "policy_violation"
    ERROR = "error"


class MatchType(StrEnum):
    """How an incident found its pattern."""

    EXACT_HASH = "exact_hash"
    FUZZY = "fuzzy"  # weighted comparison of the signature's fields
    NEW_PATTERN = "new_pattern"  # nothing similar was known: the incident founded one
    MESSAGE_TEMPLATE = "message_template"  # same message but for its variable parts


class SuggestionType(StrEnum):
    TEMPLATE = "template"  # the pattern's own stored remedy
    GENERATED = "generated"  # chosen by error type
    NONE = "none"


class ActionType(StrEnum):
    """What a recovery does: the loop's own remedies, then those of the action catalogue."""

    RATE_LIMIT = "rate_limit"
    RETRY = "retry"
    ESCALATE = "escalate"
    BLOCK = "block"
    FALLBACK = "fallback"
    NOTIFY = "notify"
    RECONFIGURE = "reconfigure"
    ROLLBACK = "rollback"
    MANUAL = "manual"
    SKIP = "skip"
    NONE = "none"
    UNKNOWN = "unknown"  # a template without a readable action


class RecoveryStatus(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"  # enough people agreed
    APPLIED = "applied"  # in force, by people or automatically
    REJECTED = "rejected"
    ROLLED_BACK = "rolled_back"  # its loop was reverted


RECOVERY_MOVES: Final[Mapping[RecoveryStatus, frozenset[RecoveryStatus]]] = {
    RecoveryStatus.PENDING: frozenset(set(RecoveryStatus) - {RecoveryStatus.PENDING}),
    RecoveryStatus.APPROVED: frozenset({RecoveryStatus.APPLIED, RecoveryStatus.ROLLED_BACK}),
    RecoveryStatus.APPLIED: frozenset({RecoveryStatus.ROLLED_BACK}),
    RecoveryStatus.REJECTED: frozenset(),
    RecoveryStatus.ROLLED_BACK: frozenset(),
}


class ExecutionStatus(StrEnum):
    """What became of carrying a recovery out; a recovery nobody executed has none."""

    PENDING = "pending"
    EXECUTING = "executing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ROLLED_BACK = "rolled_back"
    SKIPPED = "skipped"


class PolicyMode(StrEnum):
    SHADOW = "shadow"  # evaluated and counted, never enforced
    PENDING = "pending"  # not evaluated until enough people confirm
    ACTIVE = "active"  # enforced
    DISABLED = "disabled"


POLICY_MOVES: Final[Mapping[PolicyMode, frozenset[PolicyMode]]] = {
    PolicyMode.SHADOW: frozenset({PolicyMode.ACTIVE, PolicyMode.DISABLED}),
    # To shadow when later evidence lifts its confidence into the strong band.
    PolicyMode.PENDING: frozenset({PolicyMode.SHADOW, PolicyMode.ACTIVE, PolicyMode.DISABLED}),
    # To shadow when graduation is lost.
    PolicyMode.ACTIVE: frozenset({PolicyMode.SHADOW, PolicyMode.DISABLED}),
    # A person may bring a disabled policy back; nothing automatic may.
    PolicyMode.DISABLED: frozenset({PolicyMode.SHADOW, PolicyMode.ACTIVE}),
}
LIVE_MODES: Final = frozenset({PolicyMode.SHADOW, PolicyMode.PENDING, PolicyMode.ACTIVE})


class PolicyCategory(StrEnum):
    SAFETY = "safety"
    PRIVACY = "privacy"
    OPERATIONAL = "operational"
    ROUTING = "routing"
    CUSTOM = "custom"


class PolicyAction(StrEnum):
    BLOCK = "block"
    WARN = "warn"
    ESCALATE = "escalate"
    ROUTE_AWAY = "route_away"
    RATE_LIMIT = "rate_limit"


class PolicyScope(StrEnum):
    TENANT = "tenant"
    AGENT = "agent"
    GLOBAL = "global"


class PolicySource(StrEnum):
    MANUAL = "manual"
    RECOVERY = "recovery"
    PATTERN = "pattern"


class ActivationPath(StrEnum):
    """What changed a policy's mode, unless a person did: see `loops.domain.policy.activated_by`."""

    AUTO = "auto"  # the loop itself: on better evidence, or allowed to activate
    THRESHOLD = "threshold"  # the last confirmation needed


class AdjustmentType(StrEnum):
    CONFIDENCE_PENALTY = "confidence_penalty"  # negative weight; the loop makes these
    ROUTE_BLOCK = "route_block"
    ESCALATION_ADD = "escalation_add"
    WEIGHT_SHIFT = "weight_shift"  # zero or positive weight


class CheckpointType(StrEnum):
    APPROVE_POLICY = "approve_policy"
    APPROVE_RECOVERY = "approve_recovery"
    SIMULATE_ROUTING = "simulate_routing"  # may this routing change be made?
    REVERT_LOOP = "revert_loop"
    OVERRIDE_GUARDRAIL = "override_guardrail"  # may the routing floor be crossed once?


class Resolution(StrEnum):
    """What a person may answer; each checkpoint type offers its own two or three."""

    APPROVE = "approve"
    REJECT = "reject"
    MODIFY = "modify"  # edit the policy first; confirmations start again
    APPLY = "apply"
    DEFER = "defer"  # decide later; the loop stays blocked
    CANCEL = "cancel"
    CONFIRM_REVERT = "confirm_revert"
    OVERRIDE = "override"
    RESPECT = "respect"  # leave the guardrail as it is


class CheckpointPriority(StrEnum):
    """How soon a decision is wanted, most urgent first."""

    CRITICAL = "critical"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"  # may dismiss itself
    ADVISORY = "advisory"  # for information; holds nothing up


class Capability(StrEnum):
    """What the loop may do alone once the evidence for it exists."""

    AUTO_APPLY_RECOVERY = "auto_apply_recovery"
    AUTO_ACTIVATE_POLICY = "auto_activate_policy"
    FULL_AUTO_ROUTING = "full_auto_routing"


class GateKey(StrEnum):  # the proofs that unlock capabilities
    PREVENTION = "prevention"
    ROLLBACK = "rollback"
    TIMELINE = "timeline"
    ALL = "all"
