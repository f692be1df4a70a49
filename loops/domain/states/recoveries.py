"""Remedies: what they do, who agreed, and what became of carrying them out."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


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


EXECUTION_MOVES: Final[Mapping[ExecutionStatus, frozenset[ExecutionStatus]]] = {
    ExecutionStatus.PENDING: frozenset({ExecutionStatus.EXECUTING, ExecutionStatus.SKIPPED}),
    # Back to pending for another try.
    ExecutionStatus.EXECUTING: frozenset(
        {ExecutionStatus.SUCCEEDED, ExecutionStatus.FAILED, ExecutionStatus.PENDING}
    ),
    ExecutionStatus.SUCCEEDED: frozenset({ExecutionStatus.ROLLED_BACK}),
    ExecutionStatus.FAILED: frozenset({ExecutionStatus.ROLLED_BACK}),
    ExecutionStatus.ROLLED_BACK: frozenset(),
    ExecutionStatus.SKIPPED: frozenset(),
}


class Verification(StrEnum):
    """Whether an applied recovery helped. A recovery that was not applied has none."""

    WATCHING = "watching"  # its window is open
    VERIFIED = "verified"  # the pattern did not come back while there was traffic
    FAILED = "failed"  # the pattern came back
    INCONCLUSIVE = "inconclusive"  # nothing was heard of the agent, so nothing is known


VERIFICATION_MOVES: Final[Mapping[Verification, frozenset[Verification]]] = {
    Verification.WATCHING: frozenset(set(Verification) - {Verification.WATCHING}),
    Verification.VERIFIED: frozenset(),
    Verification.FAILED: frozenset(),
    Verification.INCONCLUSIVE: frozenset(),
}


class Executor(StrEnum):
    """Who carries an action out."""

    RECORD_ONLY = "record_only"  # nobody: it is written down that it was wanted
    WEBHOOK = "webhook"  # a signed request to the tenant's own endpoint


class ProvenanceEvent(StrEnum):
    """What happened to a recovery, for its history."""

    CREATED = "created"
    INPUT_ADDED = "input_added"
    RULE_EVALUATED = "rule_evaluated"
    ACTION_SELECTED = "action_selected"
    CONFIDENCE_UPDATED = "confidence_updated"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXECUTED = "executed"
    SUCCESS = "success"
    FAILURE = "failure"
    ROLLED_BACK = "rolled_back"
    MANUAL_OVERRIDE = "manual_override"


class ProvenanceActor(StrEnum):
    SYSTEM = "system"
    HUMAN = "human"
    AGENT = "agent"


class ScopeStatus(StrEnum):
    """Whether a bound scope still lets its action be executed."""

    ACTIVE = "active"
    EXHAUSTED = "exhausted"  # all its attempts were used
    EXPIRED = "expired"
    REVOKED = "revoked"


class RiskClass(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class ExecutionScope(StrEnum):
    """What part of the traffic an execution is meant for."""

    AGENT_SUBSET = "agent_subset"
    REQUEST_SAMPLE = "request_sample"
    BUDGET_FRACTION = "budget_fraction"
    DRY_RUN = "dry_run"


class ErrorCategory(StrEnum):
    """What kind of failure an error is."""

    TRANSIENT = "TRANSIENT"
    PERMISSION = "PERMISSION"
    RESOURCE = "RESOURCE"
    VALIDATION = "VALIDATION"
    INFRASTRUCTURE = "INFRASTRUCTURE"
    PLANNER = "PLANNER"
    PERMANENT = "PERMANENT"


class RecoveryMode(StrEnum):
    """How one usually recovers from it."""

    RETRY_EXPONENTIAL = "RETRY_EXPONENTIAL"
    RETRY_WITH_JITTER = "RETRY_WITH_JITTER"
    ESCALATE = "ESCALATE"
    ABORT = "ABORT"
