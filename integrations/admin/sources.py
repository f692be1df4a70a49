"""Data sources, and how they were found."""

from django.contrib import admin

from integrations import models
from integrations.admin.bases import LeadsToPage


@admin.register(models.DataSource)
class DataSourceAdmin(LeadsToPage):
    """Shows everything but the reference to its secrets, which are not in its row."""

    list_display = (
        "id", "name", "tenant", "source_type", "status", "error_count", "deleted_at", "page",
    )  # fmt: skip
    list_filter = ("tenant", "source_type", "status")
    search_fields = ("id__exact", "name__exact")
    exclude = ("credential_ref",)
    date_hierarchy = "created_at"
    ordering = ("tenant", "-created_at", "-id")


@admin.register(models.SourceCheck)
class SourceCheckAdmin(LeadsToPage):
    shows = ("cus_data_sources", "source_id")
    list_display = ("source", "at", "is_good", "error", "latency_ms", "by_label", "tenant", "page")
    list_select_related = ("tenant", "source")
    list_filter = ("tenant", "is_good", "error")
    search_fields = ("source__id__exact",)
    ordering = ("-id",)
