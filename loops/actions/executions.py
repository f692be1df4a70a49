"""That a recovery is to be carried out, and what its state means for recovery and action.

A recovery that is applied has one execution, written in the same transaction. Executions within
a scope, and dry runs, are extra and change nothing about their recovery.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings

from loops.domain.states import ExecutionStatus, Executor, RecoveryStatus, Verification
from loops.feed import tell_pages
from loops.models import (
    Incident,
    RecoveryCandidate,
    RecoveryExecution,
    SuggestionAction,
    WebhookEndpoint,
)
from loops.models.ids import new_execution_id

ENDED: Final = frozenset(
    {ExecutionStatus.SUCCEEDED, ExecutionStatus.FAILED, ExecutionStatus.ROLLED_BACK}
)
NO_ENDPOINT: Final = (
    "No endpoint is set up: that this was wanted is written down, nobody was asked."
)
NOT_ALONE: Final = (
    "It was applied without a person, and automatic execution is switched off: it is written "
    "down as wanted, and nobody was asked."
)


def executor_for(*, has_endpoint: bool, by_person: bool) -> Executor:
    """Who carries a recovery out; without a person only if the operator has switched that on."""
    goes_out = has_endpoint and (by_person or settings.RECOVERY_AUTO_EXECUTE)
    return Executor.WEBHOOK if goes_out else Executor.RECORD_ONLY


def has_endpoint(tenant_id: str) -> bool:
    return WebhookEndpoint.objects.filter(tenant=tenant_id, is_enabled=True).exists()


def wanted(
    recovery: RecoveryCandidate,
    *,
    incident: Incident,
    executor: Executor,
    requested_by: str,
    now: datetime,
    reason: str = NO_ENDPOINT,
) -> RecoveryExecution:
    """The execution of a recovery that is being applied. Both are changed and neither is saved.

    What nobody is asked to do has ended at once, with `reason`; its watch begins.
    """
    execution = RecoveryExecution(
        id=new_execution_id(),
        tenant_id=recovery.tenant_id,
        recovery_id=recovery.pk,
        action_id=recovery.selected_action_id,
        executor=executor,
        requested_by=requested_by,
        created_at=now,
    )
    execution.request = request_of(
        execution, recovery=recovery, incident=incident, action=recovery.selected_action
    )
    start(execution, reason=reason, now=now)
    mirror(recovery, execution, now=now)
    return execution


def start(execution: RecoveryExecution, *, reason: str, now: datetime) -> None:
    """Have workers try it, or end it with the reason why nobody is asked."""
    if execution.executor == Executor.WEBHOOK:
        execution.next_attempt_at = now
    else:
        execution.result = {"recorded": True, "reason": reason}
        close(execution, ExecutionStatus.SUCCEEDED, now=now)


def request_of(
    execution: RecoveryExecution,
    *,
    recovery: RecoveryCandidate,
    incident: Incident,
    action: SuggestionAction | None,
) -> dict[str, Any]:
    """What an endpoint is sent; the same at every try. Without an action of the catalogue it is
    told the loop's own remedy."""
    return {
        "type": "recovery.execute",
        "timestamp": execution.created_at.isoformat(),
        "data": {
            "execution_id": execution.pk,
            "recovery_id": recovery.pk,
            "incident": _incident_told(incident),
            "pattern_id": recovery.source_pattern_id,
            "action": {
                "code": action.action_code if action else None,
                "type": action.action_type if action else recovery.action_type,
                "params": action.template if action else recovery.action_params,
            },
            "suggestion": {
                "text": recovery.suggestion,
                "type": recovery.action_type,
                "params": recovery.action_params,
            },
            "scope_id": execution.scope_id,
        },
    }


def _incident_told(incident: Incident) -> dict[str, Any]:
    return {
        "incident_id": incident.pk,
        "title": incident.title,
        "severity": incident.severity,
        "error_type": incident.error_type,
        "error_code": incident.error_code,
        "agent_id": incident.affected_agent_id,
    }


def close(execution: RecoveryExecution, status: ExecutionStatus, *, now: datetime) -> None:
    """Set an execution's end; nobody tries it any more."""
    execution.status = status
    execution.finished_at = now
    execution.next_attempt_at = execution.lease_until = None
    execution.ticket = ""


def conclude(execution: RecoveryExecution, *, now: datetime) -> None:
    """What follows from an execution's new state for its recovery, its action and open pages."""
    recovery = execution.recovery
    if execution.scope_id is None:
        mirror(recovery, execution, now=now)
        save_mirrored(recovery)
    if execution.status in (ExecutionStatus.SUCCEEDED, ExecutionStatus.FAILED):
        count(execution, ended=1, succeeded=int(execution.status == ExecutionStatus.SUCCEEDED))
    tell_pages(recovery.trace, kind="recovery", now=now)


def count(execution: RecoveryExecution, *, ended: int, succeeded: int) -> None:
    """Add to the totals of the action carried out; once per execution, when it ends.

    What was only recorded proves nothing about the action, so it does not count.
    """
    if execution.executor == Executor.RECORD_ONLY or execution.action_id is None:
        return
    action = SuggestionAction.objects.select_for_update().get(pk=execution.action_id)
    action.total_applications += ended
    action.successful_applications += succeeded
    total, successful = action.total_applications, action.successful_applications
    action.success_rate = round(successful / total, 4) if total else 0.0
    action.save(update_fields=["total_applications", "successful_applications", "success_rate"])


def mirror(recovery: RecoveryCandidate, execution: RecoveryExecution, *, now: datetime) -> None:
    """Have the recovery say how its execution stands; once that succeeded, its watch begins."""
    if execution.scope_id is not None:
        return
    recovery.execution_status = execution.status
    recovery.updated_at = now
    if execution.status not in ENDED:
        return
    recovery.executed_at = now
    recovery.execution_result = execution.result
    is_applied = recovery.status == RecoveryStatus.APPLIED
    if execution.status == ExecutionStatus.SUCCEEDED and is_applied and not recovery.verification:
        recovery.verification = Verification.WATCHING
        recovery.verify_until = now + timedelta(hours=settings.VERIFICATION_HOURS)


def save_mirrored(recovery: RecoveryCandidate) -> None:
    recovery.save(
        update_fields=[
            "execution_status", "executed_at", "execution_result", "verification", "verify_until",
            "updated_at",
        ]
    )  # fmt: skip
