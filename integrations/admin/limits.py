"""What limits are kept by, and what they said."""

from django.contrib import admin

from integrations import models
from m25console.admin_base import ReadOnlyAdmin


@admin.register(models.EnforcementConfig)
class EnforcementConfigAdmin(ReadOnlyAdmin):
    list_display = ("tenant", "fail_mode", "warn_at", "updated_at")
    ordering = ("tenant",)


@admin.register(models.EnforcementDecision)
class EnforcementDecisionAdmin(ReadOnlyAdmin):
    list_display = ("id", "integration_id", "result", "would_be", "degraded", "at", "tenant")
    list_filter = ("result", "degraded")
    search_fields = ("id__exact", "integration_id__exact")
    ordering = ("-at", "-id")


@admin.register(models.EnforcementTally)
class EnforcementTallyAdmin(ReadOnlyAdmin):
    list_display = ("integration_id", "day", "result", "would_be", "reason", "answers", "tenant")
    list_filter = ("result",)
    search_fields = ("integration_id__exact",)
    ordering = ("-id",)


@admin.register(models.LimitRaise)
class LimitRaiseAdmin(ReadOnlyAdmin):
    list_display = ("integration", "until", "reason", "approved_by", "tenant")
    list_select_related = ("tenant", "integration", "approved_by")
    search_fields = ("integration__id__exact",)
    ordering = ("-created_at",)


@admin.register(models.LimitWarning)
class LimitWarningAdmin(ReadOnlyAdmin):
    list_display = ("integration", "limit_type", "month", "percent", "at", "tenant")
    list_select_related = ("tenant", "integration")
    list_filter = ("limit_type",)
    search_fields = ("integration__id__exact",)
    ordering = ("-at", "-id")
