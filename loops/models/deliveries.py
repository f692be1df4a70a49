"""What was sent, or is to be: messages by channels, what each bundles, and how it went."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone

from loops.domain.notifications import WORTH_SENDING
from loops.domain.states import DeliveryStatus
from loops.models.ids import new_delivery_id
from loops.models.notifications import Happening, NotificationChannel
from m25console.fields import choices_of, one_of
from m25console.models import Tenant


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def for_tenant(self, tenant: Tenant) -> "DeliveryQuerySet":
        return self.filter(tenant=tenant)

    def failed_lately(self, *, now: datetime) -> "DeliveryQuerySet":
        """What is still worth sending again."""
        return self.filter(status=DeliveryStatus.FAILED, created_at__gt=now - WORTH_SENDING)


class Delivery(models.Model):
    """One message by one channel: what it bundles, its tries, and what came of them."""

    id = models.CharField(primary_key=True, max_length=64, default=new_delivery_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    channel = models.ForeignKey(
        NotificationChannel, on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )
    status = models.CharField(
        max_length=16, choices=choices_of(DeliveryStatus), default=DeliveryStatus.WAITING
    )
    is_urgent = models.BooleanField(default=False)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(
        null=True, blank=True, help_text="When a worker should send it; empty: it rests"
    )
    lease_until = models.DateTimeField(null=True, blank=True)
    ticket = models.CharField(max_length=32, default="", blank=True)
    subject = models.TextField(default="", blank=True, help_text="As it was last sent")
    error = models.TextField(default="", blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        db_table = "notification_deliveries"
        verbose_name_plural = "deliveries"
        constraints = [
            one_of("status", DeliveryStatus, name="delivery_status_known"),
            models.CheckConstraint(
                condition=Q(
                    status__in=["waiting", "sending"],
                    finished_at__isnull=True,
                    next_try_at__isnull=False,
                )
                | Q(
                    status__in=["sent", "failed", "skipped"],
                    finished_at__isnull=False,
                    next_try_at__isnull=True,
                ),
                name="delivery_finished_or_due",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at", "id"],
                condition=Q(next_try_at__isnull=False),
                name="delivery_due",
            ),
            models.Index(fields=["tenant", "-created_at", "-id"], name="delivery_newest"),
            models.Index(
                fields=["tenant", "created_at"],
                condition=Q(next_try_at__isnull=False),
                name="delivery_under_way",
            ),
            models.Index(
                fields=["tenant", "finished_at"],
                condition=Q(finished_at__isnull=False),
                name="delivery_by_end",
            ),
            models.Index(
                fields=["created_at"], condition=Q(status="failed"), name="delivery_failed"
            ),
            models.Index(
                fields=["tenant", "status", "-created_at", "-id"], name="delivery_by_status"
            ),
            models.Index(
                fields=["channel", "id"],
                condition=Q(status="waiting", tries=0, ticket=""),
                name="delivery_gathering",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} ({self.status})"


class DeliveryItem(models.Model):
    """One happening in a delivery; by one channel it is told once."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="items")
    channel = models.ForeignKey(
        NotificationChannel, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    happening = models.ForeignKey(Happening, on_delete=models.CASCADE, related_name="+")

    class Meta:
        db_table = "notification_delivery_items"
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "happening"], name="delivered_once_per_channel"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.happening_id} in {self.delivery_id}"
