"""Connections to providers, how they were found, and the keys that report for them."""

from django.contrib import admin

from integrations import models
from m25console.admin_base import ReadOnlyAdmin


@admin.register(models.Integration)
class IntegrationAdmin(ReadOnlyAdmin):
    """Shows everything but the reference to its key."""

    list_display = ("id", "name", "tenant", "provider_type", "status", "health_state", "deleted_at")
    list_filter = ("provider_type", "status", "health_state")
    search_fields = ("id__exact", "name__exact")
    exclude = ("credential_ref",)
    ordering = ("-created_at", "-id")


@admin.register(models.HealthCheck)
class HealthCheckAdmin(ReadOnlyAdmin):
    list_display = ("integration", "at", "state", "error", "latency_ms", "by_person", "tenant")
    list_select_related = ("tenant", "integration")
    list_filter = ("state",)
    search_fields = ("integration__id__exact",)
    ordering = ("-id",)


@admin.register(models.IntegrationKey)
class IntegrationKeyAdmin(ReadOnlyAdmin):
    """Shows everything but the hash."""

    list_display = ("prefix", "integration", "created_at", "last_used_at", "revoked_at", "tenant")
    list_select_related = ("tenant", "integration")
    search_fields = ("integration__id__exact",)
    exclude = ("secret_hash",)
    ordering = ("-id",)
