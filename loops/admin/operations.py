"""What the processes tell each other."""

from django.contrib import admin

from loops import models
from loops.admin.bases import ReadOnlyAdmin


@admin.register(models.AdvanceSlot)
class AdvanceSlotAdmin(ReadOnlyAdmin):
    list_select_related = ()
    list_display = ("number", "worker", "sent_at", "started_at", "beat_at", "sends")
    ordering = ("number",)


@admin.register(models.Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    list_select_related = ()
    list_display = ("name", "role", "beat_at")
    ordering = ("name",)


@admin.register(models.FeedEntry)
class FeedEntryAdmin(ReadOnlyAdmin):
    list_display = ("id", "kind", "trace_id", "incident_id", "created_at", "tenant")
    ordering = ("-id",)


@admin.register(models.PeriodicJob)
class PeriodicJobAdmin(ReadOnlyAdmin):
    list_select_related = ()
    list_display = ("name", "next_run_at", "finished_at", "took_ms", "runs", "result", "last_error")
    ordering = ("name",)
