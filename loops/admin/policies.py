"""Prevention policies and how they came to be active."""

from django.contrib import admin

from loops import models
from m25console.admin_base import ReadOnlyAdmin


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


@admin.register(models.PolicyConfirmation)
class PolicyConfirmationAdmin(ReadOnlyAdmin):
    list_display = ("policy_id", "revision", "reviewer", "at", "tenant")
    search_fields = ("policy_id__exact", "reviewer__username__exact")
    list_select_related = ("tenant", "reviewer")
    ordering = ("-id",)


@admin.register(models.PolicyVersion)
class PolicyVersionAdmin(ReadOnlyAdmin):
    list_display = ("policy_id", "revision", "name", "changed_by", "at", "tenant")
    search_fields = ("policy_id__exact",)
    ordering = ("-id",)


@admin.register(models.PolicyException)
class PolicyExceptionAdmin(ReadOnlyAdmin):
    list_display = ("policy_id", "reason", "created_by", "expires_at", "ended_at", "tenant")
    search_fields = ("policy_id__exact",)
    list_select_related = ("tenant", "created_by")
    ordering = ("-id",)


@admin.register(models.PolicyPromise)
class PolicyPromiseAdmin(ReadOnlyAdmin):
    list_display = ("policy_id", "revision", "expected_rate", "evaluations", "made_at", "tenant")
    search_fields = ("policy_id__exact",)
    ordering = ("-id",)
