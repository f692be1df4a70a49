"""What callers asked, what they were told, and what that prevented."""

from django.contrib import admin

from loops import models
from m25console.admin_base import ReadOnlyAdmin


@admin.register(models.PolicyEvaluation)
class PolicyEvaluationAdmin(ReadOnlyAdmin):
    list_display = ("id", "tenant", "decision", "policy_id", "agent_id", "label", "created_at")
    list_filter = ("tenant", "decision", "label")
    search_fields = ("id__exact", "external_id__exact", "policy_id__exact")
    ordering = ("tenant", "-created_at", "-id")


@admin.register(models.PreventionRecord)
class PreventionRecordAdmin(ReadOnlyAdmin):
    list_display = (
        "id", "tenant", "outcome", "policy_id", "pattern_id", "signature_match_confidence",
        "is_simulated", "created_at",
    )  # fmt: skip
    list_filter = ("tenant", "outcome", "is_simulated")
    search_fields = ("id__exact", "policy_id__exact", "pattern_id__exact", "external_id__exact")
    ordering = ("tenant", "-created_at", "-id")


@admin.register(models.PolicyTally)
class PolicyTallyAdmin(ReadOnlyAdmin):
    list_display = (
        "policy_id", "day", "mode", "evaluations", "matched", "decided", "excepted", "tenant",
    )  # fmt: skip
    search_fields = ("policy_id__exact",)
    ordering = ("-id",)


@admin.register(models.PolicyChange)
class PolicyChangeAdmin(ReadOnlyAdmin):
    list_display = ("id", "tenant", "at")
    list_filter = ("tenant",)
    ordering = ("-id",)
