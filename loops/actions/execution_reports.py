"""What people, or agents in their name, say about carrying a recovery out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from loops.actions import executions, provenance
from loops.domain.states import EXECUTION_MOVES, ExecutionStatus, Executor, ProvenanceEvent
from loops.models import RecoveryCandidate, RecoveryExecution
from m25console import audit
from m25console.access import Actor, check_reviews
from m25console.refusals import WrongState
from m25console.rows import found

EVENTS: Final = {
    ExecutionStatus.EXECUTING: ProvenanceEvent.EXECUTED,
    ExecutionStatus.SUCCEEDED: ProvenanceEvent.SUCCESS,
    ExecutionStatus.FAILED: ProvenanceEvent.FAILURE,
    ExecutionStatus.ROLLED_BACK: ProvenanceEvent.ROLLED_BACK,
}


@transaction.atomic
def report(
    *,
    recovery_id: str,
    status: ExecutionStatus,
    result: Mapping[str, Any] | None,
    note: str,
    by: Actor,
    now: datetime,
) -> RecoveryExecution:
    """Move a recovery's execution to the state somebody says it is in; workers let go of it.

    Raises NotPermitted, NotFound, or WrongState if it cannot move there or was never wanted.
    """
    check_reviews(by)
    execution = _locked(recovery_id, by=by)
    here = ExecutionStatus(execution.status)
    if status not in EXECUTION_MOVES[here]:
        raise WrongState(f"This execution is {here}; it cannot become {status}.")
    _move(execution, status, now=now)
    if result is not None:
        execution.result = dict(result)
    execution.save()
    _note(execution, here, note=note, by=by, now=now)
    executions.conclude(execution, now=now)
    if status is ExecutionStatus.ROLLED_BACK:
        executions.count(execution, ended=0, succeeded=-int(here is ExecutionStatus.SUCCEEDED))
    return execution


def _note(
    execution: RecoveryExecution, before: ExecutionStatus, *, note: str, by: Actor, now: datetime
) -> None:
    """Its step in the recovery's history, and the audit row."""
    status = ExecutionStatus(execution.status)
    ended = execution.finished_at is not None
    told = {"execution_id": execution.pk, "note": note, "is_final": ended}
    event = EVENTS.get(status, ProvenanceEvent.MANUAL_OVERRIDE)
    provenance.note(execution, event, details=told, by=by, now=now)
    audit.record(
        by=by,
        action=f"execution.{status}",
        about=execution,
        before={"execution_status": before},
        after={"execution_status": status},
        note=note,
        now=now,
    )


def _move(execution: RecoveryExecution, status: ExecutionStatus, *, now: datetime) -> None:
    if status not in (ExecutionStatus.PENDING, ExecutionStatus.EXECUTING):
        executions.close(execution, status, now=now)
        return
    execution.status = status
    execution.ticket, execution.lease_until, execution.next_attempt_at = "", None, None
    if status is ExecutionStatus.PENDING and execution.executor == Executor.WEBHOOK:
        execution.next_attempt_at = now
    if status is ExecutionStatus.EXECUTING:
        execution.started_at = now


def _locked(recovery_id: str, *, by: Actor) -> RecoveryExecution:
    """The recovery's own execution with the recovery, both locked: the recovery first."""
    rows = RecoveryCandidate.objects.for_tenant(by.tenant).select_related("trace")
    recovery = found(rows.locked(), recovery_id, noun="recovery")
    execution = RecoveryExecution.objects.of_loop().locked().filter(recovery=recovery).first()
    if execution is None:
        raise WrongState("This recovery was not applied, so there is nothing to carry out.")
    execution.recovery = recovery
    return execution
