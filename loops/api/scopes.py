"""Executing within bounds: scopes, executions in one, and dry runs."""

from typing import Any, Final

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Status

from loops.actions import scopes
from loops.actions.scope_checks import ScopedExecutionRequired
from loops.api.shapes.recoveries import (
    DryRunIn,
    DryRunOut,
    ExecuteIn,
    ExecutionOut,
    ScopeIn,
    ScopeOut,
)
from loops.domain.payload import check_document
from loops.models import BoundScope, Incident, RecoveryCandidate, RecoveryExecution
from m25console.access import actor_of
from m25console.api.bearer import DECIDES, READS
from m25console.api.bodies import read_model
from m25console.api.docs import body_of
from m25console.api.schemas import refusals
from m25console.rows import found

LISTED: Final = 100

router = Router(tags=["recovery"])


@router.post(
    "/recovery/scope",
    auth=DECIDES,
    response={201: ScopeOut, **refusals(400, 404, 413, 415, 422)},
    openapi_extra=body_of(ScopeIn),
)
def create_scope(request: HttpRequest) -> Status[BoundScope]:
    """Leave to execute one action for one incident, within bounds. Needs the scope `decide`."""
    wanted = read_model(request, ScopeIn)
    scope = scopes.create(
        incident_id=wanted.incident_id,
        allowed_action=wanted.allowed_action,
        intent=wanted.intent,
        max_cost=wanted.max_cost,
        max_attempts=wanted.max_attempts,
        seconds=wanted.ttl_seconds,
        by=actor_of(request),
        now=timezone.now(),
    )
    return Status(201, scope)


@router.get(
    "/recovery/scopes/{scope_id}", auth=READS, response={200: list[ScopeOut], **refusals(404)}
)
def list_scopes(request: HttpRequest, scope_id: str) -> list[BoundScope]:
    """The scopes of an incident, by its id, the newest first; or the one scope of this id.

    Needs the scope `read`.
    """
    tenant = actor_of(request).tenant
    mine = BoundScope.objects.for_tenant(tenant)
    if scope_id.startswith("scope_"):
        return [found(mine, scope_id, noun="scope")]
    incident = found(Incident.objects.for_tenant(tenant), scope_id, noun="incident")
    return list(mine.filter(incident=incident).order_by("-created_at", "-pk")[:LISTED])


@router.delete(
    "/recovery/scopes/{scope_id}", auth=DECIDES, response={200: ScopeOut, **refusals(404, 409)}
)
def revoke_scope(request: HttpRequest, scope_id: str) -> BoundScope:
    """End a scope before its time. Needs the scope `decide`."""
    actor = actor_of(request)
    found(BoundScope.objects.for_tenant(actor.tenant), scope_id, noun="scope")
    return scopes.revoke(scope_id=scope_id, by=actor, now=timezone.now())


@router.post(
    "/recovery/execute",
    auth=DECIDES,
    response={202: ExecutionOut, **refusals(400, 403, 404, 409, 413, 415, 422)},
    openapi_extra=body_of(ExecuteIn),
)
def execute_in_scope(request: HttpRequest) -> Status[RecoveryExecution]:
    """Have an action carried out within a scope; 202: it is written down, and workers try it.

    Refused with 400 `scoped_execution_required` without a scope; 400 `scope_revoked`,
    `scope_expired`, `scope_exhausted` or `scope_cost_exceeded` if the scope is over; 403 if it is
    for another incident or action. Needs the scope `decide`.
    """
    wanted = read_model(request, ExecuteIn)
    if not wanted.scope_id:
        raise ScopedExecutionRequired("Name the scope to execute in; create one first.")
    execution = scopes.execute(
        scope_id=wanted.scope_id,
        incident_id=wanted.incident_id,
        action_code=wanted.action,
        by=actor_of(request),
        now=timezone.now(),
    )
    return Status(202, execution)


@router.post(
    "/recovery/candidates/{recovery_id}/scope-test",
    auth=DECIDES,
    response={200: DryRunOut, **refusals(400, 404, 413, 415, 422)},
    openapi_extra=body_of(DryRunIn),
)
def test_scope(request: HttpRequest, recovery_id: str) -> DryRunOut:
    """What executing a recovery would touch and cost; nothing is executed.

    Needs the scope `decide`, since the dry run is kept with the recovery.
    """
    actor = actor_of(request)
    wanted = read_model(request, DryRunIn)
    check_document(wanted.target_agents)
    rows = RecoveryCandidate.objects.for_tenant(actor.tenant).select_related("selected_action")
    execution = scopes.dry_run(
        recovery=found(rows, recovery_id, noun="recovery"),
        scope=wanted.execution_scope,
        fraction=wanted.fraction,
        risk=wanted.risk_class,
        agents=wanted.target_agents,
        by=actor,
        now=timezone.now(),
    )
    said: dict[str, Any] = execution.result or {}
    return DryRunOut(execution_id=execution.pk, **said)
