"""What limits are kept by, and what they said."""

from django.contrib import admin

from integrations import models
from integrations.admin.bases import LeadsToPage
from m25console.admin_base import ReadOnlyAdmin


@admin.register(models.EnforcementConfig)
class EnforcementConfigAdmin(ReadOnlyAdmin):
    list_display = ("tenant", "fail_mode", "warn_at", "updated_at")
    search_fields = ("tenant__slug__exact",)
    ordering = ("tenant",)


@admin.register(models.EnforcementDecision)
class EnforcementDecisionAdmin(LeadsToPage):
    list_display = (
        "id", "integration_id", "result", "would_be", "degraded", "at", "tenant", "page",
    )  # fmt: skip
    list_filter = ("tenant", "result", "degraded")
    search_fields = ("id__exact", "integration_id__exact")
    ordering = ("tenant", "-at", "-id")


@admin.register(models.EnforcementTally)
class EnforcementTallyAdmin(LeadsToPage):
    shows = ("cus_integrations", "integration_id")
    list_display = (
        "integration_id", "day", "result", "would_be", "reason", "answers", "tenant", "page",
    )  # fmt: skip
    list_filter = ("tenant", "result")
    search_fields = ("integration_id__exact",)
    ordering = ("-id",)


@admin.register(models.LimitRaise)
class LimitRaiseAdmin(LeadsToPage):
    shows = ("cus_integrations", "integration_id")
    list_display = ("integration", "until", "reason", "approved_by", "tenant", "page")
    list_select_related = ("tenant", "integration", "approved_by")
    list_filter = ("tenant",)
    search_fields = ("integration__id__exact",)
    date_hierarchy = "created_at"
    ordering = ("-created_at",)


@admin.register(models.LimitWarning)
class LimitWarningAdmin(LeadsToPage):
    shows = ("cus_integrations", "integration_id")
    list_display = ("integration", "limit_type", "month", "percent", "at", "tenant", "page")
    list_select_related = ("tenant", "integration")
    list_filter = ("tenant", "limit_type")
    search_fields = ("integration__id__exact",)
    date_hierarchy = "at"
    ordering = ("tenant", "-at", "-id")
