"""What the processes tell each other."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from loops import models
from m25console.admin_base import ReadOnlyAdmin
from m25console.models import AuditEntry
from m25console.vocabulary import Door


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
    search_fields = ("name",)
    ordering = ("name",)
    actions = ("run_now", "export_csv")

    @admin.action(description="Run selected jobs now", permissions=["run"])
    def run_now(self, request: HttpRequest, queryset: QuerySet[models.PeriodicJob]) -> None:
        """Make them due; a worker runs each within seconds, as if its time had come."""
        assert request.user.is_authenticated
        now = timezone.now()
        names = list(queryset.values_list("name", flat=True))
        models.PeriodicJob.objects.filter(name__in=names).update(next_run_at=now)
        AuditEntry.objects.bulk_create(
            AuditEntry(
                actor=request.user, actor_label=str(request.user), door=Door.ADMIN,
                action="periodic_job.run_now", object_type=self.model._meta.db_table,
                object_id=name, at=now,
            )
            for name in names
        )  # fmt: skip
        self.message_user(request, f"{len(names)} jobs are due now.", messages.SUCCESS)

    def has_run_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("loops.change_periodicjob")
