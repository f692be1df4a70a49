"""What a tenant learned about its policies and patterns: harm done, and how often we were right."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from loops.domain.states import RegretType
from loops.models.evaluations import PolicyEvaluation
from loops.models.ids import new_regret_id
from loops.models.incidents import Incident
from loops.models.patterns import FailurePattern
from loops.models.policies import PolicyRule
from m25console.fields import choices_of, one_of, probability
from m25console.models import Tenant


class RegretEventQuerySet(models.QuerySet["RegretEvent"]):
    def for_tenant(self, tenant: Tenant) -> "RegretEventQuerySet":
        return self.filter(tenant=tenant)

    def newest_first(self) -> "RegretEventQuerySet":
        return self.order_by("-created_at", "-id")

    def real(self) -> "RegretEventQuerySet":
        return self.filter(is_simulated=False)


class RegretEvent(models.Model):
    """Harm that one policy did, by deciding. Never altered."""

    id = models.CharField(primary_key=True, max_length=64, default=new_regret_id, editable=False)
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, related_name="regrets", db_index=False
    )
    policy = models.ForeignKey(
        PolicyRule, on_delete=models.PROTECT, related_name="regrets", db_index=False
    )
    evaluation = models.ForeignKey(
        PolicyEvaluation, null=True, blank=True, on_delete=models.PROTECT, related_name="regrets",
        help_text="The decision that did the harm, if it is known",
    )  # fmt: skip
    regret_type = models.CharField(max_length=32, choices=choices_of(RegretType))
    description = models.TextField(default="", blank=True)
    severity = models.PositiveSmallIntegerField(help_text="1 (a nuisance) to 10 (an outage)")
    affected_calls = models.PositiveIntegerField(default=0)
    affected_users = models.PositiveIntegerField(default=0)
    impact_duration_seconds = models.PositiveIntegerField(null=True, blank=True)
    was_auto_rolled_back = models.BooleanField(
        default=False, help_text="Whether this event demoted the policy"
    )
    reported_by = models.CharField(max_length=254)
    is_simulated = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = RegretEventQuerySet.as_manager()

    class Meta:
        db_table = "regret_events"
        constraints = [
            one_of("regret_type", RegretType, name="regret_type_known"),
            models.CheckConstraint(
                condition=Q(severity__gte=1, severity__lte=10), name="regret_severity_1_to_10"
            ),
            models.CheckConstraint(
                condition=Q(is_simulated=False) & ~Q(id__startswith="regret_sim_")
                | Q(is_simulated=True, id__startswith="regret_sim_", was_auto_rolled_back=False),
                name="regret_simulated_says_so",
            ),
            models.UniqueConstraint(
                fields=["policy", "evaluation"],
                condition=Q(evaluation__isnull=False),
                name="regret_once_per_decision",
            ),
        ]
        indexes = [
            models.Index(fields=["policy", "-created_at", "-id"], name="regret_by_policy"),
            models.Index(fields=["tenant", "-created_at", "-id"], name="regret_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.regret_type} {self.severity} of {self.policy_id}"


class PolicyRegretSummary(models.Model):
    """How much regret a policy carries now: the score fades by a tenth a day."""

    policy = models.OneToOneField(
        PolicyRule, primary_key=True, on_delete=models.PROTECT, related_name="regret_summary"
    )
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    regret_score = models.DecimalField(max_digits=9, decimal_places=4, default=0)
    regret_event_count = models.PositiveIntegerField(
        default=0, help_text="Since it was activated last"
    )
    demoted_at = models.DateTimeField(null=True, blank=True)
    demoted_reason = models.TextField(default="", blank=True)
    decayed_on = models.DateField(null=True, blank=True, help_text="Day (UTC) it last faded on")
    last_updated = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "policy_regret_summary"
        verbose_name_plural = "policy regret summaries"
        constraints = [
            models.CheckConstraint(
                condition=Q(regret_score__gte=0), name="regret_score_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(demoted_at__isnull=True) | ~Q(demoted_reason=""),
                name="regret_demotion_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy_id}: {self.regret_score}"


class PatternCalibration(models.Model):
    """How often what was said of a pattern proved right."""

    pattern = models.OneToOneField(
        FailurePattern, primary_key=True, on_delete=models.PROTECT, related_name="calibration",
        db_constraint=False,
    )  # fmt: skip
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    total_matches = models.PositiveIntegerField(default=0)
    correct_matches = models.PositiveIntegerField(default=0)
    false_positives = models.PositiveIntegerField(default=0)
    false_negatives = models.PositiveIntegerField(default=0)
    empirical_strong_threshold = models.FloatField(default=0.85)
    empirical_weak_threshold = models.FloatField(default=0.60)
    is_calibrated = models.BooleanField(default=False)
    last_calibrated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "pattern_calibrations"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    total_matches=F("correct_matches") + F("false_positives") + F("false_negatives")
                ),
                name="calibration_counts_add_up",
            ),
            probability("empirical_strong_threshold", name="calibration_strong_is_probability"),
            probability("empirical_weak_threshold", name="calibration_weak_is_probability"),
        ]

    def __str__(self) -> str:
        return f"{self.pattern_id}: {self.correct_matches} of {self.total_matches}"


class CalibrationOutcome(models.Model):
    """Whether one confidence proved right, once per incident. Never altered."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    pattern = models.ForeignKey(
        FailurePattern, on_delete=models.PROTECT, related_name="outcomes", db_index=False,
        db_constraint=False,
    )  # fmt: skip
    incident = models.OneToOneField(
        Incident, on_delete=models.PROTECT, related_name="calibration_outcome", db_constraint=False
    )
    confidence = models.FloatField()
    was_correct = models.BooleanField()
    reason = models.CharField(max_length=254, help_text="What showed it")
    at = models.DateTimeField()

    class Meta:
        db_table = "calibration_outcomes"
        constraints = [probability("confidence", name="calibration_confidence_is_probability")]
        indexes = [
            models.Index(fields=["pattern", "-at", "-id"], name="calibration_by_pattern"),
        ]

    def __str__(self) -> str:
        return f"{self.pattern_id} {self.confidence} {self.was_correct}"
