"""Who has seen an incident's way to its prevention."""

from django.contrib import admin

from loops import models
from m25console.admin_base import ReadOnlyAdmin


@admin.register(models.TimelineView)
class TimelineViewAdmin(ReadOnlyAdmin):
    list_display = (
        "incident_id", "tenant", "user", "viewed_at", "has_prevention", "has_rollback",
        "is_simulated",
    )  # fmt: skip
    list_select_related = ("tenant", "user")
    list_filter = ("tenant", "has_prevention", "is_simulated")
    search_fields = ("id__exact", "incident_id__exact", "user__username__exact")
    ordering = ("tenant", "-viewed_at")
