"""The runtime audit contract of loop mechanics 1.0.0: what a run promised, what was acknowledged,
and what the two together say.

A run promises at its start (T0). Whoever does the work acknowledges it; the last word about an
action counts, so a success that is rolled back is a failure, and a failure that is made good is
none. Nothing here keeps time: `now` is an argument, and a deadline is missed only after it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from loops.domain.states import (
    AckStatus,
    AlertSeverity,
    AlertType,
    AuditAction,
    AuditDomain,
    AuditStatus,
    ReconciliationStatus,
)

DEADLINE_MS: Final = 5_000
RUN_TIMEOUT_MS: Final = 30_000
GRACE_MS: Final = 5_000
FINALIZE_DEADLINE_MS: Final = RUN_TIMEOUT_MS + GRACE_MS
CHECK_AFTER_COMPLETION: Final = timedelta(seconds=2)
CHECK_AFTER_FAILURE: Final = timedelta(seconds=5)
STALE_CODE: Final = "STALE_RUN"  # of a run that was given up because nobody finalized it


class Key(NamedTuple):
    """An action of a domain; a run promises each at most once."""

    domain: AuditDomain
    action: AuditAction

    def __str__(self) -> str:
        return f"{self.domain}/{self.action}"


CREATE_INCIDENT: Final = Key(AuditDomain.INCIDENTS, AuditAction.CREATE_INCIDENT)
EVALUATE_POLICY: Final = Key(AuditDomain.POLICIES, AuditAction.EVALUATE_POLICY)
START_TRACE: Final = Key(AuditDomain.LOGS, AuditAction.START_TRACE)
COMPLETE_TRACE: Final = Key(AuditDomain.LOGS, AuditAction.COMPLETE_TRACE)
FINALIZE_RUN: Final = Key(AuditDomain.ORCHESTRATOR, AuditAction.FINALIZE_RUN)
KEYS: Final = (CREATE_INCIDENT, EVALUATE_POLICY, START_TRACE, COMPLETE_TRACE, FINALIZE_RUN)

# A run need not promise these, and acknowledging one that was not promised is no drift: not every
# run keeps a trace. A run that promises one is held to it like to any other.
OPTIONAL: Final = frozenset({COMPLETE_TRACE})
DEADLINES_MS: Final[Mapping[Key, int]] = {
    CREATE_INCIDENT: DEADLINE_MS,
    EVALUATE_POLICY: DEADLINE_MS,
    START_TRACE: DEADLINE_MS,
    COMPLETE_TRACE: FINALIZE_DEADLINE_MS,
    FINALIZE_RUN: FINALIZE_DEADLINE_MS,
}
LIVENESS: Final[Mapping[str, Any]] = {"is_liveness_check": True}  # kept with finalize_run


@dataclass(frozen=True)
class Promise:
    """An action a run undertakes, within so many milliseconds of its start."""

    key: Key
    deadline_ms: int


DEFAULT_PROMISES: Final = tuple(
    Promise(key, DEADLINES_MS[key]) for key in KEYS if key not in OPTIONAL
)


@dataclass(frozen=True)
class Expectation:
    """A promise as it stands. Without `due_at` it cannot be late: the run waits for a person."""

    key: Key
    deadline_ms: int
    due_at: datetime | None
    status: AuditStatus = AuditStatus.PENDING


@dataclass(frozen=True)
class Ack:
    """Word that something was done, failed, or was taken back."""

    key: Key
    status: AckStatus = AckStatus.SUCCESS
    result_id: str | None = None
    error: str | None = None
    rolled_back: bool = False
    rollback_reason: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_success(self) -> bool:
        return self.status is AckStatus.SUCCESS and self.error is None and not self.rolled_back

    @property
    def means(self) -> AuditStatus:
        """What an expectation of this action becomes."""
        return AuditStatus.ACKED if self.is_success else AuditStatus.FAILED


def due_at(*, begun_at: datetime, deadline_ms: int) -> datetime:
    """The last moment at which a promise made at `begun_at` is kept in time."""
    return begun_at + timedelta(milliseconds=deadline_ms)


@dataclass(frozen=True)
class Reconciliation:
    """What a run's promises and acknowledgements say. Every list is sorted and without repeats."""

    status: ReconciliationStatus
    missing: tuple[Key, ...] = ()
    drift: tuple[Key, ...] = ()
    failed: tuple[Key, ...] = ()
    expected: int = 0
    acked: int = 0  # different actions that were acknowledged, promised or not
    overdue_since: datetime | None = None  # the oldest missed deadline

    @property
    def is_clean(self) -> bool:
        nothing = not (self.missing or self.drift or self.failed)
        return self.status is ReconciliationStatus.COMPLETE and nothing

    def findings(self) -> dict[str, Any]:
        """As it is stored and answered."""
        return {
            "missing": [str(key) for key in self.missing],
            "drift": [str(key) for key in self.drift],
            "failed": [str(key) for key in self.failed],
            "expected": self.expected,
            "acked": self.acked,
        }


def reconcile(
    expectations: Sequence[Expectation], acks: Sequence[Ack], now: datetime
) -> Reconciliation:
    """Compare promises with acknowledgements, which come oldest first.

    Missing: promised, unacknowledged and late. Drift: acknowledged and neither promised nor
    optional, or done twice. Failed: the last word is not a success. STALE when finalizing is
    late, else INCOMPLETE with any finding, else PENDING while something is not due yet, else
    COMPLETE. INVALID when nothing was promised, or something without a positive deadline.
    """
    last = {ack.key: ack for ack in acks}
    promised = {one.key for one in expectations}
    late = [one for one in expectations if one.key not in last and is_late(one, now)]
    missing = tuple(sorted(one.key for one in late))
    drift = tuple(sorted((last.keys() - promised - OPTIONAL) | _repeated(acks)))
    failed = tuple(sorted(key for key, ack in last.items() if not ack.is_success))
    waiting = len(promised - last.keys()) > len(late)
    valid = bool(expectations) and all(one.deadline_ms > 0 for one in expectations)
    return Reconciliation(
        status=_status(valid, missing, bool(drift or failed), waiting),
        missing=missing,
        drift=drift,
        failed=failed,
        expected=len(promised),
        acked=len(last),
        overdue_since=min((one.due_at for one in late if one.due_at), default=None),
    )


def is_late(one: Expectation, now: datetime) -> bool:
    """Whether a promise nobody has acknowledged should have been by now."""
    return one.due_at is not None and now > one.due_at


def _status(
    valid: bool, missing: Sequence[Key], has_findings: bool, waiting: bool
) -> ReconciliationStatus:
    if not valid:
        return ReconciliationStatus.INVALID
    if FINALIZE_RUN in missing:
        return ReconciliationStatus.STALE
    if missing or has_findings:
        return ReconciliationStatus.INCOMPLETE
    return ReconciliationStatus.PENDING if waiting else ReconciliationStatus.COMPLETE


def _repeated(acks: Iterable[Ack]) -> set[Key]:
    """Actions that succeeded again while their success stood."""
    stands: dict[Key, bool] = defaultdict(bool)
    repeated = set()
    for ack in acks:
        if ack.is_success and stands[ack.key]:
            repeated.add(ack.key)
        stands[ack.key] = ack.is_success
    return repeated


@dataclass(frozen=True)
class Alert:
    """A finding that somebody should look at; raised once for each run, kind and key."""

    alert_type: AlertType
    severity: AlertSeverity
    key: str
    sentence: str


def alerts(found: Reconciliation, *, has_ended: bool) -> list[Alert]:
    """What to raise. Drift and failures of a run that is still going may yet be made good."""
    told = []
    if found.status is ReconciliationStatus.STALE:
        told.append(_alert(AlertType.STALE_RUN, "", "It was not finalized in time."))
    kind = AlertType.MISSING_ACK if has_ended else AlertType.EXPECTATION_TIMEOUT
    late = "was never acknowledged." if has_ended else "was not acknowledged in time."
    told += [_alert(kind, str(key), f"{key} {late}") for key in found.missing]
    if not has_ended:
        return told
    if found.status is ReconciliationStatus.INVALID:
        words = "It promised nothing, or something without a deadline."
        told.append(_alert(AlertType.RECONCILIATION_FAILED, "", words))
    told += [_alert(AlertType.DRIFT, str(key), f"{key} {_DRIFTED}") for key in found.drift]
    told += [
        _alert(AlertType.RECONCILIATION_FAILED, str(key), f"{key} failed or was taken back.")
        for key in found.failed
    ]
    return told


_DRIFTED: Final = "was acknowledged twice, or without having been promised."


def _alert(kind: AlertType, key: str, sentence: str) -> Alert:
    severity = AlertSeverity.MEDIUM if kind is AlertType.DRIFT else AlertSeverity.HIGH
    return Alert(kind, severity, key, sentence)
