"""Prevention policies and how they came to be active."""

from django.contrib import admin

from loops import models
from loops.admin.bases import ReadOnlyAdmin


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
