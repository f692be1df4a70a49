"""What people are asked, and what they answered."""

from django.contrib import admin

from loops import models
from loops.admin.bases import LeadsToLoop
from m25console.admin_base import ReadOnlyAdmin


@admin.register(models.HumanCheckpoint)
class HumanCheckpointAdmin(LeadsToLoop):
    list_display = (
        "description", "tenant", "checkpoint_type", "priority", "risk", "resolution", "created_at",
        "loop_page",
    )  # fmt: skip
    list_filter = (
        "tenant", ("resolved_at", admin.EmptyFieldListFilter), "checkpoint_type", "risk",
        "resolution",
    )  # fmt: skip
    search_fields = ("id__exact", "trace_id__exact", "target_id__exact")
    ordering = ("id",)


@admin.register(models.CheckpointConfig)
class CheckpointConfigAdmin(ReadOnlyAdmin):
    list_display = (
        "tenant", "auto_approve_confidence", "auto_dismiss_after_hours",
        "max_pending_checkpoints", "updated_at",
    )  # fmt: skip
    search_fields = ("tenant__slug__exact",)
    ordering = ("tenant",)


@admin.register(models.CheckpointDecision)
class CheckpointDecisionAdmin(ReadOnlyAdmin):
    list_display = ("checkpoint_id", "person", "option", "is_final", "door", "at", "tenant")
    list_select_related = ("tenant", "person")
    list_filter = ("option", "door")
    search_fields = ("checkpoint_id__exact", "person__username__exact")
    ordering = ("-id",)
