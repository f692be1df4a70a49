"""How far each tenant's loop is trusted, and how far it was."""

from django.contrib import admin

from loops import models
from m25console.admin_base import ReadOnlyAdmin


@admin.register(models.GraduationStatus)
class GraduationStatusAdmin(ReadOnlyAdmin):
    list_display = ("label", "tenant", "level", "degraded_from", "graduated_at", "last_checked")
    list_filter = ("level",)
    search_fields = ("tenant__slug__exact",)
    ordering = ("tenant", "id")


@admin.register(models.GraduationHistory)
class GraduationHistoryAdmin(ReadOnlyAdmin):
    list_display = ("computed_at", "tenant", "level", "is_degraded", "degradation_reason")
    list_filter = ("tenant", "level", "is_degraded")
    search_fields = ("tenant__slug__exact",)
    ordering = ("tenant", "-computed_at", "-id")
