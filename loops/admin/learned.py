"""Harm that policies did, and how often confidences proved right."""

from django.contrib import admin

from loops import models
from m25console.admin_base import ReadOnlyAdmin


@admin.register(models.RegretEvent)
class RegretEventAdmin(ReadOnlyAdmin):
    list_display = (
        "policy_id", "regret_type", "severity", "was_auto_rolled_back", "reported_by",
        "is_simulated", "created_at", "tenant",
    )  # fmt: skip
    list_filter = ("tenant", "regret_type", "was_auto_rolled_back", "is_simulated")
    search_fields = ("id__exact", "policy_id__exact", "evaluation_id__exact")
    ordering = ("tenant", "-created_at", "-id")


@admin.register(models.PolicyRegretSummary)
class PolicyRegretSummaryAdmin(ReadOnlyAdmin):
    list_display = (
        "policy_id", "regret_score", "regret_event_count", "demoted_at", "decayed_on", "tenant",
    )  # fmt: skip
    list_filter = ("tenant", ("demoted_at", admin.EmptyFieldListFilter))
    search_fields = ("policy_id__exact",)
    ordering = ("policy",)


@admin.register(models.PatternCalibration)
class PatternCalibrationAdmin(ReadOnlyAdmin):
    list_display = (
        "pattern_id", "total_matches", "correct_matches", "empirical_strong_threshold",
        "empirical_weak_threshold", "is_calibrated", "last_calibrated_at", "tenant",
    )  # fmt: skip
    list_filter = ("tenant", "is_calibrated")
    search_fields = ("pattern_id__exact",)
    ordering = ("pattern",)


@admin.register(models.CalibrationOutcome)
class CalibrationOutcomeAdmin(ReadOnlyAdmin):
    list_display = ("incident_id", "pattern_id", "confidence", "was_correct", "at", "tenant")
    list_filter = ("was_correct",)
    search_fields = ("incident_id__exact", "pattern_id__exact")
    ordering = ("-id",)
