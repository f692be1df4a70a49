"""Trying an execution at the tenant's endpoint, from taking it up to what it came to.

Each try holds a ticket, and only the holder of the latest one may say how it ended: a worker that
was taken for dead and speaks after all is not heard.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from loops.actions import executions, provenance
from loops.actions.targets import secrets_of
from loops.domain.executions import TryResult, Verdict
from loops.domain.states import (
    ExecutionStatus,
    Executor,
    ProvenanceEvent,
    RecoveryStatus,
    ScopeStatus,
)
from loops.models import RecoveryCandidate, RecoveryExecution, WebhookEndpoint
from m25console.sealing import CannotUnseal

LEASE: Final = timedelta(seconds=60)  # for one try; longer than its task may take
_END: Final = {
    Verdict.SUCCEEDED: ExecutionStatus.SUCCEEDED,
    Verdict.FAILED: ExecutionStatus.FAILED,
    Verdict.AGAIN: ExecutionStatus.FAILED,  # as often as it may be tried
}
LOST: Final = "The worker that tried it did not come back."


@dataclass(frozen=True)
class Try:
    """Leave to try an execution once, with everything the try needs."""

    execution_id: str
    ticket: str
    number: int
    executor: Executor
    key: UUID
    request: Mapping[str, Any]
    url: str
    secrets: tuple[bytes, ...]


class _Void(Exception):  # noqa: N818 - a reason, not an error
    """The execution must not be tried again; the text says why."""


@transaction.atomic
def begin(*, execution_id: str, ticket: str, now: datetime) -> Try | None:
    """Begin the next try, if this ticket is the latest and unused; None if there is none to make.

    Whether it still should be tried is asked again: a recovery that was taken back meanwhile, or
    an endpoint that was switched off, ends it.
    """
    execution = _held(execution_id, ticket=ticket)
    if execution is None or execution.lease_until is not None:
        return None
    if execution.status == ExecutionStatus.EXECUTING:
        _note_lost(execution, now=now)
    try:
        url, secrets = _means(execution, now=now)
    except _Void as void:
        _give_up(execution, str(void), now=now)
        return None
    _take_up(execution, now=now)
    return Try(
        execution_id=execution.pk,
        ticket=ticket,
        number=execution.attempts,
        executor=Executor(execution.executor),
        key=execution.idempotency_key,
        request=execution.request,
        url=url,
        secrets=secrets,
    )


def _take_up(execution: RecoveryExecution, *, now: datetime) -> None:
    execution.status = ExecutionStatus.EXECUTING
    execution.attempts += 1
    execution.started_at = now
    execution.lease_until = execution.next_attempt_at = now + LEASE
    execution.save()
    executions.mirror(execution.recovery, execution, now=now)
    executions.save_mirrored(execution.recovery)
    told = {"execution_id": execution.pk, "attempt": execution.attempts}
    provenance.note(execution, ProvenanceEvent.EXECUTED, details=told, now=now)


@transaction.atomic
def end(attempt: Try, *, came_to: TryResult, wait: timedelta, now: datetime) -> bool:
    """Store how a try ended; False, having changed nothing, if it is somebody else's by now.

    `wait` is the rest before another try, where one is worth it and left.
    """
    execution = _held(attempt.execution_id, ticket=attempt.ticket)
    if execution is None or execution.status != ExecutionStatus.EXECUTING:
        return False
    again = came_to.verdict is Verdict.AGAIN and execution.attempts < execution.max_attempts
    execution.result, execution.error = dict(came_to.result), came_to.error
    if again:
        execution.status = ExecutionStatus.PENDING
        execution.ticket, execution.lease_until = "", None
        execution.next_attempt_at = now + wait
    else:
        executions.close(execution, _END[came_to.verdict], now=now)
    execution.save()
    _told_of_try(execution, took=now - (execution.started_at or now), now=now)
    executions.conclude(execution, now=now)
    return True


def _held(execution_id: str, *, ticket: str) -> RecoveryExecution | None:
    """The execution with its recovery, both locked: the recovery first, as everywhere."""
    mine = RecoveryExecution.objects.filter(pk=execution_id, ticket=ticket)
    recovery_id = mine.values_list("recovery", flat=True).first()
    if not ticket or recovery_id is None:
        return None
    rows = RecoveryCandidate.objects.select_related("trace", "selected_action")
    recovery = rows.locked().get(pk=recovery_id)
    execution = mine.locked().first()
    if execution is not None:
        execution.recovery = recovery
    return execution


def _means(execution: RecoveryExecution, *, now: datetime) -> tuple[str, tuple[bytes, ...]]:
    """Where to send it and what signs it. Raises _Void if it must not be tried any more."""
    _check_still_wanted(execution)
    endpoint = WebhookEndpoint.objects.filter(tenant=execution.tenant_id, is_enabled=True).first()
    if endpoint is None:
        raise _Void("The endpoint was removed or switched off before this was carried out.")
    if execution.attempts >= execution.max_attempts:
        raise _Void(LOST)
    try:
        return endpoint.url, secrets_of(endpoint, now=now)
    except CannotUnseal as error:
        raise _Void(f"The endpoint's secret cannot be used. {error}") from None


def _check_still_wanted(execution: RecoveryExecution) -> None:
    scope = execution.scope
    if scope is not None and scope.status == ScopeStatus.REVOKED:
        raise _Void("The scope was revoked before this was carried out.")
    if scope is None and execution.recovery.status != RecoveryStatus.APPLIED:
        raise _Void("The recovery was taken back before this was carried out.")


def _give_up(execution: RecoveryExecution, reason: str, *, now: datetime) -> None:
    """End an execution that is not to be tried: skipped, or failed if it was tried before."""
    tried = execution.attempts > 0
    execution.error = reason
    status = ExecutionStatus.FAILED if tried else ExecutionStatus.SKIPPED
    executions.close(execution, status, now=now)
    execution.save()
    event = ProvenanceEvent.FAILURE if tried else ProvenanceEvent.MANUAL_OVERRIDE
    told = {"execution_id": execution.pk, "error": execution.error, "is_final": True}
    provenance.note(execution, event, details=told, now=now)
    executions.conclude(execution, now=now)


def _note_lost(execution: RecoveryExecution, *, now: datetime) -> None:
    execution.status = ExecutionStatus.PENDING
    told = {"execution_id": execution.pk, "attempt": execution.attempts, "error": LOST}
    provenance.note(execution, ProvenanceEvent.FAILURE, details=told, now=now)


def _told_of_try(execution: RecoveryExecution, *, took: timedelta, now: datetime) -> None:
    done = execution.status == ExecutionStatus.SUCCEEDED
    told: dict[str, Any] = {
        "execution_id": execution.pk,
        "attempt": execution.attempts,
        "took_ms": round(took.total_seconds() * 1000),
        "status": (execution.result or {}).get("status"),
        "error": execution.error,
        "is_final": execution.finished_at is not None,
    }
    event = ProvenanceEvent.SUCCESS if done else ProvenanceEvent.FAILURE
    provenance.note(execution, event, details=told, now=now)
