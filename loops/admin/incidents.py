"""What came in, and the patterns it was recognised by."""

from django.contrib import admin
from django.utils.safestring import SafeString

from loops import models
from loops.admin.bases import link_to_page
from m25console.admin_base import ReadOnlyAdmin


@admin.register(models.Incident)
class IncidentAdmin(ReadOnlyAdmin):
    list_display = ("title", "tenant", "severity", "status", "error_type", "created_at", "page")
    list_filter = ("tenant", "severity", "status")
    search_fields = ("id__exact", "error_type__exact")
    ordering = ("tenant", "-created_at", "-id")

    @admin.display(description="In the console")
    def page(self, row: models.Incident) -> SafeString | str:
        return link_to_page("loops:incident", row.pk)


@admin.register(models.FailurePattern)
class FailurePatternAdmin(ReadOnlyAdmin):
    list_display = (
        "error_type", "template_text", "tenant", "occurrence_count", "last_occurrence_at", "page",
    )  # fmt: skip
    list_filter = ("tenant", "pattern_type", "auto_apply_recovery")
    search_fields = ("id__exact", "signature_hash__exact", "error_type__exact")
    ordering = ("tenant", "-occurrence_count", "-id")

    @admin.display(description="In the console")
    def page(self, row: models.FailurePattern) -> SafeString | str:
        return link_to_page("loops:pattern", row.pk)


@admin.register(models.PatternKey)
class PatternKeyAdmin(ReadOnlyAdmin):
    list_display = ("key", "bucket", "pattern_id", "tenant")
    list_filter = ("tenant",)
    search_fields = ("pattern_id__exact",)
    ordering = ("tenant", "bucket", "key", "pattern")
