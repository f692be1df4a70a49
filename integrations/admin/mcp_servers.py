"""MCP servers, what they offer, and what people decided about it."""

from django.contrib import admin

from integrations import models
from integrations.admin.bases import LeadsToPage
from m25console.admin_base import ReadOnlyAdmin


@admin.register(models.McpServer)
class McpServerAdmin(LeadsToPage):
    """Shows everything but the reference to its key."""

    list_display = ("id", "name", "tenant", "url", "transport", "status", "tool_count", "page")
    list_filter = ("tenant", "status", "transport")
    search_fields = ("id__exact", "name__exact")
    exclude = ("credential_ref",)
    date_hierarchy = "registered_at"
    ordering = ("tenant", "-registered_at", "-id")


@admin.register(models.McpLook)
class McpLookAdmin(LeadsToPage):
    shows = ("mcp_servers", "server_id")
    list_display = ("server", "at", "kind", "is_healthy", "error", "latency_ms", "tenant", "page")
    list_select_related = ("tenant", "server")
    list_filter = ("tenant", "kind", "is_healthy")
    search_fields = ("server__id__exact",)
    ordering = ("-id",)


@admin.register(models.McpTool)
class McpToolAdmin(LeadsToPage):
    list_display = (
        "id", "name", "server", "risk_level", "state", "enabled", "version", "tenant", "page",
    )  # fmt: skip
    list_select_related = ("tenant", "server")
    list_filter = ("tenant", "state", "risk_level", "enabled")
    search_fields = ("id__exact", "name__exact", "server__id__exact")
    ordering = ("tenant", "-changed_at", "-id")


@admin.register(models.McpToolVersion)
class McpToolVersionAdmin(LeadsToPage):
    shows = ("mcp_tools", "tool_id")
    list_display = ("tool", "number", "fingerprint", "seen_at", "tenant", "page")
    list_select_related = ("tenant", "tool")
    list_filter = ("tenant",)
    search_fields = ("tool__id__exact", "fingerprint__exact")
    ordering = ("-id",)


@admin.register(models.McpToolDecision)
class McpToolDecisionAdmin(LeadsToPage):
    shows = ("mcp_tools", "tool_id")
    list_display = ("tool", "version", "verdict", "by", "at", "tenant", "page")
    list_select_related = ("tenant", "tool", "by")
    list_filter = ("tenant", "verdict")
    search_fields = ("tool__id__exact",)
    date_hierarchy = "at"
    ordering = ("-id",)


@admin.register(models.McpConfig)
class McpConfigAdmin(ReadOnlyAdmin):
    list_display = ("tenant", "two_people", "updated_at")
    search_fields = ("tenant__slug__exact",)
    ordering = ("tenant",)
