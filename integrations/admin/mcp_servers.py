"""MCP servers, what they offer, and what people decided about it."""

from django.contrib import admin

from integrations import models
from m25console.admin_base import ReadOnlyAdmin


@admin.register(models.McpServer)
class McpServerAdmin(ReadOnlyAdmin):
    """Shows everything but the reference to its key."""

    list_display = ("id", "name", "tenant", "url", "transport", "status", "tool_count")
    list_filter = ("status", "transport")
    search_fields = ("id__exact", "name__exact")
    exclude = ("credential_ref",)
    ordering = ("-registered_at", "-id")


@admin.register(models.McpLook)
class McpLookAdmin(ReadOnlyAdmin):
    list_display = ("server", "at", "kind", "is_healthy", "error", "latency_ms", "tenant")
    list_select_related = ("tenant", "server")
    list_filter = ("kind", "is_healthy")
    search_fields = ("server__id__exact",)
    ordering = ("-id",)


@admin.register(models.McpTool)
class McpToolAdmin(ReadOnlyAdmin):
    list_display = ("id", "name", "server", "risk_level", "state", "enabled", "version", "tenant")
    list_select_related = ("tenant", "server")
    list_filter = ("state", "risk_level", "enabled")
    search_fields = ("id__exact", "name__exact", "server__id__exact")
    ordering = ("-changed_at", "-id")


@admin.register(models.McpToolVersion)
class McpToolVersionAdmin(ReadOnlyAdmin):
    list_display = ("tool", "number", "fingerprint", "seen_at", "tenant")
    list_select_related = ("tenant", "tool")
    search_fields = ("tool__id__exact", "fingerprint__exact")
    ordering = ("-id",)


@admin.register(models.McpToolDecision)
class McpToolDecisionAdmin(ReadOnlyAdmin):
    list_display = ("tool", "version", "verdict", "by", "at", "tenant")
    list_select_related = ("tenant", "tool", "by")
    list_filter = ("verdict",)
    search_fields = ("tool__id__exact",)
    ordering = ("-id",)


@admin.register(models.McpConfig)
class McpConfigAdmin(ReadOnlyAdmin):
    list_display = ("tenant", "two_people", "updated_at")
    ordering = ("tenant",)
