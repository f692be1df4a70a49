"""Connections to providers: the list, one of them, and what is done with it."""

from collections.abc import Callable, Mapping
from datetime import UTC
from enum import StrEnum
from typing import Any, Final
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Status

from integrations.actions import integrations, keys
from integrations.actions.enforcement import limits_of, used_in_full
from integrations.api.queries import Slice, slice_of
from integrations.api.shapes.integrations import (
    DeletedOut,
    HealthOut,
    IntegrationChangeIn,
    IntegrationDetailOut,
    IntegrationIn,
    IntegrationsOut,
    KeyMadeOut,
    LimitsOut,
    StageOut,
    StatusOut,
    StrictListOut,
    TestOut,
)
from integrations.domain.standing import limits_standing
from integrations.domain.states import HealthState, IntegrationStatus, Provider
from integrations.engine import checking, keeping
from integrations.models import Integration
from m25console.access import Actor, actor_of
from m25console.api.bearer import DECIDES, READS
from m25console.api.bodies import read_changes, read_model
from m25console.api.docs import body_of
from m25console.api.schemas import refusals
from m25console.rows import found

FILTERS: Final[Mapping[str, type[StrEnum]]] = {
    "status": IntegrationStatus,
    "provider_type": Provider,
}
router = Router(tags=["integrations"])


@router.get("/integrations", auth=READS, response={200: IntegrationsOut, **refusals(400)})
def list_integrations(request: HttpRequest) -> dict[str, Any]:
    """The newest first; `limit` 1 to 100, `offset`, `status`, `provider_type`.

    Needs the scope `read`.
    """
    wanted = slice_of(request, filters=FILTERS)
    rows, total = _slice(actor_of(request), wanted)
    return {
        "items": rows,
        "total": total,
        "limit": wanted.limit,
        "offset": wanted.offset,
        "has_more": wanted.offset + len(rows) < total,
    }


@router.get("/integrations/list", auth=READS, response={200: StrictListOut, **refusals(400)})
def list_strictly(request: HttpRequest, response: HttpResponse) -> dict[str, Any]:
    """The same list with its place and the request's id. Needs the scope `read`."""
    wanted = slice_of(request, filters=FILTERS)
    rows, total = _slice(actor_of(request), wanted)
    following = wanted.offset + len(rows)
    request_id = uuid4().hex
    correlation_id = request.headers.get("X-Correlation-ID", "")[:100] or None
    response["X-Request-ID"] = request_id
    if correlation_id and correlation_id.isprintable():
        response["X-Correlation-ID"] = correlation_id
    return {
        "integrations": rows,
        "total": total,
        "has_more": following < total,
        "pagination": {
            "limit": wanted.limit,
            "offset": wanted.offset,
            "next_offset": following if following < total else None,
        },
        "generated_at": f"{timezone.now().astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z",
        "meta": {"request_id": request_id, "correlation_id": correlation_id},
    }


@router.post(
    "/integrations",
    auth=DECIDES,
    response={201: IntegrationDetailOut, **refusals(400, 409, 413, 415, 422)},
    openapi_extra=body_of(IntegrationIn),
)
def create(request: HttpRequest) -> Status[Integration]:
    """A new integration, not yet enabled. In the name of an admin; needs the scope `decide`."""
    actor = actor_of(request)
    wanted = read_model(request, IntegrationIn).wanted()
    return Status(201, keeping.connect(wanted=wanted, secret="", by=actor, now=timezone.now()))


@router.get(
    "/integrations/{integration_id}",
    auth=READS,
    response={200: IntegrationDetailOut, **refusals(404)},
)
def detail(request: HttpRequest, integration_id: str) -> Integration:
    """One of them, without its key and how it is reached. Needs the scope `read`."""
    return _found(actor_of(request), integration_id)


@router.put(
    "/integrations/{integration_id}",
    auth=DECIDES,
    response={200: IntegrationDetailOut, **refusals(400, 404, 409, 413, 415, 422)},
    openapi_extra=body_of(IntegrationChangeIn),
)
def change(request: HttpRequest, integration_id: str) -> Integration:
    """Change what is named, in the name of an admin. Needs the scope `decide`."""
    return _changed(request, integration_id)


@router.patch(
    "/integrations/{integration_id}",
    auth=DECIDES,
    response={200: IntegrationDetailOut, **refusals(400, 404, 409, 413, 415, 422)},
    openapi_extra=body_of(IntegrationChangeIn),
)
def patch(request: HttpRequest, integration_id: str) -> Integration:
    """The same under its other name. Needs the scope `decide`."""
    return _changed(request, integration_id)


@router.delete(
    "/integrations/{integration_id}", auth=DECIDES, response={200: DeletedOut, **refusals(404)}
)
def delete(request: HttpRequest, integration_id: str) -> DeletedOut:
    """Take one away; its usage stays. In the name of an admin; needs the scope `decide`."""
    actor = actor_of(request)
    row = _found(actor, integration_id)
    integrations.delete(integration_id=row.pk, by=actor, now=timezone.now())
    return DeletedOut(integration_id=row.pk)


@router.post(
    "/integrations/{integration_id}/enable",
    auth=DECIDES,
    response={200: StatusOut, **refusals(400, 404, 409)},
)
def enable(request: HttpRequest, integration_id: str) -> StatusOut:
    """Let it be used. In the name of an admin; needs the scope `decide`."""
    return _switched(request, integration_id, integrations.enable)


@router.post(
    "/integrations/{integration_id}/disable",
    auth=DECIDES,
    response={200: StatusOut, **refusals(404, 409)},
)
def disable(request: HttpRequest, integration_id: str) -> StatusOut:
    """Pause it. In the name of an admin; needs the scope `decide`."""
    return _switched(request, integration_id, integrations.disable)


@router.get(
    "/integrations/{integration_id}/health",
    auth=READS,
    response={200: HealthOut, **refusals(404)},
)
def health(request: HttpRequest, integration_id: str) -> HealthOut:
    """What the last check found; asks nobody. Needs the scope `read`."""
    row = _found(actor_of(request), integration_id)
    return HealthOut(
        integration_id=row.pk,
        health_state=HealthState(row.health_state),
        health_message=row.health_message,
        health_checked_at=row.health_checked_at,
    )


@router.post(
    "/integrations/{integration_id}/test",
    auth=DECIDES,
    response={200: TestOut, **refusals(404)},
)
def test(request: HttpRequest, integration_id: str) -> TestOut:
    """Ask the provider now, at most once in ten seconds. In the name of an admin; needs the
    scope `decide`."""
    actor = actor_of(request)
    row = _found(actor, integration_id)
    told = checking.test(row, by=actor, now=timezone.now())
    return TestOut(
        integration_id=row.pk, health_state=told.state, message=told.message, error=told.error,
        latency_ms=told.latency_ms, checked_at=told.checked_at,
        stages=[StageOut(**one) for one in told.stages],
    )  # fmt: skip


@router.get(
    "/integrations/{integration_id}/limits",
    auth=READS,
    response={200: LimitsOut, **refusals(404)},
)
def limits(request: HttpRequest, integration_id: str) -> dict[str, Any]:
    """How much of each limit is used. Needs the scope `read`."""
    row = _found(actor_of(request), integration_id)
    now = timezone.now()
    return limits_standing(limits_of(row, now=now), used_in_full(row, now=now), now=now)


@router.post(
    "/integrations/{integration_id}/keys",
    auth=DECIDES,
    response={201: KeyMadeOut, **refusals(404, 409)},
)
def issue_key(request: HttpRequest, integration_id: str) -> Status[dict[str, Any]]:
    """A key by which programs report usage. In the name of an admin; needs the scope `decide`."""
    actor = actor_of(request)
    row = _found(actor, integration_id)
    key, text = keys.issue(integration_id=row.pk, by=actor, now=timezone.now())
    return Status(201, {"key": key, "text": text})


def _changed(request: HttpRequest, integration_id: str) -> Integration:
    actor = actor_of(request)
    row = _found(actor, integration_id)
    changes = read_changes(request, IntegrationChangeIn)
    wanted, now = changes.applied_to(row), timezone.now()
    return keeping.reconnect(integration_id=row.pk, wanted=wanted, secret="", by=actor, now=now)


def _switched(
    request: HttpRequest, integration_id: str, switch: Callable[..., Integration]
) -> StatusOut:
    actor = actor_of(request)
    row = _found(actor, integration_id)
    row = switch(integration_id=row.pk, by=actor, now=timezone.now())
    status = IntegrationStatus(row.status)
    return StatusOut(integration_id=row.pk, status=status, message=f"It is {status}.")


def _slice(actor: Actor, wanted: Slice) -> tuple[list[Integration], int]:
    rows = Integration.objects.for_tenant(actor.tenant).filter(**wanted.filters).newest_first()
    return list(rows[wanted.offset : wanted.offset + wanted.limit]), rows.count()


def _found(actor: Actor, integration_id: str) -> Integration:
    mine = Integration.objects.for_tenant(actor.tenant).select_related("tenant").with_raise()
    return found(mine, integration_id, noun="integration")
