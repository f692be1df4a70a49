"""Routing adjustments, the agents they are about, and what is locked until its gate opens."""

from django.contrib import admin

from loops import models
from loops.admin.bases import LeadsToLoop
from m25console.admin_base import ReadOnlyAdmin


@admin.register(models.RoutingAdjustment)
class RoutingAdjustmentAdmin(LeadsToLoop):
    loop_column = "loop_trace_id"
    list_display = (
        "agent_id", "tenant", "magnitude", "is_active", "was_rolled_back", "expires_at",
        "created_at", "loop_page",
    )  # fmt: skip
    list_filter = ("tenant", "is_active", "was_rolled_back", "adjustment_type")
    search_fields = ("id__exact", "agent_id__exact", "source_policy_id__exact")
    ordering = ("tenant", "-created_at", "-id")


@admin.register(models.Agent)
class AgentAdmin(ReadOnlyAdmin):
    list_display = ("agent_id", "tenant", "capability", "first_seen_at", "last_seen_at")
    list_filter = ("tenant",)
    search_fields = ("agent_id__exact", "capability__exact")
    ordering = ("tenant", "-last_seen_at", "-id")


@admin.register(models.AgentTraffic)
class AgentTrafficAdmin(ReadOnlyAdmin):
    list_display = ("agent", "tenant", "hour", "decisions", "successes")
    list_filter = ("tenant",)
    search_fields = ("agent__agent_id__exact",)
    list_select_related = ("tenant", "agent")
    ordering = ("tenant", "-hour", "-id")


@admin.register(models.TrafficReport)
class TrafficReportAdmin(ReadOnlyAdmin):
    list_display = ("report_id", "tenant", "received_at")
    list_filter = ("tenant",)
    search_fields = ("report_id__exact",)
    ordering = ("tenant", "-id")


@admin.register(models.CapabilityLockout)
class CapabilityLockoutAdmin(ReadOnlyAdmin):
    list_display = ("tenant", "capability", "is_unlocked", "requires_gate", "last_checked")
    list_filter = ("tenant", "capability", "is_unlocked")
    date_hierarchy = "last_checked"
    ordering = ("tenant", "capability")
