"""What dashboards are made of."""

from django.contrib import admin

from loops import models
from m25console.admin_base import ReadOnlyAdmin


@admin.register(models.Figure)
class FigureAdmin(ReadOnlyAdmin):
    list_display = ("hour", "series", "label", "value", "tenant")
    list_filter = ("tenant", "series")
    ordering = ("tenant", "hour", "series", "label")


@admin.register(models.StaleHour)
class StaleHourAdmin(ReadOnlyAdmin):
    list_display = ("hour", "tenant")
    list_filter = ("tenant",)
    ordering = ("-hour", "id")


@admin.register(models.FigureMark)
class FigureMarkAdmin(ReadOnlyAdmin):
    list_display = ("tenant", "looked_until")
    ordering = ("tenant",)
