"""Failures that a matcher outside the console reports under ids of its own."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from loops.domain.states import ErrorCategory, RecoveryMode
from loops.models.incidents import Incident
from m25console.fields import choices_of, one_of
from m25console.models import Tenant


class FailureMatchQuerySet(models.QuerySet["FailureMatch"]):
    def for_tenant(self, tenant: Tenant) -> "FailureMatchQuerySet":
        return self.filter(tenant=tenant)

    def newest_first(self) -> "FailureMatchQuerySet":
        return self.order_by("-created_at", "-pk")


class FailureMatch(models.Model):
    """One failure under its outside id, however often it was sent; its incident, once taken in."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    match_id = models.UUIDField(help_text="As the matcher calls it")
    idempotency_key = models.CharField(max_length=255, null=True, blank=True)
    incident = models.ForeignKey(
        Incident, null=True, blank=True, on_delete=models.PROTECT, related_name="failure_matches",
        db_index=False, db_constraint=False,
        help_text="Empty while only a suggestion was asked for",
    )  # fmt: skip
    error_code = models.CharField(max_length=255)
    error_message = models.TextField(default="", blank=True, help_text="Without secrets")
    error_signature = models.CharField(max_length=64)
    category = models.CharField(max_length=16, choices=choices_of(ErrorCategory))
    recovery_mode = models.CharField(max_length=24, choices=choices_of(RecoveryMode))
    suggestion = models.TextField(default="", blank=True)
    confidence = models.FloatField(default=0.2)
    occurrence_count = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    last_occurrence_at = models.DateTimeField(default=timezone.now)

    objects = FailureMatchQuerySet.as_manager()

    class Meta:
        db_table = "failure_matches"
        verbose_name_plural = "failure matches"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "match_id"], name="failure_match_once"),
            models.UniqueConstraint(
                fields=["tenant", "idempotency_key"],
                condition=Q(idempotency_key__isnull=False),
                name="failure_match_once_per_key",
            ),
            one_of("category", ErrorCategory, name="failure_category_known"),
            one_of("recovery_mode", RecoveryMode, name="failure_mode_known"),
            models.CheckConstraint(
                condition=Q(confidence__gte=0, confidence__lte=1),
                name="failure_confidence_is_probability",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "error_code", "-created_at", "-id"], name="failure_by_code"
            ),
            models.Index(
                fields=["last_occurrence_at"],
                condition=Q(incident__isnull=True),
                name="failure_unmatched",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.error_code} {self.match_id}"
