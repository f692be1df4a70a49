"""What was used."""

from django.contrib import admin

from integrations import models
from integrations.admin.bases import LeadsToPage


@admin.register(models.UsageRecord)
class UsageRecordAdmin(LeadsToPage):
    shows = ("cus_integrations", "integration_id")
    list_display = (
        "call_id", "integration_id", "model", "cost_cents", "created_at", "tenant", "page",
    )  # fmt: skip
    list_filter = ("tenant", "policy_result")
    search_fields = ("call_id__exact", "integration_id__exact")
    ordering = ("tenant", "-created_at", "-id")


@admin.register(models.UsageMeter)
class UsageMeterAdmin(LeadsToPage):
    shows = ("cus_integrations", "integration_id")
    list_display = (
        "integration_id", "month", "share", "cents", "tokens", "calls", "tenant", "page",
    )  # fmt: skip
    list_filter = ("tenant",)
    search_fields = ("integration_id__exact",)
    ordering = ("-id",)


@admin.register(models.UsageDay)
class UsageDayAdmin(LeadsToPage):
    shows = ("cus_integrations", "integration_id")
    list_display = ("integration_id", "date", "total_calls", "total_cost_cents", "tenant", "page")
    list_filter = ("tenant",)
    search_fields = ("integration_id__exact",)
    ordering = ("-id",)


@admin.register(models.UsageSlice)
class UsageSliceAdmin(LeadsToPage):
    shows = ("cus_integrations", "integration_id")
    list_display = (
        "integration_id", "date", "model", "total_calls", "total_cost_cents", "tenant", "page",
    )  # fmt: skip
    list_filter = ("tenant",)
    search_fields = ("integration_id__exact",)
    ordering = ("-id",)
