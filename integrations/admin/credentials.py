"""The vaults: everything about secrets but the secrets."""

from django.contrib import admin

from integrations import models
from m25console.admin_base import ReadOnlyAdmin


@admin.register(models.Credential)
class CredentialAdmin(ReadOnlyAdmin):
    """Shows everything but the secret, not even sealed."""

    list_display = ("id", "name", "tenant", "kind", "store", "version", "expires_at")
    list_filter = ("kind", "store", "fault")
    search_fields = ("id__exact", "name__exact")
    exclude = ("sealed_secret",)
    ordering = ("-created_at", "-id")


@admin.register(models.CredentialRule)
class CredentialRuleAdmin(ReadOnlyAdmin):
    list_display = ("tenant", "accessor", "credential", "created_at")
    list_select_related = ("tenant", "credential")
    list_filter = ("accessor",)
    ordering = ("-id",)


@admin.register(models.CredentialAccess)
class CredentialAccessAdmin(ReadOnlyAdmin):
    list_display = ("credential_id", "at", "accessor_label", "action", "success", "error", "tenant")
    list_filter = ("action", "success")
    search_fields = ("credential_id__exact",)
    ordering = ("-id",)


@admin.register(models.SecretLeft)
class SecretLeftAdmin(ReadOnlyAdmin):
    """Secrets outside that are still to be erased."""

    list_display = ("credential_id", "store", "tenant", "due_at", "tries", "error")
    list_filter = ("store",)
    ordering = ("due_at", "id")
