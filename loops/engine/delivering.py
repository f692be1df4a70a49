"""Sending what is told, as errands of which channels take turns, the urgent ones first."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db.models import Count
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from loops.actions import deliveries
from loops.domain.executions import Verdict
from loops.domain.states import DeliveryStatus
from loops.engine.channels import CARRIERS
from loops.engine.errands import try_once
from loops.models import Delivery
from m25console.errands import Call, Errands

ERRANDS: Final = Errands(
    Delivery, task="loops.deliver", argument="delivery_id", due="next_try_at",
    turns_of="channel_id", hurry="is_urgent",
)  # fmt: skip
log = structlog.get_logger(__name__)


def deliver(call: Call) -> bool:
    """Try a delivery once and store how it went; False for a call that is outdated or void."""
    sending = deliveries.begin(delivery_id=call.id, ticket=call.ticket, now=timezone.now())
    if sending is None:
        return False
    came_to, stored = try_once(sending, carry=CARRIERS[sending.kind], end=deliveries.end)
    if came_to.verdict is not Verdict.SUCCEEDED:
        log.info("delivery not made", delivery=call.id, error=came_to.error)
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
