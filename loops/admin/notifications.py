"""What people and machines are told: channels, happenings, notifications, deliveries."""

from django.contrib import admin

from loops import models
from loops.admin.bases import ReadOnlyAdmin


@admin.register(models.NotificationChannel)
class NotificationChannelAdmin(ReadOnlyAdmin):
    """Shows everything but the secrets, not even sealed."""

    list_display = ("id", "name", "tenant", "person", "kind", "is_enabled", "fault", "removed_at")
    list_select_related = ("tenant", "person")
    list_filter = ("kind", "is_enabled")
    search_fields = ("id__exact", "name__exact")
    exclude = ("sealed_secret",)
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
