"""What is forgotten, and when. History is not: the database refuses to delete its rows, so the
provenance and decisions of recoveries stay, and with them the recoveries they tell of."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef

from loops.domain.states import ScopeStatus
from loops.models import (
    BoundScope,
    BulkItem,
    BulkRun,
    Delivery,
    DeliveryItem,
    FailureMatch,
    Happening,
    NotificationChannel,
    WebhookEndpoint,
)

INPUTS_KEPT: Final = timedelta(days=90)
AT_ONCE: Final = 5000  # rows in one run
RUNS_AT_ONCE: Final = 200  # of many answers, with up to 500 rows each


def forget(now: datetime) -> dict[str, int]:
    """Delete suggestions that led to no incident, and signing secrets that were replaced."""
    old = FailureMatch.objects.filter(
        incident__isnull=True, last_occurrence_at__lt=now - INPUTS_KEPT
    )
    gone, _ = FailureMatch.objects.filter(
        pk__in=old.order_by("last_occurrence_at").values("pk")[:AT_ONCE]
    ).delete()
    secrets = sum(
        rows.filter(previous_until__lte=now).update(sealed_previous=None, previous_until=None)
        for rows in (WebhookEndpoint.objects, NotificationChannel.objects)
    )
    return {"suggestions": gone, "secrets": secrets}


def forget_notifications(now: datetime) -> dict[str, int]:
    """Delete what was told long ago, with its deliveries and their log."""
    long_ago = now - INPUTS_KEPT
    ended = Delivery.objects.filter(finished_at__lt=long_ago).order_by("finished_at")
    Delivery.objects.filter(pk__in=ended.values("pk")[:AT_ONCE]).delete()
    carried = DeliveryItem.objects.filter(happening=OuterRef("pk"))
    old = Happening.objects.filter(~Exists(carried), told_at__lt=long_ago).order_by("pk")
    forgotten = list(old.values_list("pk", flat=True)[:AT_ONCE])
    Happening.objects.filter(pk__in=forgotten).delete()
    return {"happenings": len(forgotten)}


def forget_bulk_runs(now: datetime) -> dict[str, int]:
    """Delete what people answered together long ago; the decisions themselves stay."""
    old = BulkRun.objects.filter(finished_at__lt=now - INPUTS_KEPT).order_by("pk")
    runs = list(old.values_list("pk", flat=True)[:RUNS_AT_ONCE])
    with transaction.atomic():
        BulkItem.objects.filter(run__in=runs).delete()
        BulkRun.objects.filter(pk__in=runs).delete()
    return {"runs": len(runs)}


def expire_scopes(now: datetime) -> dict[str, int]:
    """Mark scopes whose time is over; they let nothing be executed from that moment anyway."""
    over = BoundScope.objects.filter(status=ScopeStatus.ACTIVE, expires_at__lte=now)
    return {"expired": over.update(status=ScopeStatus.EXPIRED)}
