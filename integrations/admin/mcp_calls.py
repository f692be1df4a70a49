"""Calls of MCP tools, who approved them, and the chain that tells of both."""

from django.contrib import admin

from integrations import models
from integrations.admin.bases import LeadsToPage
from m25console.admin_base import ReadOnlyAdmin


@admin.register(models.McpToolInvocation)
class McpToolInvocationAdmin(LeadsToPage):
    list_display = (
        "id", "tool_name", "server_id", "policy_decision", "outcome", "invoked_at", "tenant",
        "page",
    )  # fmt: skip
    list_filter = ("tenant", "policy_decision", "outcome", "actor_type")
    search_fields = ("id__exact", "server_id__exact", "tool_id__exact", "run_id__exact")
    ordering = ("tenant", "-invoked_at", "-id")


@admin.register(models.McpOpenCall)
class McpOpenCallAdmin(LeadsToPage):
    shows = ("mcp_tools", "tool_id")
    list_display = ("id", "tool_name", "server_id", "invoked_at", "ends_by", "tenant", "page")
    list_filter = ("tenant",)
    search_fields = ("id__exact", "server_id__exact", "tool_id__exact")
    ordering = ("ends_by", "id")


@admin.register(models.McpApproval)
class McpApprovalAdmin(LeadsToPage):
    list_display = (
        "id", "tool_name", "actor_label", "status", "reach", "asked_at", "tenant", "page",
    )  # fmt: skip
    list_filter = ("tenant", "status", "risk_level")
    search_fields = ("id__exact", "tool_id__exact")
    date_hierarchy = "asked_at"
    ordering = ("tenant", "-asked_at", "-id")


@admin.register(models.McpApprovalVote)
class McpApprovalVoteAdmin(LeadsToPage):
    shows = ("mcp_approvals", "approval_id")
    list_display = ("approval", "person", "approves", "at", "tenant", "page")
    list_select_related = ("tenant", "approval", "person")
    list_filter = ("tenant",)
    search_fields = ("approval__id__exact",)
    ordering = ("-id",)


@admin.register(models.McpAllowance)
class McpAllowanceAdmin(LeadsToPage):
    shows = ("mcp_tools", "tool_id")
    list_display = ("tool", "allowed_by", "allowed_at", "tenant", "page")
    list_select_related = ("tenant", "tool", "allowed_by")
    list_filter = ("tenant",)
    search_fields = ("tool__id__exact",)
    ordering = ("-id",)


@admin.register(models.McpChain)
class McpChainAdmin(ReadOnlyAdmin):
    list_display = ("tenant", "number", "last_hash", "stopped_at")
    search_fields = ("tenant__slug__exact",)
    ordering = ("tenant",)


@admin.register(models.McpAuditEvent)
class McpAuditEventAdmin(LeadsToPage):
    shows = ("mcp_tool_invocations", "invocation_id")
    list_display = ("event_id", "type", "at", "tool_name", "decision", "tenant", "page")
    list_filter = ("tenant", "type")
    search_fields = ("event_id__exact", "invocation_id__exact", "tool_id__exact")
    ordering = ("-id",)
