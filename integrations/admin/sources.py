"""Data sources, and how they were found."""

from django.contrib import admin

from integrations import models
from m25console.admin_base import ReadOnlyAdmin


@admin.register(models.DataSource)
class DataSourceAdmin(ReadOnlyAdmin):
    """Shows everything but the reference to its secrets, which are not in its row."""

    list_display = ("id", "name", "tenant", "source_type", "status", "error_count", "deleted_at")
    list_filter = ("source_type", "status")
    search_fields = ("id__exact", "name__exact")
    exclude = ("credential_ref",)
    ordering = ("-created_at", "-id")


@admin.register(models.SourceCheck)
class SourceCheckAdmin(ReadOnlyAdmin):
    list_display = ("source", "at", "is_good", "error", "latency_ms", "by_label", "tenant")
    list_select_related = ("tenant", "source")
    list_filter = ("is_good", "error")
    search_fields = ("source__id__exact",)
    ordering = ("-id",)
