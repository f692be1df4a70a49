"""Answers to many questions at once."""

from django.contrib import admin

from loops import models
from m25console.admin_base import ReadOnlyAdmin


@admin.register(models.BulkRun)
class BulkRunAdmin(ReadOnlyAdmin):
    list_display = ("id", "label", "act", "total", "created_at", "finished_at", "tenant")
    list_select_related = ("tenant",)
    list_filter = ("act",)
    search_fields = ("person__username__exact", "id__exact")
    ordering = ("-id",)


@admin.register(models.BulkItem)
class BulkItemAdmin(ReadOnlyAdmin):
    list_display = ("checkpoint_id", "run_id", "state", "told", "tenant")
    list_select_related = ("tenant",)
    list_filter = ("state",)
    search_fields = ("checkpoint_id__exact", "run_id__exact")
    ordering = ("-id",)
