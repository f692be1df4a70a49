"""Carrying recoveries out: endpoints, scopes, executions, history, and failures from outside."""

from django.contrib import admin

from loops import models
from m25console.admin_base import ReadOnlyAdmin


@admin.register(models.WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnlyAdmin):
    """Shows everything but the secrets, not even sealed."""

    list_display = ("tenant", "url", "is_enabled", "tested_at", "updated_at")
    list_filter = ("is_enabled",)
    exclude = ("sealed_secret", "sealed_previous")
    ordering = ("tenant",)


@admin.register(models.BoundScope)
class BoundScopeAdmin(ReadOnlyAdmin):
    list_display = (
        "id", "tenant", "incident_id", "allowed_action", "status", "attempts_used", "cost_used",
        "expires_at",
    )  # fmt: skip
    list_filter = ("status",)
    search_fields = ("id__exact", "incident_id__exact")
    ordering = ("-id",)


@admin.register(models.RecoveryExecution)
class RecoveryExecutionAdmin(ReadOnlyAdmin):
    list_display = (
        "id", "tenant", "recovery_id", "executor", "status", "attempts", "is_dry_run", "created_at",
    )  # fmt: skip
    list_filter = ("tenant", "status", "executor", "is_dry_run")
    search_fields = ("id__exact", "recovery_id__exact")
    ordering = ("tenant", "-created_at", "-id")


@admin.register(models.RecoveryProvenance)
class RecoveryProvenanceAdmin(ReadOnlyAdmin):
    list_display = ("recovery_id", "event_type", "actor", "actor_type", "created_at", "tenant")
    list_filter = ("event_type",)
    search_fields = ("recovery_id__exact",)
    ordering = ("-id",)


@admin.register(models.FailureMatch)
class FailureMatchAdmin(ReadOnlyAdmin):
    list_display = (
        "match_id", "tenant", "error_code", "category", "occurrence_count", "incident_id",
        "created_at",
    )  # fmt: skip
    list_filter = ("category",)
    search_fields = ("match_id__exact", "incident_id__exact")
    ordering = ("-id",)
