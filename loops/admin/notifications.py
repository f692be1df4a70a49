"""What people and machines are told: channels, happenings, notifications, deliveries."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from loops import models
from loops.actions import deliveries
from loops.domain.states import DeliveryStatus
from m25console.admin import staff_actor
from m25console.admin_base import ReadOnlyAdmin


@admin.register(models.NotificationChannel)
class NotificationChannelAdmin(ReadOnlyAdmin):
    """Shows everything but the secrets, not even sealed."""

    list_display = (
        "id", "name", "tenant", "person", "kind", "is_enabled", "failures", "fault",
        "previous_until",        "removed_at",
    )  # fmt: skip
    list_select_related = ("tenant", "person")
    list_filter = ("kind", "is_enabled")
    search_fields = ("id__exact", "name__exact")
    exclude = ("sealed_secret", "sealed_previous")
    ordering = ("-id",)


@admin.register(models.Happening)
class HappeningAdmin(ReadOnlyAdmin):
    list_display = ("key", "event", "tenant", "risk", "is_urgent", "at", "told_at")
    list_filter = ("event",)
    search_fields = ("key__exact", "checkpoint__id__exact")
    ordering = ("-id",)


@admin.register(models.Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = ("happening", "person", "at", "read_at", "tenant")
    list_select_related = ("tenant", "person", "happening")
    search_fields = ("person__username__exact",)
    ordering = ("-id",)


@admin.register(models.Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ("id", "tenant", "channel", "status", "tries", "error", "created_at")
    list_select_related = ("tenant", "channel")
    list_filter = ("tenant", "status", "is_urgent")
    search_fields = ("id__exact", "channel__id__exact")
    ordering = ("tenant", "-created_at", "-id")
    actions = ("send_again", "export_csv")

    @admin.action(description="Send selected that failed once more", permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[models.Delivery]) -> None:
        failed = list(queryset.filter(status=DeliveryStatus.FAILED).select_related("tenant"))
        for one in failed:
            by = staff_actor(request, one.tenant)
            deliveries.retry(delivery_id=one.pk, by=by, now=timezone.now())
        self.message_user(request, f"{len(failed)} deliveries are sent again.", messages.SUCCESS)

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("loops.change_delivery")


@admin.register(models.HostCircuit)
class HostCircuitAdmin(ReadOnlyAdmin):
    list_display = ("host", "tenant", "failures", "opened_at", "trials", "successes")
    list_select_related = ("tenant",)
    search_fields = ("host__exact",)
    ordering = ("tenant", "host")


@admin.register(models.DeliveryItem)
class DeliveryItemAdmin(ReadOnlyAdmin):
    list_display = ("delivery_id", "happening", "channel", "tenant")
    list_select_related = ("tenant", "happening", "channel")
    search_fields = ("delivery__id__exact",)
    ordering = ("-id",)


@admin.register(models.NotificationMark)
class NotificationMarkAdmin(ReadOnlyAdmin):
    list_display = ("source", "number", "at", "began_at")
    list_select_related = ()
    ordering = ("source",)
