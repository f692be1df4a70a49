"""Executing within bounds: leave for one action, for one incident, so often, at such a cost.

The bounds are those of loop mechanics 1.0.0. Attempts and cost are counted under the scope's lock.
"""

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from loops.actions import executions
from loops.actions.scope_checks import check_scope
from loops.domain import recovery_scopes
from loops.domain.states import (
    ExecutionScope,
    ExecutionStatus,
    Executor,
    RiskClass,
    ScopeStatus,
)
from loops.feed import tell_pages
from loops.models import (
    BoundScope,
    Incident,
    RecoveryCandidate,
    RecoveryExecution,
    SuggestionAction,
)
from m25console import audit
from m25console.access import Actor, check_reviews
from m25console.refusals import InvalidInput, WrongState
from m25console.rows import found


@transaction.atomic
def create(
    *,
    incident_id: str,
    allowed_action: str,
    by: Actor,
    now: datetime,
    intent: str = "",
    max_cost: Decimal = recovery_scopes.DEFAULT_COST,
    max_attempts: int = 1,
    seconds: int = recovery_scopes.DEFAULT_SECONDS,
) -> BoundScope:
    """Leave to execute an action for an incident. Values are within their bounds already.

    Raises NotPermitted, NotFound for the incident, or InvalidInput for an unknown action.
    """
    check_reviews(by)
    incident = found(Incident.objects.for_tenant(by.tenant), incident_id, noun="incident")
    scope = BoundScope(
        tenant=by.tenant, incident=incident, allowed_action=_action(allowed_action).action_code,
        intent=intent, max_cost=max_cost, max_attempts=max_attempts, created_by=by.user,
        created_at=now, expires_at=now + recovery_scopes.life_of(seconds),
    )  # fmt: skip
    scope.save(force_insert=True)
    audit.record(by=by, action="scope.created", about=scope, after=_told(scope), now=now)
    return scope


@transaction.atomic
def revoke(*, scope_id: str, by: Actor, now: datetime) -> BoundScope:
    """End a scope; what is under way in it is not tried again.

    Raises NotPermitted, NotFound, or WrongState if it is over already.
    """
    check_reviews(by)
    scope = _locked(scope_id, by=by)
    if scope.status != ScopeStatus.ACTIVE or scope.expires_at <= now:
        raise WrongState("This scope is over already.")
    before = _told(scope)
    scope.status = ScopeStatus.REVOKED
    scope.save(update_fields=["status"])
    audit.record(
        by=by, action="scope.revoked", about=scope, before=before, after=_told(scope), now=now
    )
    return scope


@transaction.atomic
def execute(
    *, scope_id: str, incident_id: str, action_code: str, by: Actor, now: datetime
) -> RecoveryExecution:
    """Have the action carried out within the scope, which counts the attempt and its cost.

    Raises NotPermitted, NotFound, the refusals of `check_scope`, or WrongState as long as the
    incident's loop has suggested no recovery.
    """
    check_reviews(by)
    cost = recovery_scopes.cost_of(action_code)
    scope = _locked(scope_id, by=by)
    check_scope(scope, incident_id=incident_id, action_code=action_code, cost=cost, now=now)
    recovery = _recovery_of(scope)
    execution = _execution(scope, recovery, cost=cost, by=by, now=now)
    before = _told(scope)
    scope.attempts_used += 1
    scope.cost_used += cost
    if scope.attempts_used >= scope.max_attempts:
        scope.status = ScopeStatus.EXHAUSTED
    scope.save(update_fields=["attempts_used", "cost_used", "status"])
    execution.save(force_insert=True)
    audit.record(
        by=by, action="scope.executed", about=scope, before=before, after=_told(scope), now=now
    )
    tell_pages(recovery.trace, kind="recovery", now=now)
    return execution


def dry_run(
    *,
    recovery: RecoveryCandidate,
    scope: ExecutionScope,
    fraction: float,
    risk: RiskClass,
    agents: list[str],
    by: Actor,
    now: datetime,
) -> RecoveryExecution:
    """What executing the recovery in such a scope would come to, kept as a dry run.

    Raises NotPermitted.
    """
    check_reviews(by)
    action = recovery.selected_action
    said = recovery_scopes.dry_run(
        action_code=action.action_code if action else recovery.action_type,
        scope=scope, fraction=fraction, risk=risk, agents=agents,
    )  # fmt: skip
    execution = RecoveryExecution(
        tenant=by.tenant, recovery=recovery, action=action, executor=Executor.RECORD_ONLY,
        is_dry_run=True, requested_by=by.label, created_at=now,
        request={"scope": scope, "risk": risk, "agents": agents},
        result={**asdict(said), "is_allowed": said.is_allowed},
    )  # fmt: skip
    executions.close(execution, ExecutionStatus.SUCCEEDED, now=now)
    execution.save(force_insert=True)
    return execution


def _execution(
    scope: BoundScope, recovery: RecoveryCandidate, *, cost: Decimal, by: Actor, now: datetime
) -> RecoveryExecution:
    action = _action(scope.allowed_action)
    goes_out = executions.has_endpoint(scope.tenant_id)
    execution = RecoveryExecution(
        tenant=by.tenant, recovery=recovery, action=action, scope=scope, cost=cost,
        executor=executions.executor_for(has_endpoint=goes_out, by_person=True),
        requested_by=by.label, created_at=now,
    )  # fmt: skip
    execution.request = executions.request_of(
        execution, recovery=recovery, incident=recovery.source_incident, action=action
    )
    executions.start(execution, reason=executions.NO_ENDPOINT, now=now)
    return execution


def _recovery_of(scope: BoundScope) -> RecoveryCandidate:
    suggested = RecoveryCandidate.objects.filter(
        tenant=scope.tenant_id, trace__incident=scope.incident_id
    )
    recovery = suggested.select_related("trace", "source_incident").first()
    if recovery is None:
        raise WrongState("The loop of this incident has suggested no recovery yet.")
    return recovery


def _locked(scope_id: str, *, by: Actor) -> BoundScope:
    rows = BoundScope.objects.for_tenant(by.tenant).select_for_update()
    return found(rows, scope_id, noun="scope")


def _action(code: str) -> SuggestionAction:
    action = SuggestionAction.objects.filter(action_code=code, is_active=True).first()
    if action is None:
        sentence = f"{code!r} is not an action of the catalogue."
        raise InvalidInput(sentence, fields={"action": [sentence]})
    return action


def _told(scope: BoundScope) -> dict[str, Any]:
    return {
        "status": scope.status,
        "allowed_action": scope.allowed_action,
        "attempts_used": scope.attempts_used,
        "max_attempts": scope.max_attempts,
        "cost_used": str(scope.cost_used),
        "max_cost": str(scope.max_cost),
        "expires_at": scope.expires_at.isoformat(),
    }
