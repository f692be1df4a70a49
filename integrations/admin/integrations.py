"""Connections to providers, how they were found, and the keys that report for them."""

from django.contrib import admin

from integrations import models
from integrations.admin.bases import LeadsToPage


@admin.register(models.Integration)
class IntegrationAdmin(LeadsToPage):
    """Shows everything but the reference to its key."""

    list_display = (
        "id", "name", "tenant", "provider_type", "status", "health_state", "deleted_at", "page",
    )  # fmt: skip
    list_filter = ("tenant", "provider_type", "status", "health_state")
    search_fields = ("id__exact", "name__exact")
    exclude = ("credential_ref",)
    date_hierarchy = "created_at"
    ordering = ("tenant", "-created_at", "-id")


@admin.register(models.HealthCheck)
class HealthCheckAdmin(LeadsToPage):
    shows = ("cus_integrations", "integration_id")
    list_display = (
        "integration", "at", "state", "error", "latency_ms", "by_person", "tenant", "page",
    )  # fmt: skip
    list_select_related = ("tenant", "integration")
    list_filter = ("tenant", "state")
    search_fields = ("integration__id__exact",)
    ordering = ("-id",)


@admin.register(models.IntegrationKey)
class IntegrationKeyAdmin(LeadsToPage):
    """Shows everything but the hash."""

    shows = ("cus_integrations", "integration_id")
    list_display = (
        "prefix", "integration", "created_at", "last_used_at", "revoked_at", "tenant", "page",
    )  # fmt: skip
    list_select_related = ("tenant", "integration")
    list_filter = ("tenant",)
    search_fields = ("integration__id__exact",)
    exclude = ("secret_hash",)
    ordering = ("-id",)
