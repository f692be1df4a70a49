"""Loops and their history."""

from django.contrib import admin

from loops import models
from loops.admin.bases import LeadsToLoop


@admin.register(models.LoopTrace)
class LoopTraceAdmin(LeadsToLoop):
    loop_column = "pk"
    list_display = (
        "id", "tenant", "outcome", "current_stage", "failure_state", "started_at",
        "last_activity_at", "loop_page",
    )  # fmt: skip
    list_filter = ("tenant", "outcome", "current_stage", "failure_state")
    search_fields = ("id__exact", "incident_id__exact")
    ordering = ("tenant", "-started_at", "-id")


@admin.register(models.LoopEvent)
class LoopEventAdmin(LeadsToLoop):
    list_display = (
        "id", "tenant", "stage", "attempt", "status", "failure_state", "created_at", "loop_page",
    )  # fmt: skip
    list_filter = ("stage", "status", "failure_state")
    search_fields = ("id__exact", "trace_id__exact")
    ordering = ("trace", "position")
