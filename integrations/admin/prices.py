"""Own prices, and what past calls cost by them."""

from django.contrib import admin

from integrations import models
from m25console.admin_base import ReadOnlyAdmin


@admin.register(models.OwnPrice)
class OwnPriceAdmin(ReadOnlyAdmin):
    list_display = ("id", "model", "dollars_in", "dollars_out", "valid_from", "ended_at", "tenant")
    list_filter = ("tenant",)
    search_fields = ("id__exact", "model__exact")
    date_hierarchy = "created_at"
    ordering = ("tenant", "-created_at", "-id")


@admin.register(models.RepricingRun)
class RepricingRunAdmin(ReadOnlyAdmin):
    list_display = ("id", "model", "since", "looked", "changed", "finished_at", "tenant")
    list_filter = ("tenant",)
    search_fields = ("id__exact",)
    date_hierarchy = "created_at"
    ordering = ("tenant", "-created_at", "-id")


@admin.register(models.UsageRepricing)
class UsageRepricingAdmin(ReadOnlyAdmin):
    list_display = ("usage_id", "old_cents", "new_cents", "new_version", "run_id", "at", "tenant")
    list_filter = ("tenant",)
    search_fields = ("usage__id__exact", "run__id__exact")
    ordering = ("-id",)
