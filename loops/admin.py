"""Platform staff's view of the loop. It is for reading: the console's own pages change things,
because there the rules are checked and the audit is written. Only the catalogue of recovery
actions is kept here.

Lists are ordered by what an index serves, which for the large tables begins with the tenant.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from loops import models
from m25console.admin_base import BigTableAdmin, ReadOnlyHistoryAdmin
from m25console.models import AuditEntry
from m25console.vocabulary import Door

AUDITED_ACTION: Final = (
    "action_code", "name", "action_type", "template", "is_automated", "requires_approval",
    "priority", "is_active",
)  # fmt: skip


class ReadOnlyAdmin(ReadOnlyHistoryAdmin):
    """For what only the loop and the console's pages may change."""

    list_select_related: ClassVar[tuple[str, ...]] = ("tenant",)
    sortable_by = ()


def _page(name: str, object_id: str | None) -> SafeString | str:
    if not object_id:
        return "—"
    return format_html('<a href="{}">{}</a>', reverse(name, args=[object_id]), object_id)


class LeadsToLoop(ReadOnlyAdmin):
    """Shows the way to the page of the row's loop, for staff who entered its tenant."""

    loop_column = "trace_id"

    @admin.display(description="In the console")
    def loop_page(self, row: Model) -> SafeString | str:
        return _page("loops:loop", getattr(row, self.loop_column))


@admin.register(models.Incident)
class IncidentAdmin(ReadOnlyAdmin):
    list_display = ("title", "tenant", "severity", "status", "error_type", "created_at", "page")
    list_filter = ("tenant", "severity", "status")
    search_fields = ("id__exact", "error_type__exact")
    ordering = ("tenant", "-created_at", "-id")

    @admin.display(description="In the console")
    def page(self, row: models.Incident) -> SafeString | str:
        return _page("loops:incident", row.pk)


@admin.register(models.FailurePattern)
class FailurePatternAdmin(ReadOnlyAdmin):
    list_display = (
        "error_type", "template_text", "tenant", "occurrence_count", "last_occurrence_at", "page",
    )  # fmt: skip
    list_filter = ("tenant", "pattern_type", "auto_apply_recovery")
    search_fields = ("id__exact", "signature_hash__exact", "error_type__exact")
    ordering = ("tenant", "-occurrence_count", "-id")

    @admin.display(description="In the console")
    def page(self, row: models.FailurePattern) -> SafeString | str:
        return _page("loops:pattern", row.pk)


@admin.register(models.PatternKey)
class PatternKeyAdmin(ReadOnlyAdmin):
    list_display = ("key", "bucket", "pattern_id", "tenant")
    list_filter = ("tenant",)
    search_fields = ("pattern_id__exact",)
    ordering = ("tenant", "bucket", "key", "pattern")


@admin.register(models.LoopTrace)
class LoopTraceAdmin(LeadsToLoop):
    loop_column = "pk"
    list_display = (
        "id", "tenant", "outcome", "current_stage", "failure_state", "started_at",
        "last_activity_at", "loop_page",
    )  # fmt: skip
    list_filter = ("tenant", "outcome", "current_stage", "failure_state")
    search_fields = ("id__exact", "incident_id__exact")
    ordering = ("tenant", "-started_at", "-id")


@admin.register(models.LoopEvent)
class LoopEventAdmin(LeadsToLoop):
    list_display = (
        "id", "tenant", "stage", "attempt", "status", "failure_state", "created_at", "loop_page",
    )  # fmt: skip
    list_filter = ("stage", "status", "failure_state")
    search_fields = ("id__exact", "trace_id__exact")
    ordering = ("trace", "position")


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


@admin.register(models.SuggestionAction)
class SuggestionActionAdmin(BigTableAdmin):
    """The catalogue of recoveries, the same for every tenant; changes are audited."""

    list_display = ("action_code", "name", "action_type", "priority", "is_active", "success_rate")
    list_filter = ("is_active", "action_type", "is_automated")
    search_fields = ("action_code", "name")
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


@admin.register(models.PolicyRule)
class PolicyRuleAdmin(ReadOnlyAdmin):
    list_display = (
        "name", "tenant", "mode", "rule_type", "generation_confidence", "prevention_count",
        "created_at",
    )  # fmt: skip
    list_filter = ("tenant", "mode", "rule_type", "source_type")
    search_fields = ("id__exact", "source_pattern_id__exact", "name")
    date_hierarchy = "created_at"
    ordering = ("tenant", "mode", "-created_at", "-id")


@admin.register(models.PolicyActivationAudit)
class PolicyActivationAuditAdmin(ReadOnlyAdmin):
    list_display = ("policy_id", "old_mode", "new_mode", "approval_path", "activated_at", "tenant")
    list_filter = ("new_mode",)
    search_fields = ("policy_id__exact", "source_pattern_id__exact")
    ordering = ("-id",)


@admin.register(models.RoutingAdjustment)
class RoutingAdjustmentAdmin(LeadsToLoop):
    loop_column = "loop_trace_id"
    list_display = (
        "agent_id", "tenant", "magnitude", "is_active", "was_rolled_back", "expires_at",
        "created_at", "loop_page",
    )  # fmt: skip
    list_filter = ("tenant", "is_active", "was_rolled_back", "adjustment_type")
    search_fields = ("id__exact", "agent_id__exact", "source_policy_id__exact")
    ordering = ("tenant", "-created_at", "-id")


@admin.register(models.CapabilityLockout)
class CapabilityLockoutAdmin(ReadOnlyAdmin):
    list_display = ("tenant", "capability", "is_unlocked", "requires_gate", "last_checked")
    list_filter = ("tenant", "capability", "is_unlocked")
    date_hierarchy = "last_checked"
    ordering = ("tenant", "capability")


@admin.register(models.HumanCheckpoint)
class HumanCheckpointAdmin(LeadsToLoop):
    list_display = (
        "description", "tenant", "checkpoint_type", "priority", "resolution", "created_at",
        "loop_page",
    )  # fmt: skip
    list_filter = (
        "tenant", ("resolved_at", admin.EmptyFieldListFilter), "checkpoint_type", "resolution",
    )  # fmt: skip
    search_fields = ("id__exact", "trace_id__exact", "target_id__exact")
    ordering = ("id",)


@admin.register(models.CheckpointDecision)
class CheckpointDecisionAdmin(ReadOnlyAdmin):
    list_display = ("checkpoint_id", "person", "option", "is_final", "door", "at", "tenant")
    list_select_related = ("tenant", "person")
    list_filter = ("option", "door")
    search_fields = ("checkpoint_id__exact", "person__username__exact")
    ordering = ("-id",)


@admin.register(models.AdvanceSlot)
class AdvanceSlotAdmin(ReadOnlyAdmin):
    list_select_related = ()
    list_display = ("number", "worker", "sent_at", "started_at", "beat_at", "sends")
    ordering = ("number",)


@admin.register(models.Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    list_select_related = ()
    list_display = ("name", "role", "beat_at")
    ordering = ("name",)


@admin.register(models.FeedEntry)
class FeedEntryAdmin(ReadOnlyAdmin):
    list_display = ("id", "kind", "trace_id", "incident_id", "created_at", "tenant")
    ordering = ("-id",)
