"""The vaults: everything about secrets but the secrets."""

from django.contrib import admin

from integrations import models
from integrations.admin.bases import LeadsToPage
from m25console.admin_base import ReadOnlyAdmin


@admin.register(models.Credential)
class CredentialAdmin(LeadsToPage):
    """Shows everything but the secret, not even sealed."""

    list_display = ("id", "name", "tenant", "kind", "store", "version", "expires_at", "page")
    list_filter = ("tenant", "kind", "store", "fault")
    search_fields = ("id__exact", "name__exact")
    exclude = ("sealed_secret",)
    date_hierarchy = "created_at"
    ordering = ("tenant", "-created_at", "-id")


@admin.register(models.CredentialRule)
class CredentialRuleAdmin(LeadsToPage):
    shows = ("cus_credentials", "credential_id")
    list_display = ("tenant", "accessor", "credential", "created_at", "page")
    list_select_related = ("tenant", "credential")
    list_filter = ("tenant", "accessor")
    search_fields = ("credential__id__exact",)
    ordering = ("-id",)


@admin.register(models.CredentialAccess)
class CredentialAccessAdmin(LeadsToPage):
    shows = ("cus_credentials", "credential_id")
    list_display = (
        "credential_id", "at", "accessor_label", "action", "success", "error", "tenant", "page",
    )  # fmt: skip
    list_filter = ("tenant", "action", "success")
    search_fields = ("credential_id__exact",)
    ordering = ("-id",)


@admin.register(models.SecretLeft)
class SecretLeftAdmin(ReadOnlyAdmin):
    """Secrets outside that are still to be erased."""

    list_display = ("credential_id", "store", "tenant", "due_at", "tries", "error")
    list_filter = ("tenant", "store")
    search_fields = ("credential_id__exact",)
    date_hierarchy = "created_at"
    ordering = ("due_at", "id")
