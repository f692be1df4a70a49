"""Connectors: the list, one of them, what may be done through it, and doing it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Status

from integrations.actions import connector_actions, connectors
from integrations.api.queries import slice_of
from integrations.api.shapes.connectors import (
    ActionIn,
    ActionOut,
    ActionsOut,
    ConnectorChangeIn,
    ConnectorDeletedOut,
    ConnectorIn,
    ConnectorOut,
    ConnectorsOut,
    ConnectorStatsOut,
    ConnectorTestOut,
    InvokeIn,
    InvokeOut,
)
from integrations.domain.connectors import MAX_PAYLOAD, ConnectorStatus, ConnectorType, Outcome
from integrations.engine.connectors import calling, registering
from integrations.engine.connectors.calling import Called
from integrations.engine.connectors.describing import described
from integrations.models import Connector
from integrations.presenters.stats import connector_stats
from m25console.access import Actor, actor_of, check_may
from m25console.api.bearer import DECIDES, READS
from m25console.api.bodies import read_changes, read_model
from m25console.api.docs import body_of
from m25console.api.schemas import refusals
from m25console.refusals import Refusal
from m25console.rights import Permission
from m25console.rows import found

FILTERS: Final[Mapping[str, type[StrEnum]]] = {
    "status": ConnectorStatus,
    "connector_type": ConnectorType,
}
MOST: Final = 1000
USUAL: Final = 100
router = Router(tags=["connectors"])


class CallRefused(Refusal):
    """A call that came to nothing, with the code that says why."""

    def __init__(self, called: Called) -> None:
        super().__init__(called.call.error)
        self.code = called.call.error_code
        is_ours = called.call.outcome == Outcome.REFUSED
        self.status_code = 422 if is_ours else 504 if self.code == "timeout" else 502


@router.get("/connectors", auth=READS, response={200: ConnectorsOut, **refusals(400)})
def list_connectors(request: HttpRequest) -> dict[str, Any]:
    """By name; `limit` 1 to 1000, `offset`, `status`, `connector_type`. Needs the scope `read`."""
    wanted = slice_of(request, filters=FILTERS, most=MOST, usual=USUAL)
    mine = Connector.objects.for_tenant(actor_of(request).tenant).filter(**wanted.filters)
    rows, total = list(mine.by_name()[wanted.offset : wanted.offset + wanted.limit]), mine.count()
    return {
        "connectors": rows,
        "total": total,
        "limit": wanted.limit,
        "offset": wanted.offset,
        "has_more": wanted.offset + len(rows) < total,
    }


@router.get("/connectors/stats", auth=READS, response={200: ConnectorStatsOut, **refusals()})
def stats(request: HttpRequest) -> dict[str, Any]:
    """How many there are in each state and of each type. Needs the scope `read`."""
    return connector_stats(actor_of(request).tenant)


@router.post(
    "/connectors",
    auth=DECIDES,
    response={201: ConnectorOut, **refusals(400, 409, 413, 415, 422, 503)},
    openapi_extra=body_of(ConnectorIn),
)
def register(request: HttpRequest) -> Status[Connector]:
    """A new connector, not yet connected. In the name of an admin; needs the scope `decide`."""
    actor = actor_of(request)
    wanted = read_model(request, ConnectorIn).wanted()
    return Status(201, registering.register(wanted=wanted, by=actor, now=timezone.now()))


@router.get("/connectors/{connector_id}", auth=READS, response={200: ConnectorOut, **refusals(404)})
def detail(request: HttpRequest, connector_id: str) -> Connector:
    """One of them, its secret masked. Needs the scope `read`."""
    return _found(actor_of(request), connector_id)


@router.put(
    "/connectors/{connector_id}",
    auth=DECIDES,
    response={200: ConnectorOut, **refusals(400, 404, 409, 413, 415, 422, 503)},
    openapi_extra=body_of(ConnectorChangeIn),
)
def change(request: HttpRequest, connector_id: str) -> Connector:
    """Change what is named. In the name of an admin; needs the scope `decide`."""
    actor = actor_of(request)
    row = _found(actor, connector_id)
    changes = read_changes(request, ConnectorChangeIn)
    return registering.change(
        connector_id=row.pk, wanted=changes.applied_to(row), by=actor, now=timezone.now()
    )


@router.delete(
    "/connectors/{connector_id}",
    auth=DECIDES,
    response={200: ConnectorDeletedOut, **refusals(404)},
)
def delete(request: HttpRequest, connector_id: str) -> ConnectorDeletedOut:
    """Take one away; its calls stay. In the name of an admin; needs the scope `decide`."""
    actor = actor_of(request)
    row = _found(actor, connector_id)
    connectors.delete(connector_id=row.pk, by=actor, now=timezone.now())
    return ConnectorDeletedOut(connector_id=row.pk)


@router.post(
    "/connectors/{connector_id}/test",
    auth=DECIDES,
    response={200: ConnectorTestOut, **refusals(404, 409, 429)},
)
def test(request: HttpRequest, connector_id: str) -> ConnectorTestOut:
    """Try to connect now. In the name of an admin; needs the scope `decide`."""
    actor = actor_of(request)
    row = _found(actor, connector_id)
    told = calling.test(row, by=actor, now=timezone.now())
    return ConnectorTestOut(
        success=told.is_good, connector_id=row.pk, error="" if told.is_good else told.message,
        latency_ms=sum(one["milliseconds"] for one in told.stages),
        details=[dict(one) for one in told.stages],
    )  # fmt: skip


@router.get(
    "/connectors/{connector_id}/actions", auth=READS, response={200: ActionsOut, **refusals(404)}
)
def list_actions(request: HttpRequest, connector_id: str) -> dict[str, Any]:
    """What may be called, and with what. Needs the scope `read`."""
    return {"actions": described(_found(actor_of(request), connector_id))}


@router.put(
    "/connectors/{connector_id}/actions/{action_name}",
    auth=DECIDES,
    response={200: ActionOut, **refusals(404, 409, 413, 415, 422)},
    openapi_extra=body_of(ActionIn),
)
def save_action(request: HttpRequest, connector_id: str, action_name: str) -> Any:
    """Set an action under its name. In the name of an admin; needs the scope `decide`."""
    actor = actor_of(request)
    row = _found(actor, connector_id)
    wanted = read_model(request, ActionIn).wanted(action_name)
    connector_actions.save(connector_id=row.pk, wanted=wanted, by=actor, now=timezone.now())
    return next(one for one in described(row) if one.name == action_name)


@router.delete(
    "/connectors/{connector_id}/actions/{action_name}",
    auth=DECIDES,
    response={204: None, **refusals(404)},
)
def delete_action(request: HttpRequest, connector_id: str, action_name: str) -> Status[None]:
    """Take an action away. In the name of an admin; needs the scope `decide`."""
    actor = actor_of(request)
    row = _found(actor, connector_id)
    connector_actions.delete(connector_id=row.pk, name=action_name, by=actor, now=timezone.now())
    return Status(204, None)


@router.post(
    "/connectors/{connector_id}/invoke",
    auth=DECIDES,
    response={200: InvokeOut, **refusals(404, 409, 413, 415, 422, 429, 502, 504)},
    openapi_extra=body_of(InvokeIn),
)
def invoke(request: HttpRequest, connector_id: str) -> InvokeOut:
    """Do what an action says, or with `dry_run` tell what would be sent. In the name of a reviewer
    or an admin; needs the scope `decide`."""
    actor = actor_of(request)
    check_may(actor, Permission.EXECUTE_CONNECTORS)
    row = _found(actor, connector_id)
    asked = read_model(request, InvokeIn, limit=MAX_PAYLOAD)
    called = calling.invoke(
        row, action=asked.action, payload=asked.payload, by=actor, now=timezone.now(),
        is_dry=asked.dry_run,
    )  # fmt: skip
    call = called.call
    if call.error_code:
        raise CallRefused(called)
    return InvokeOut(
        call_id=call.pk, connector_id=row.pk, action=call.action, outcome=Outcome(call.outcome),
        data=called.data, sent=dict(called.shown), warnings=list(called.warnings),
        status_code=call.status_code, row_count=call.row_count, truncated=call.is_truncated,
        token_count=call.token_count, duration_ms=call.duration_ms,
    )  # fmt: skip


def _found(actor: Actor, connector_id: str) -> Connector:
    mine = Connector.objects.for_tenant(actor.tenant).select_related("tenant")
    return found(mine, connector_id, noun="connector")
