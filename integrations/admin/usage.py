"""What was used."""

from django.contrib import admin

from integrations import models
from m25console.admin_base import ReadOnlyAdmin


@admin.register(models.UsageRecord)
class UsageRecordAdmin(ReadOnlyAdmin):
    list_display = ("call_id", "integration_id", "model", "cost_cents", "created_at", "tenant")
    list_filter = ("policy_result",)
    search_fields = ("call_id__exact", "integration_id__exact")
    ordering = ("-created_at", "-id")


@admin.register(models.UsageMeter)
class UsageMeterAdmin(ReadOnlyAdmin):
    list_display = ("integration_id", "month", "share", "cents", "tokens", "calls", "tenant")
    search_fields = ("integration_id__exact",)
    ordering = ("-id",)


@admin.register(models.UsageDay)
class UsageDayAdmin(ReadOnlyAdmin):
    list_display = ("integration_id", "date", "total_calls", "total_cost_cents", "tenant")
    search_fields = ("integration_id__exact",)
    ordering = ("-id",)


@admin.register(models.UsageSlice)
class UsageSliceAdmin(ReadOnlyAdmin):
    list_display = ("integration_id", "date", "model", "total_calls", "total_cost_cents", "tenant")
    search_fields = ("integration_id__exact",)
    ordering = ("-id",)
