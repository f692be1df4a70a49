"""The runtime audit contract: what a run promised to do, and what was acknowledged."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class AuditStatus(StrEnum):
    """Of one expectation."""

    PENDING = "PENDING"
    ACKED = "ACKED"
    MISSING = "MISSING"  # its deadline passed without a word
    FAILED = "FAILED"


class AuditDomain(StrEnum):
    INCIDENTS = "incidents"
    POLICIES = "policies"
    LOGS = "logs"
    ORCHESTRATOR = "orchestrator"


class AuditAction(StrEnum):
    CREATE_INCIDENT = "create_incident"
    EVALUATE_POLICY = "evaluate_policy"
    START_TRACE = "start_trace"
    COMPLETE_TRACE = "complete_trace"
    FINALIZE_RUN = "finalize_run"


class AckStatus(StrEnum):
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    ROLLED_BACK = "ROLLED_BACK"


class ReconciliationStatus(StrEnum):
    PENDING = "PENDING"  # nothing is overdue yet
    COMPLETE = "COMPLETE"
    INCOMPLETE = "INCOMPLETE"
    STALE = "STALE"  # it was never finalized
    INVALID = "INVALID"  # nothing was expected, or without a deadline


class RunPhase(StrEnum):
    CREATED = "CREATED"
    AUTHORIZED = "AUTHORIZED"
    EXECUTING = "EXECUTING"
    GOVERNANCE_CHECK = "GOVERNANCE_CHECK"
    FINALIZING = "FINALIZING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


RUN_MOVES: Final[Mapping[RunPhase, frozenset[RunPhase]]] = {
    RunPhase.CREATED: frozenset({RunPhase.AUTHORIZED, RunPhase.FAILED}),
    RunPhase.AUTHORIZED: frozenset({RunPhase.EXECUTING, RunPhase.FAILED}),
    RunPhase.EXECUTING: frozenset({RunPhase.GOVERNANCE_CHECK, RunPhase.FAILED}),
    RunPhase.GOVERNANCE_CHECK: frozenset({RunPhase.FINALIZING, RunPhase.FAILED}),
    RunPhase.FINALIZING: frozenset({RunPhase.COMPLETED, RunPhase.FAILED}),
    RunPhase.COMPLETED: frozenset(),
    RunPhase.FAILED: frozenset(),
}


class RunStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    FAILED_POLICY = "failed_policy"
    CANCELLED = "cancelled"
    RETRY = "retry"


class TransactionPhase(StrEnum):
    """How far the closing of a run came."""

    NOT_STARTED = "NOT_STARTED"
    INCIDENT_CREATED = "INCIDENT_CREATED"
    POLICY_EVALUATED = "POLICY_EVALUATED"
    TRACE_COMPLETED = "TRACE_COMPLETED"
    COMMITTED = "COMMITTED"
    EVENTS_PUBLISHED = "EVENTS_PUBLISHED"
    ROLLED_BACK = "ROLLED_BACK"
    FAILED = "FAILED"


class AlertType(StrEnum):
    MISSING_ACK = "MISSING_ACK"
    DRIFT = "DRIFT"
    STALE_RUN = "STALE_RUN"
    RECONCILIATION_FAILED = "RECONCILIATION_FAILED"
    EXPECTATION_TIMEOUT = "EXPECTATION_TIMEOUT"


class AlertSeverity(StrEnum):
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"


class GovernanceProfile(StrEnum):
    """How strictly runs are watched."""

    STRICT = "STRICT"
    STANDARD = "STANDARD"
    OBSERVE_ONLY = "OBSERVE_ONLY"


class Durability(StrEnum):
    """Whether the store of promises and acknowledgements outlives the process."""

    DURABLE = "durable"
    NOT_DURABLE = "not_durable"
    ENFORCEMENT_DISABLED = "enforcement_disabled"
    UNKNOWN = "unknown"
