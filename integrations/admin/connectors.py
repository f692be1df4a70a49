"""Connectors, what may be done through them, and what was."""

from django.contrib import admin

from integrations import models
from m25console.admin_base import ReadOnlyAdmin


@admin.register(models.Connector)
class ConnectorAdmin(ReadOnlyAdmin):
    """Shows everything but the reference to its secret."""

    list_display = ("id", "name", "tenant", "connector_type", "status", "deleted_at")
    list_filter = ("connector_type", "status")
    search_fields = ("id__exact", "name__exact")
    exclude = ("credential_ref", "recent_calls")
    ordering = ("-created_at", "-id")


@admin.register(models.ConnectorAction)
class ConnectorActionAdmin(ReadOnlyAdmin):
    list_display = ("connector", "name", "method", "path", "is_read_only", "tenant")
    list_select_related = ("tenant", "connector")
    search_fields = ("connector__id__exact", "name__exact")
    ordering = ("-id",)


@admin.register(models.ConnectorCall)
class ConnectorCallAdmin(ReadOnlyAdmin):
    list_display = ("id", "connector", "at", "action", "caller", "outcome", "error_code", "tenant")
    list_select_related = ("tenant", "connector")
    list_filter = ("outcome",)
    search_fields = ("id__exact", "connector__id__exact")
    ordering = ("-at", "-id")
