"""Runs under the audit contract: promises, acknowledgements and alerts."""

from django.contrib import admin

from loops import models
from loops.admin.bases import LeadsToLoop
from m25console.admin_base import ReadOnlyAdmin


@admin.register(models.AuditRun)
class AuditRunAdmin(LeadsToLoop):
    list_display = (
        "run_id", "tenant", "phase", "status", "reconciliation", "overdue_since", "created_at",
        "loop_page",
    )  # fmt: skip
    list_filter = ("tenant", "reconciliation", "phase")
    search_fields = ("run_id__exact",)
    ordering = ("tenant", "reconciliation", "-created_at", "-id")


@admin.register(models.AuditExpectation)
class AuditExpectationAdmin(ReadOnlyAdmin):
    list_display = ("id", "tenant", "run_id", "domain", "action", "status", "due_at", "acked_at")
    list_filter = ("status", "action")
    search_fields = ("run__run_id__exact",)
    ordering = ("-id",)


@admin.register(models.AuditAck)
class AuditAckAdmin(ReadOnlyAdmin):
    list_display = ("id", "tenant", "run_id", "domain", "action", "status", "created_at")
    list_filter = ("status", "action")
    search_fields = ("run__run_id__exact",)
    ordering = ("-id",)


@admin.register(models.AuditAlert)
class AuditAlertAdmin(ReadOnlyAdmin):
    list_display = ("alert_type", "severity", "key", "run_id", "tenant", "created_at")
    list_filter = ("tenant", "alert_type", "severity")
    search_fields = ("run__run_id__exact",)
    ordering = ("tenant", "-created_at", "-id")


@admin.register(models.AuditTally)
class AuditTallyAdmin(ReadOnlyAdmin):
    list_display = ("name", "labels", "value", "tenant")
    list_filter = ("tenant", "name")
    ordering = ("tenant", "name", "labels")
