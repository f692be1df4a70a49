"""From deliveries that are due to workers, as executions go: bounded, none lost, each tried by one
worker at a time. Also the tests somebody sends by hand."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

import structlog
from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from loops.actions import channels, deliveries
from loops.actions.deliveries import Sending
from loops.actions.wording import message_of_test
from loops.domain.executions import TryResult, Verdict, wait_before
from loops.domain.states import ChannelKind, DeliveryStatus
from loops.engine.channels import CARRIERS
from loops.models import Delivery
from m25console.access import Actor
from m25console.sealing import CannotUnseal

IN_FLIGHT: Final = 16  # given out and not ended, over all relays
IN_FLIGHT_EACH: Final = 4  # by one channel, so that a slow one holds up only itself
LOST_AFTER: Final = timedelta(seconds=30)  # given out, and nobody has begun
_LOOKED_AT: Final = 200  # due deliveries among which the channels take turns
log = structlog.get_logger(__name__)
_draw = random.SystemRandom().random


@dataclass(frozen=True)
class Call:
    """A message: whoever reads it may try the delivery while the ticket is valid."""

    delivery_id: str
    ticket: str


def give_out(*, now: datetime) -> list[Call]:
    """Calls to send now. Several relays may call this at once: each delivery goes to one."""
    if not Delivery.objects.filter(next_try_at__lte=now)[:1]:
        return []
    calls = [Call(delivery_id, uuid4().hex) for delivery_id in _next(now)]
    with transaction.atomic():
        return [call for call in calls if _mark(call, now=now)]


_NEXT: Final = """
WITH flying AS (
    SELECT channel_id, count(*) AS times FROM notification_deliveries
    WHERE ticket <> '' AND next_try_at > %(now)s GROUP BY channel_id
), due AS (
    SELECT id, channel_id, next_try_at, is_urgent FROM notification_deliveries
    WHERE next_try_at <= %(now)s ORDER BY next_try_at, id LIMIT %(looked_at)s
), turns AS (
    SELECT d.id, d.is_urgent, coalesce(f.times, 0) + row_number() OVER (
               PARTITION BY d.channel_id ORDER BY d.is_urgent DESC, d.next_try_at, d.id
           ) AS turn
    FROM due d LEFT JOIN flying f USING (channel_id)
)
SELECT id FROM turns WHERE turn <= %(each)s ORDER BY is_urgent DESC, turn, id
LIMIT greatest(0, %(all)s - (SELECT coalesce(sum(times), 0) FROM flying))
"""


def _next(now: datetime) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            _NEXT,
            {"now": now, "looked_at": _LOOKED_AT, "each": IN_FLIGHT_EACH, "all": IN_FLIGHT},
        )
        return [row[0] for row in cursor.fetchall()]


def _mark(call: Call, *, now: datetime) -> bool:
    """Give a delivery its new ticket; False if another relay was faster."""
    due = Delivery.objects.filter(pk=call.delivery_id, next_try_at__lte=now)
    return bool(due.update(ticket=call.ticket, lease_until=None, next_try_at=now + LOST_AFTER))


def deliver(call: Call) -> bool:
    """Try a delivery once and store how it went; False for a call that is outdated or void."""
    sending = deliveries.begin(delivery_id=call.delivery_id, ticket=call.ticket, now=timezone.now())
    if sending is None:
        return False
    came_to = CARRIERS[sending.kind](sending, timezone.now())
    wait = wait_before(tries=sending.number, draw=_draw(), asked=came_to.wait)
    stored = deliveries.end(sending, came_to=came_to, wait=wait, now=timezone.now())
    if came_to.verdict is not Verdict.SUCCEEDED:
        log.info("delivery not made", delivery=call.delivery_id, error=came_to.error)
    return stored


def metrics(now: datetime) -> Iterator[Metric]:
    """How many deliveries are under way, and how many failed within a day; two small queries."""
    family = GaugeMetricFamily(
        "m25_notification_deliveries",
        "Notification deliveries that wait or are being sent, and those of a day that failed",
        labels=["status"],
    )
    under_way = Delivery.objects.filter(next_try_at__isnull=False).order_by()
    counted = dict(under_way.values_list("status").annotate(n=Count("pk")))
    failed = Delivery.objects.filter(
        status=DeliveryStatus.FAILED, created_at__gt=now - timedelta(days=1)
    )
    counted[DeliveryStatus.FAILED] = failed.count()
    for status in (DeliveryStatus.WAITING, DeliveryStatus.SENDING, DeliveryStatus.FAILED):
        family.add_metric([status.value], counted.get(status, 0))
    yield family


def send_test(*, channel_id: str, by: Actor, now: datetime) -> TryResult:
    """Send a message that asks for nothing, and keep what came back.

    Raises NotFound, NotPermitted, or TooMany right after another.
    """
    row = channels.begin_test(channel_id=channel_id, by=by, now=now)
    message = message_of_test(tenant=by.tenant.name, is_personal=row.person_id is not None, now=now)
    kind = ChannelKind(row.kind)
    try:
        secret = channels.secret_of(row)
        test = Sending(f"test_{uuid4().hex}", "", 1, kind, row.address, secret, message, thread="")
        came_to = CARRIERS[kind](test, now)
    except CannotUnseal as error:
        came_to = TryResult(Verdict.FAILED, error=str(error))
    told = deliveries.told_of_test(came_to)
    channels.end_test(row, result=told, fault=came_to.error)
    return came_to
