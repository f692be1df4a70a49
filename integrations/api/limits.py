"""How limits are kept: what holds for all, whether one's stop calls, higher ones for a while."""

from collections.abc import Callable

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Status

from integrations.actions import limits
from integrations.api.shapes.limits import EnforcesOut, RaiseIn, RaiseOut, SettingsIn, SettingsOut
from integrations.models import EnforcementConfig, Integration, LimitRaise
from m25console.access import Actor, actor_of
from m25console.api.bearer import DECIDES, READS
from m25console.api.bodies import read_model
from m25console.api.docs import body_of
from m25console.api.schemas import refusals
from m25console.rows import found

router = Router(tags=["limits"])


@router.get("/enforcement/settings", auth=READS, response={200: SettingsOut, **refusals()})
def settings(request: HttpRequest) -> EnforcementConfig:
    """What holds for all integrations. Needs the scope `read`."""
    return limits.config_of(actor_of(request).tenant)


@router.put(
    "/enforcement/settings",
    auth=DECIDES,
    response={200: SettingsOut, **refusals(413, 415, 422)},
    openapi_extra=body_of(SettingsIn),
)
def set_up(request: HttpRequest) -> EnforcementConfig:
    """Choose for all integrations, in the name of an admin. Needs the scope `decide`."""
    told = read_model(request, SettingsIn)
    return limits.set_up(
        fail_mode=told.fail_mode, warn_at=told.warn_at, by=actor_of(request), now=timezone.now()
    )


@router.post(
    "/integrations/{integration_id}/limits/enforce",
    auth=DECIDES,
    response={200: EnforcesOut, **refusals(404, 409)},
)
def enforce(request: HttpRequest, integration_id: str) -> Integration:
    """Let its limits stop calls, in the name of an admin. Needs the scope `decide`."""
    return _done(request, integration_id, limits.enforce)


@router.post(
    "/integrations/{integration_id}/limits/observe",
    auth=DECIDES,
    response={200: EnforcesOut, **refusals(404, 409)},
)
def observe(request: HttpRequest, integration_id: str) -> Integration:
    """Let its limits only tell, in the name of an admin. Needs the scope `decide`."""
    return _done(request, integration_id, limits.observe)


@router.put(
    "/integrations/{integration_id}/limits/raise",
    auth=DECIDES,
    response={200: RaiseOut, **refusals(404, 409, 413, 415, 422)},
    openapi_extra=body_of(RaiseIn),
)
def raise_limits(request: HttpRequest, integration_id: str) -> LimitRaise:
    """Let more through until a moment, in the name of an admin, in place of a raise that is
    there. Needs the scope `decide`."""
    actor = actor_of(request)
    row = _found(actor, integration_id)
    wanted = read_model(request, RaiseIn).wanted()
    return limits.raise_limits(integration_id=row.pk, wanted=wanted, by=actor, now=timezone.now())


@router.delete(
    "/integrations/{integration_id}/limits/raise",
    auth=DECIDES,
    response={204: None, **refusals(404, 409)},
)
def end_raise(request: HttpRequest, integration_id: str) -> Status[None]:
    """Let the limits hold as they are set again, in the name of an admin. Needs the scope
    `decide`."""
    _done(request, integration_id, limits.end_raise)
    return Status(204, None)


def _done(request: HttpRequest, integration_id: str, do: Callable[..., Integration]) -> Integration:
    actor = actor_of(request)
    row = _found(actor, integration_id)
    return do(integration_id=row.pk, by=actor, now=timezone.now())


def _found(actor: Actor, integration_id: str) -> Integration:
    return found(Integration.objects.for_tenant(actor.tenant), integration_id, noun="integration")
