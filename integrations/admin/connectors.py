"""Connectors, what may be done through them, and what was."""

from django.contrib import admin

from integrations import models
from integrations.admin.bases import LeadsToPage


@admin.register(models.Connector)
class ConnectorAdmin(LeadsToPage):
    """Shows everything but the reference to its secret."""

    list_display = ("id", "name", "tenant", "connector_type", "status", "deleted_at", "page")
    list_filter = ("tenant", "connector_type", "status")
    search_fields = ("id__exact", "name__exact")
    exclude = ("credential_ref", "recent_calls")
    date_hierarchy = "created_at"
    ordering = ("tenant", "-created_at", "-id")


@admin.register(models.ConnectorAction)
class ConnectorActionAdmin(LeadsToPage):
    shows = ("cus_connectors", "connector_id")
    list_display = ("connector", "name", "method", "path", "is_read_only", "tenant", "page")
    list_select_related = ("tenant", "connector")
    list_filter = ("tenant",)
    search_fields = ("connector__id__exact", "name__exact")
    ordering = ("-id",)


@admin.register(models.ConnectorCall)
class ConnectorCallAdmin(LeadsToPage):
    shows = ("cus_connectors", "connector_id")
    list_display = (
        "id", "connector", "at", "action", "caller", "outcome", "error_code", "tenant", "page",
    )  # fmt: skip
    list_select_related = ("tenant", "connector")
    list_filter = ("tenant", "outcome")
    search_fields = ("id__exact", "connector__id__exact")
    ordering = ("connector_id", "-at", "-id")
