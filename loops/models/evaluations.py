"""What callers asked before acting, what they were told, and what that prevented."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from loops.domain.states import (
    PolicyDecision,
    PolicyMode,
    PreventionOutcome,
    TrafficLabel,
)
from loops.models.ids import new_evaluation_id, new_prevention_id
from loops.models.patterns import FailurePattern
from loops.models.policies import PolicyRule
from m25console.fields import choices_of, one_of, probability
from m25console.models import Tenant


class PolicyChange(models.Model):
    """A tenant's policies or exceptions changed. Triggers write these; a process that judges
    requests compares how many there are, and the last, with what it read its policies at."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "policy_changes"
        indexes = [models.Index(fields=["tenant", "id"], name="policy_change_by_tenant")]

    def __str__(self) -> str:
        return f"{self.tenant_id} #{self.pk}"


class PolicyEvaluationQuerySet(models.QuerySet["PolicyEvaluation"]):
    def for_tenant(self, tenant: Tenant) -> "PolicyEvaluationQuerySet":
        return self.filter(tenant=tenant)

    def newest_first(self) -> "PolicyEvaluationQuerySet":
        return self.order_by("-created_at", "-id")


class PolicyEvaluation(models.Model):
    """One request, judged once: the verdict of every policy that matched, and what was told."""

    id = models.CharField(
        primary_key=True, max_length=64, default=new_evaluation_id, editable=False
    )
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, related_name="evaluations", db_index=False
    )
    features = models.JSONField(help_text="The request as it was judged, normalised")
    external_id = models.CharField(max_length=255, null=True, blank=True)
    agent_id = models.CharField(max_length=255, null=True, blank=True)
    run_id = models.CharField(max_length=255, null=True, blank=True)
    pattern = models.ForeignKey(
        FailurePattern, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    match_confidence = models.FloatField(null=True, blank=True)
    decision = models.CharField(max_length=16, choices=choices_of(PolicyDecision))
    policy = models.ForeignKey(
        PolicyRule, null=True, blank=True, on_delete=models.PROTECT, related_name="evaluations",
        db_index=False, db_constraint=False,
        help_text="The active policy that decided; null: none did",
    )  # fmt: skip
    revision = models.PositiveIntegerField(null=True, blank=True)
    matched = models.JSONField(
        default=list,
        help_text="Every live policy that matched: {policy_id, revision, mode, action, excepted}",
    )
    book_version = models.PositiveBigIntegerField(
        help_text="The last change of the policies it was judged by"
    )
    label = models.CharField(
        max_length=16, choices=choices_of(TrafficLabel), default=TrafficLabel.UNKNOWN,
        db_default=TrafficLabel.UNKNOWN.value,
    )  # fmt: skip
    label_source = models.CharField(max_length=254, default="", db_default="", blank=True)
    labelled_at = models.DateTimeField(null=True, blank=True)
    is_counted = models.BooleanField(
        default=False, db_default=False, help_text="Whether the tallies hold it already"
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = PolicyEvaluationQuerySet.as_manager()

    class Meta:
        db_table = "policy_evaluations"
        constraints = [
            one_of("decision", PolicyDecision, name="evaluation_decision_known"),
            one_of("label", TrafficLabel, name="evaluation_label_known"),
            probability("match_confidence", name="evaluation_match_is_probability"),
            models.CheckConstraint(
                condition=Q(decision=PolicyDecision.ALLOW.value, policy__isnull=True)
                | ~Q(decision=PolicyDecision.ALLOW.value) & Q(policy__isnull=False),
                name="evaluation_decided_by_a_policy",
            ),
            models.UniqueConstraint(
                fields=["tenant", "external_id"],
                condition=Q(external_id__isnull=False),
                name="evaluation_once_per_external_id",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="evaluation_newest"),
            models.Index(
                fields=["policy", "-created_at", "-id"],
                condition=Q(policy__isnull=False),
                name="evaluation_by_policy",
            ),
            models.Index(
                fields=["created_at"],
                condition=Q(is_counted=False),
                name="evaluation_to_count",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.decision}"


class PolicyTally(models.Model):
    """How often a policy was asked in a day and a mode, and what it said."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    policy = models.ForeignKey(
        PolicyRule, on_delete=models.PROTECT, related_name="tallies", db_index=False
    )
    day = models.DateField()
    mode = models.CharField(max_length=16, choices=choices_of(PolicyMode))
    evaluations = models.PositiveBigIntegerField(default=0)
    matched = models.PositiveBigIntegerField(default=0, help_text="Would have acted, or did")
    decided = models.PositiveBigIntegerField(default=0, help_text="It was the one that decided")
    excepted = models.PositiveBigIntegerField(default=0, help_text="Let through by an exception")

    class Meta:
        db_table = "policy_tallies"
        verbose_name_plural = "policy tallies"
        constraints = [
            one_of("mode", PolicyMode, name="tally_mode_known"),
            models.UniqueConstraint(fields=["policy", "day", "mode"], name="tally_once_per_day"),
        ]

    def __str__(self) -> str:
        return f"{self.policy_id} {self.day} {self.mode}"


class PreventionRecordQuerySet(models.QuerySet["PreventionRecord"]):
    def for_tenant(self, tenant: Tenant) -> "PreventionRecordQuerySet":
        return self.filter(tenant=tenant)

    def newest_first(self) -> "PreventionRecordQuerySet":
        return self.order_by("-created_at", "-id")

    def real(self) -> "PreventionRecordQuerySet":
        """Evidence: neither simulated nor synthetic."""
        return self.filter(is_simulated=False, is_synthetic=False)


class PreventionRecord(models.Model):
    """A recurrence that an active policy stopped before an incident was written. Never altered;
    written by one function only, which checks prevention contract 1.0.0 first."""

    id = models.CharField(
        primary_key=True, max_length=64, default=new_prevention_id, editable=False
    )
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, related_name="preventions", db_index=False
    )
    policy = models.ForeignKey(
        PolicyRule, on_delete=models.PROTECT, related_name="preventions", db_index=False
    )
    pattern = models.ForeignKey(
        FailurePattern, on_delete=models.PROTECT, related_name="preventions", db_index=False,
        db_constraint=False,
    )  # fmt: skip
    evaluation = models.OneToOneField(
        PolicyEvaluation, null=True, blank=True, on_delete=models.PROTECT,
        related_name="prevention", help_text="Null for a simulated one",
    )  # fmt: skip
    original_incident_id = models.CharField(max_length=100)
    blocked_incident_id = models.CharField(
        max_length=100, unique=True, help_text="The id the incident would have had"
    )
    external_id = models.CharField(
        max_length=255, null=True, blank=True, help_text="What the sender would have called it"
    )
    outcome = models.CharField(max_length=32, choices=choices_of(PreventionOutcome))
    signature_match_confidence = models.FloatField()
    policy_age_seconds = models.PositiveBigIntegerField(default=0)
    calls_evaluated = models.PositiveBigIntegerField(default=0)
    is_simulated = models.BooleanField(default=False)
    is_synthetic = models.BooleanField(default=False)
    synthetic_scenario_id = models.CharField(max_length=64, null=True, blank=True)
    run_id = models.CharField(max_length=255, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = PreventionRecordQuerySet.as_manager()

    class Meta:
        db_table = "prevention_records"
        constraints = [
            one_of("outcome", PreventionOutcome, name="prevention_outcome_known"),
            models.CheckConstraint(
                condition=Q(signature_match_confidence__gte=0.6, signature_match_confidence__lte=1),
                name="prevention_confidence_at_least_weak",
            ),
            models.CheckConstraint(
                condition=Q(is_simulated=False, id__startswith="prev_", evaluation__isnull=False)
                & ~Q(id__startswith="prev_sim_")
                | Q(is_simulated=True, id__startswith="prev_sim_", evaluation__isnull=True),
                name="prevention_simulated_says_so",
            ),
            models.UniqueConstraint(
                fields=["tenant", "external_id"],
                condition=Q(external_id__isnull=False),
                name="prevention_once_per_external_id",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="prevention_newest"),
            models.Index(fields=["policy", "-created_at", "-id"], name="prevention_by_policy"),
            models.Index(fields=["tenant", "original_incident_id"], name="prevention_by_incident"),
            models.Index(fields=["tenant", "pattern", "-created_at"], name="prevention_by_pattern"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.outcome}"
