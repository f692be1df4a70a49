"""Notification channels, and the log of what was sent by them."""

from typing import Any, Final

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Status

from loops.actions import channels, deliveries
from loops.actions.targets import PREVIOUS_SIGNS_FOR
from loops.api.shapes.notifications import (
    ChannelIn,
    ChannelMadeOut,
    ChannelOut,
    DeliveryOut,
    RetriedOut,
    SecretOut,
    TestOut,
)
from loops.domain.executions import Verdict
from loops.domain.states import DeliveryStatus
from loops.engine.target_tests import send_by_channel
from loops.models import Delivery, NotificationChannel
from m25console.access import actor_of, check_administers
from m25console.api.bearer import DECIDES
from m25console.api.bodies import read_model
from m25console.api.docs import body_of
from m25console.api.paging import Listing, Page, Paging, page_of
from m25console.api.schemas import refusals
from m25console.keyset import Order
from m25console.rows import found

CHANNELS: Final = Listing("notification-channels", Order())
DELIVERIES: Final = Listing("deliveries", Order())

router = Router(tags=["notifications"])


@router.get(
    "/notification-channels", auth=DECIDES, response={200: Page[ChannelOut], **refusals(400, 422)}
)
def list_channels(request: HttpRequest, paging: Query[Paging]) -> Page[ChannelOut]:
    """The channels of the token's person and, for an admin, those of the tenant.

    Needs the scope `decide`.
    """
    actor = actor_of(request)
    mine = Q(person=actor.user) | (Q(person__isnull=True) if actor.can_administer else Q())
    rows = NotificationChannel.objects.for_tenant(actor.tenant).filter(mine)
    return page_of(rows, ChannelOut, listing=CHANNELS, paging=paging, request=request)


@router.post(
    "/notification-channels",
    auth=DECIDES,
    response={201: ChannelMadeOut, **refusals(409, 413, 415, 422)},
    openapi_extra=body_of(ChannelIn),
)
def add_channel(request: HttpRequest) -> Status[dict[str, Any]]:
    """Add a channel: one's own, or by an admin the tenant's. Needs the scope `decide`."""
    actor, wanted = actor_of(request), read_model(request, ChannelIn)
    row, secret = channels.add(
        wanted=wanted.wanted(), is_personal=wanted.is_personal, by=actor, now=timezone.now()
    )
    return Status(201, {"channel": row, "secret": secret})


@router.put(
    "/notification-channels/{channel_id}",
    auth=DECIDES,
    response={200: ChannelOut, **refusals(404, 413, 415, 422)},
    openapi_extra=body_of(ChannelIn),
)
def set_channel(request: HttpRequest, channel_id: str) -> ChannelOut:
    """Set everything of a channel but its kind. Needs the scope `decide`."""
    actor, wanted = actor_of(request), read_model(request, ChannelIn)
    row = found(NotificationChannel.objects.for_tenant(actor.tenant), channel_id, noun="channel")
    changed = channels.change(
        channel_id=row.pk, wanted=wanted.wanted(), by=actor, now=timezone.now()
    )
    return ChannelOut.from_orm(changed)


@router.delete(
    "/notification-channels/{channel_id}", auth=DECIDES, response={204: None, **refusals(404)}
)
def remove_channel(request: HttpRequest, channel_id: str) -> Status[None]:
    """Use a channel no more. Needs the scope `decide`."""
    actor = actor_of(request)
    row = found(NotificationChannel.objects.for_tenant(actor.tenant), channel_id, noun="channel")
    channels.remove(channel_id=row.pk, by=actor, now=timezone.now())
    return Status(204, None)


@router.post(
    "/notification-channels/{channel_id}/secret",
    auth=DECIDES,
    response={200: SecretOut, **refusals(404, 409)},
)
def replace_secret(request: HttpRequest, channel_id: str) -> SecretOut:
    """Make a new signing secret of a webhook, told only now. For a day the one before it signs as
    well: each message bears both signatures. Needs the scope `decide`."""
    actor, now = actor_of(request), timezone.now()
    row = found(NotificationChannel.objects.for_tenant(actor.tenant), channel_id, noun="channel")
    secret = channels.rotate_secret(channel_id=row.pk, by=actor, now=now)
    return SecretOut(secret=secret, previous_until=now + PREVIOUS_SIGNS_FOR)


@router.post(
    "/notification-channels/{channel_id}/test",
    auth=DECIDES,
    response={200: TestOut, **refusals(404)},
)
def test_channel(request: HttpRequest, channel_id: str) -> TestOut:
    """Send a message that asks for nothing, at most one in ten seconds. Needs the scope
    `decide`."""
    actor = actor_of(request)
    row = found(NotificationChannel.objects.for_tenant(actor.tenant), channel_id, noun="channel")
    came_to = send_by_channel(channel_id=row.pk, by=actor, now=timezone.now())
    return TestOut(arrived=came_to.verdict is Verdict.SUCCEEDED, error=came_to.error)


@router.post(
    "/notification-channels/{channel_id}/retry",
    auth=DECIDES,
    response={200: RetriedOut, **refusals(404, 409)},
)
def retry_channel(request: HttpRequest, channel_id: str) -> RetriedOut:
    """Send once more all that failed by a channel in the last three days, in the name of an
    admin. Needs the scope `decide`."""
    actor = actor_of(request)
    row = found(NotificationChannel.objects.for_tenant(actor.tenant), channel_id, noun="channel")
    count = deliveries.retry_failed(channel_id=row.pk, by=actor, now=timezone.now())
    return RetriedOut(deliveries=count)


@router.get("/deliveries", auth=DECIDES, response={200: Page[DeliveryOut], **refusals(400, 422)})
def list_deliveries(
    request: HttpRequest, paging: Query[Paging], status: DeliveryStatus | None = None
) -> Page[DeliveryOut]:
    """What was sent, or is to be, in the name of an admin. Needs the scope `decide`."""
    actor = actor_of(request)
    check_administers(actor)
    rows = Delivery.objects.for_tenant(actor.tenant)
    rows = rows.filter(status=status) if status else rows
    return page_of(rows, DeliveryOut, listing=DELIVERIES, paging=paging, request=request)


@router.post(
    "/deliveries/{delivery_id}/retry",
    auth=DECIDES,
    response={200: DeliveryOut, **refusals(404, 409)},
)
def retry_delivery(request: HttpRequest, delivery_id: str) -> DeliveryOut:
    """Send what failed once more, in the name of an admin. Needs the scope `decide`."""
    actor = actor_of(request)
    row = found(Delivery.objects.for_tenant(actor.tenant), delivery_id, noun="delivery")
    again = deliveries.retry(delivery_id=row.pk, by=actor, now=timezone.now())
    return DeliveryOut.from_orm(again)
