"""Calls of MCP tools, who approved them, and the chain that tells of both."""

from django.contrib import admin

from integrations import models
from m25console.admin_base import ReadOnlyAdmin


@admin.register(models.McpToolInvocation)
class McpToolInvocationAdmin(ReadOnlyAdmin):
    list_display = ("id", "tool_name", "server_id", "policy_decision", "outcome", "invoked_at",
                    "tenant")  # fmt: skip
    list_filter = ("policy_decision", "outcome", "actor_type")
    search_fields = ("id__exact", "server_id__exact", "tool_id__exact", "run_id__exact")
    ordering = ("-invoked_at", "-id")


@admin.register(models.McpOpenCall)
class McpOpenCallAdmin(ReadOnlyAdmin):
    list_display = ("id", "tool_name", "server_id", "invoked_at", "ends_by", "tenant")
    search_fields = ("id__exact", "server_id__exact", "tool_id__exact")
    ordering = ("ends_by", "id")


@admin.register(models.McpApproval)
class McpApprovalAdmin(ReadOnlyAdmin):
    list_display = ("id", "tool_name", "actor_label", "status", "reach", "asked_at", "tenant")
    list_filter = ("status", "risk_level")
    search_fields = ("id__exact", "tool_id__exact")
    ordering = ("-asked_at", "-id")


@admin.register(models.McpApprovalVote)
class McpApprovalVoteAdmin(ReadOnlyAdmin):
    list_display = ("approval", "person", "approves", "at", "tenant")
    list_select_related = ("tenant", "approval", "person")
    search_fields = ("approval__id__exact",)
    ordering = ("-id",)


@admin.register(models.McpAllowance)
class McpAllowanceAdmin(ReadOnlyAdmin):
    list_display = ("tool", "allowed_by", "allowed_at", "tenant")
    list_select_related = ("tenant", "tool", "allowed_by")
    search_fields = ("tool__id__exact",)
    ordering = ("-id",)


@admin.register(models.McpChain)
class McpChainAdmin(ReadOnlyAdmin):
    list_display = ("tenant", "number", "last_hash", "stopped_at")
    ordering = ("tenant",)


@admin.register(models.McpAuditEvent)
class McpAuditEventAdmin(ReadOnlyAdmin):
    list_display = ("event_id", "type", "at", "tool_name", "decision", "tenant")
    list_filter = ("type",)
    search_fields = ("event_id__exact", "invocation_id__exact", "tool_id__exact")
    ordering = ("-id",)
