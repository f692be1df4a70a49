"""Recoveries, who agreed to them, and the catalogue they are taken from."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from loops import models
from loops.admin.bases import LeadsToLoop
from m25console.admin_base import BigTableAdmin, ReadOnlyAdmin, SeenForm
from m25console.models import AuditEntry
from m25console.vocabulary import Door

AUDITED_ACTION: Final = (
    "action_code", "name", "action_type", "template", "is_automated", "requires_approval",
    "priority", "is_active",
)  # fmt: skip


@admin.register(models.RecoveryCandidate)
class RecoveryCandidateAdmin(LeadsToLoop):
    list_display = (
        "suggestion", "tenant", "status", "confidence", "execution_status", "created_at",
        "loop_page",
    )  # fmt: skip
    list_filter = ("tenant", "status", "execution_status", "suggestion_type")
    search_fields = ("id__exact", "source_incident_id__exact")
    ordering = ("tenant", "source_pattern", "-created_at")


@admin.register(models.RecoveryConfirmation)
class RecoveryConfirmationAdmin(ReadOnlyAdmin):
    list_display = ("recovery_id", "reviewer", "at", "tenant")
    list_select_related = ("tenant", "reviewer")
    search_fields = ("recovery_id__exact", "reviewer__username__exact")
    ordering = ("-id",)


@admin.register(models.RecoveryAudit)
class RecoveryAuditAdmin(ReadOnlyAdmin):
    list_display = ("candidate_id", "old_decision", "new_decision", "actor", "created_at", "tenant")
    list_filter = ("action",)
    search_fields = ("candidate_id__exact",)
    ordering = ("-id",)


class SuggestionActionForm(SeenForm):
    class Meta:
        model = models.SuggestionAction
        fields = "__all__"


@admin.register(models.SuggestionAction)
class SuggestionActionAdmin(BigTableAdmin):
    """The catalogue of recoveries, the same for every tenant; changes are audited."""

    list_display = ("action_code", "name", "action_type", "priority", "is_active", "success_rate")
    list_filter = ("is_active", "action_type", "is_automated")
    search_fields = ("action_code", "name")
    form = SuggestionActionForm
    date_hierarchy = "created_at"
    readonly_fields = (
        "success_rate", "total_applications", "successful_applications", "created_at",
        "updated_at", "created_by", "version",
    )  # fmt: skip

    def save_model(
        self,
        request: HttpRequest,
        obj: models.SuggestionAction,
        form: forms.ModelForm[models.SuggestionAction],
        change: bool,
    ) -> None:
        assert request.user.is_authenticated
        now = timezone.now()
        obj.updated_at = now
        if change:
            obj.version += 1
        else:
            obj.created_by = str(request.user)
        super().save_model(request, obj, form, change)
        after: dict[str, Any] = {name: getattr(obj, name) for name in AUDITED_ACTION}
        before = {name: form.initial.get(name, after[name]) for name in AUDITED_ACTION}
        AuditEntry.objects.create(
            actor=request.user,
            actor_label=str(request.user),
            door=Door.ADMIN,
            action="recovery_action.changed" if change else "recovery_action.created",
            object_type=obj._meta.db_table,
            object_id=str(obj.pk),
            before=before if change else None,
            after=after,
            at=now,
        )

    def has_delete_permission(
        self, request: HttpRequest, obj: models.SuggestionAction | None = None
    ) -> bool:
        """An action is switched off, never deleted: recoveries name it."""
        return False
