from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from loops.domain.confidence import Band
from loops.domain.states import (
    ActionType,
    ExecutionStatus,
    RecoveryStatus,
    SuggestionType,
    Verification,
)
from loops.models.ids import new_recovery_id
from loops.models.incidents import Incident
from loops.models.patterns import FailurePattern
from loops.models.traces import LoopTrace
from m25console.fields import choices_of, one_of
from m25console.models import Tenant

_DECIDED = [status for status in RecoveryStatus if status is not RecoveryStatus.PENDING]


class SuggestionAction(models.Model):
    """A recovery the console knows by name: its template, and where it applies."""

    action_code = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=128)
    description = models.TextField(default="", blank=True)
    action_type = models.CharField(max_length=32, choices=choices_of(ActionType))
    template = models.JSONField(default=dict, blank=True)
    applies_to_error_codes = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    applies_to_skills = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    preconditions = models.JSONField(default=dict, blank=True)
    success_rate = models.FloatField(default=0)
    total_applications = models.PositiveIntegerField(default=0)
    successful_applications = models.PositiveIntegerField(default=0)
    is_automated = models.BooleanField(default=False)
    requires_approval = models.BooleanField(default=True)
    priority = models.PositiveSmallIntegerField(default=50)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=150, default="system", blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "suggestion_action"
        ordering = ["-priority", "action_code"]
        constraints = [
            one_of("action_type", ActionType, name="action_type_known"),
            models.CheckConstraint(
                condition=Q(success_rate__gte=0, success_rate__lte=1),
                name="action_success_rate_is_share",
            ),
            models.CheckConstraint(condition=Q(priority__lte=100), name="action_priority_bound"),
            models.CheckConstraint(
                condition=Q(successful_applications__lte=F("total_applications")),
                name="action_successes_within_applications",
            ),
        ]

    def __str__(self) -> str:
        return self.action_code


class RecoveryCandidateQuerySet(models.QuerySet["RecoveryCandidate"]):
    def for_tenant(self, tenant: Tenant) -> "RecoveryCandidateQuerySet":
        return self.filter(tenant=tenant)

    def newest_first(self) -> "RecoveryCandidateQuerySet":
        return self.order_by("-created_at", "-pk")

    def locked(self) -> "RecoveryCandidateQuerySet":
        """Lock the rows for this transaction, in primary-key order so lockers never cross."""
        return self.select_for_update(of=("self",)).order_by("pk")


class RecoveryCandidate(models.Model):
    """A proposed remedy for one incident, and what people decided about it."""

    id = models.CharField(primary_key=True, max_length=64, default=new_recovery_id, editable=False)
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, related_name="recoveries", db_index=False
    )
    trace = models.OneToOneField(
        LoopTrace,
        on_delete=models.PROTECT,
        related_name="recovery",
        db_constraint=False,  # replaced by a key that also compares the tenant
    )
    source_incident = models.ForeignKey(
        Incident,
        on_delete=models.PROTECT,
        related_name="recoveries",
        db_index=False,
        db_constraint=False,
    )
    source_pattern = models.ForeignKey(
        FailurePattern,
        on_delete=models.PROTECT,
        related_name="recoveries",
        db_index=False,
        db_constraint=False,
    )
    suggestion_type = models.CharField(max_length=32, choices=choices_of(SuggestionType))
    suggestion = models.TextField(help_text="The remedy in one sentence")
    action_type = models.CharField(max_length=32)
    action_params = models.JSONField(default=dict, blank=True)
    selected_action = models.ForeignKey(
        SuggestionAction, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    status = models.CharField(
        max_length=16, choices=choices_of(RecoveryStatus), default=RecoveryStatus.PENDING
    )
    confidence = models.FloatField(help_text="Probability in [0, 1]; see explain for its parts")
    confidence_band = models.CharField(max_length=32, choices=choices_of(Band))
    confidence_version = models.CharField(max_length=32)
    explain = models.JSONField(default=dict, blank=True)
    requires_confirmation = models.PositiveSmallIntegerField(default=0)
    confirmations_received = models.PositiveSmallIntegerField(default=0)
    occurrence_count = models.PositiveIntegerField(default=1)
    last_occurrence_at = models.DateTimeField(default=timezone.now)
    error_code = models.CharField(max_length=255, null=True, blank=True)
    error_signature = models.CharField(max_length=64, null=True, blank=True)
    source = models.CharField(max_length=32, default="loop")
    created_by = models.CharField(max_length=150, default="system")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="recoveries_decided",
    )
    review_note = models.TextField(default="", blank=True)
    execution_status = models.CharField(
        max_length=16, choices=choices_of(ExecutionStatus), null=True, blank=True
    )
    executed_at = models.DateTimeField(null=True, blank=True)
    execution_result = models.JSONField(null=True, blank=True)
    verification = models.CharField(
        max_length=16, choices=choices_of(Verification), null=True, blank=True
    )
    verify_until = models.DateTimeField(
        null=True, blank=True, help_text="When the watch for a recurrence ends"
    )
    verified_at = models.DateTimeField(null=True, blank=True)
    verification_note = models.TextField(default="", db_default="", blank=True)
    rules_evaluated = models.JSONField(
        default=list, db_default=[], blank=True, help_text="What the rules engine said"
    )

    objects = RecoveryCandidateQuerySet.as_manager()

    class Meta:
        db_table = "recovery_candidates"
        constraints = [
            one_of("status", RecoveryStatus, name="recovery_status_known"),
            one_of("suggestion_type", SuggestionType, name="recovery_type_known"),
            one_of("confidence_band", Band, name="recovery_band_known"),
            one_of("execution_status", ExecutionStatus, name="recovery_execution_known"),
            models.CheckConstraint(
                condition=Q(confidence__gte=0, confidence__lte=1),
                name="recovery_confidence_is_probability",
            ),
            models.CheckConstraint(
                condition=Q(status=RecoveryStatus.PENDING.value, decided_at__isnull=True)
                | (~Q(status=RecoveryStatus.PENDING.value) & Q(decided_at__isnull=False)),
                name="recovery_decided_at_iff_decided",
            ),
            models.CheckConstraint(
                condition=Q(confirmations_received__lte=F("requires_confirmation")),
                name="recovery_confirmations_within_required",
            ),
            models.UniqueConstraint(fields=["tenant", "id"], name="recovery_in_tenant"),
            one_of("verification", Verification, name="recovery_verification_known"),
            models.CheckConstraint(
                condition=Q(verification__isnull=True, verify_until__isnull=True)
                | Q(verification__isnull=False, verify_until__isnull=False),
                name="recovery_watched_until_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(verification__isnull=True)
                | Q(status__in=[RecoveryStatus.APPLIED.value, RecoveryStatus.ROLLED_BACK.value]),
                name="recovery_verified_once_applied",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "source_pattern", "-created_at"], name="recovery_by_pattern"
            ),
            models.Index(
                fields=["tenant", "created_at", "id"],
                condition=Q(status=RecoveryStatus.PENDING.value),
                name="recovery_pending",
            ),
            models.Index(
                fields=["verify_until", "id"],
                condition=Q(verification=Verification.WATCHING.value),
                name="recovery_to_verify",
            ),
            models.Index(
                fields=["tenant", "verified_at"],
                condition=Q(verified_at__isnull=False),
                name="recovery_by_verified",
            ),
            models.Index(fields=["tenant", "-created_at", "-id"], name="recovery_newest"),
            models.Index(
                fields=["tenant", "status", "-created_at", "-id"],
                condition=Q(status__in=[one.value for one in _DECIDED]),
                name="recovery_decided",
            ),
            models.Index(
                fields=["tenant", "execution_status", "-created_at", "-id"],
                condition=Q(execution_status__isnull=False),
                name="recovery_by_execution",
            ),
            models.Index(
                fields=["tenant", "verification", "-created_at", "-id"],
                condition=Q(verification__isnull=False),
                name="recovery_by_verification",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} ({self.status})"


class RecoveryConfirmation(models.Model):
    """One reviewer's yes. A row, not a counter, so nobody can count twice."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    recovery = models.ForeignKey(
        RecoveryCandidate, on_delete=models.PROTECT, related_name="confirmations"
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="recovery_confirmations"
    )
    note = models.TextField(default="", blank=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "recovery_confirmations"
        constraints = [
            models.UniqueConstraint(
                fields=["recovery", "reviewer"], name="confirmation_once_per_reviewer"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reviewer} confirmed {self.recovery_id}"


class RecoveryAudit(models.Model):
    """What happened to a recovery, one row a change; rows are never altered."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    candidate = models.ForeignKey(RecoveryCandidate, on_delete=models.PROTECT, related_name="audit")
    action = models.CharField(max_length=32)
    actor = models.CharField(max_length=150)
    old_decision = models.CharField(max_length=16)
    new_decision = models.CharField(max_length=16)
    note = models.TextField(default="", blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "recovery_candidates_audit"

    def __str__(self) -> str:
        return f"{self.candidate_id}: {self.old_decision} → {self.new_decision}"
