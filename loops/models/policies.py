from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now
from django.utils import timezone

from loops.domain.states import (
    LIVE_MODES,
    PolicyCategory,
    PolicyMode,
    PolicyScope,
    PolicySource,
)
from loops.models.ids import new_policy_id
from loops.models.incidents import Incident
from loops.models.patterns import FailurePattern
from loops.models.recoveries import RecoveryCandidate
from m25console.fields import choices_of, one_of
from m25console.models import Tenant


class PolicyRuleQuerySet(models.QuerySet["PolicyRule"]):
    def for_tenant(self, tenant: Tenant) -> "PolicyRuleQuerySet":
        return self.filter(tenant=tenant)

    def live(self) -> "PolicyRuleQuerySet":
        """Policies in shadow, waiting for confirmations, or active."""
        return self.filter(mode__in=[mode.value for mode in LIVE_MODES])

    def newest_first(self) -> "PolicyRuleQuerySet":
        return self.order_by("-created_at", "-pk")

    def locked(self) -> "PolicyRuleQuerySet":
        """Lock the rows for this transaction, in primary-key order so lockers never cross."""
        # Their keys never change, so requests that are judged meanwhile may refer to them.
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")


class PolicyRule(models.Model):
    """A prevention rule born from a recovery. Conditions and actions are data, never text."""

    id = models.CharField(primary_key=True, max_length=64, default=new_policy_id, editable=False)
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, related_name="policies", db_index=False
    )
    name = models.CharField(max_length=255)
    description = models.TextField(default="", blank=True)
    rule_type = models.CharField(max_length=32, choices=choices_of(PolicyCategory))
    conditions = models.JSONField(default=dict, blank=True)
    actions = models.JSONField(default=dict, blank=True)
    priority = models.IntegerField(default=0)
    mode = models.CharField(
        max_length=32,
        choices=choices_of(PolicyMode),
        default=PolicyMode.SHADOW,
        db_default=PolicyMode.SHADOW.value,
    )
    mode_since = models.DateTimeField(default=timezone.now, db_default=Now())
    revision = models.PositiveIntegerField(
        default=1, db_default=1, help_text="Raised by every edit; confirmations are of a revision"
    )
    version = models.PositiveIntegerField(default=1, db_default=1, help_text="Optimistic lock")
    is_active = models.GeneratedField(
        expression=Case(When(mode=PolicyMode.ACTIVE.value, then=Value(True)), default=Value(False)),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    scope_type = models.CharField(
        max_length=16, choices=choices_of(PolicyScope), default=PolicyScope.TENANT
    )
    scope_id = models.CharField(max_length=255)
    source_type = models.CharField(max_length=32, choices=choices_of(PolicySource))
    source_pattern = models.ForeignKey(
        FailurePattern,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="policies",
        db_constraint=False,  # replaced by a key that also compares the tenant
    )
    source_recovery = models.ForeignKey(
        RecoveryCandidate,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="policies",
        db_constraint=False,
    )
    source_incident = models.ForeignKey(
        Incident,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="policies",
        db_constraint=False,
    )
    generation_confidence = models.FloatField()
    confidence_version = models.CharField(max_length=32)
    confirmations_required = models.PositiveSmallIntegerField(default=3)
    confirmations_received = models.PositiveSmallIntegerField(default=0)
    regret_count = models.PositiveIntegerField(default=0)
    shadow_evaluations = models.PositiveBigIntegerField(default=0)
    shadow_would_block = models.PositiveBigIntegerField(default=0)
    activated_at = models.DateTimeField(null=True, blank=True)
    prevention_count = models.PositiveBigIntegerField(default=0)
    last_prevention_at = models.DateTimeField(null=True, blank=True)
    is_synthetic = models.BooleanField(default=False)
    synthetic_scenario_id = models.CharField(max_length=64, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = PolicyRuleQuerySet.as_manager()

    class Meta:
        db_table = "policy_rules"
        constraints = [
            one_of("mode", PolicyMode, name="policy_mode_known"),
            one_of("rule_type", PolicyCategory, name="policy_category_known"),
            one_of("scope_type", PolicyScope, name="policy_scope_known"),
            one_of("source_type", PolicySource, name="policy_source_known"),
            models.UniqueConstraint(
                fields=["tenant", "source_pattern"],
                condition=Q(mode__in=sorted(mode.value for mode in LIVE_MODES)),
                name="policy_one_live_per_pattern",
            ),
            models.CheckConstraint(
                condition=Q(generation_confidence__gte=0, generation_confidence__lte=1),
                name="policy_confidence_is_probability",
            ),
            models.CheckConstraint(
                condition=Q(shadow_would_block__lte=F("shadow_evaluations")),
                name="policy_would_block_within_evaluations",
            ),
            models.CheckConstraint(
                condition=~Q(mode=PolicyMode.ACTIVE.value) | Q(activated_at__isnull=False),
                name="policy_active_says_since_when",
            ),
            models.CheckConstraint(
                condition=~Q(scope_id=""), name="policy_scope_names_its_subject"
            ),
            models.UniqueConstraint(fields=["tenant", "id"], name="policy_in_tenant"),
        ]
        indexes = [
            models.Index(fields=["tenant", "mode", "-created_at", "-id"], name="policy_by_mode"),
            models.Index(fields=["tenant", "-created_at", "-id"], name="policy_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.mode})"


class PolicyActivationAudit(models.Model):
    """One row for every activation, deactivation and change of mode; never altered."""

    policy = models.ForeignKey(
        PolicyRule, on_delete=models.PROTECT, related_name="activation_audit"
    )
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    source_pattern_id = models.CharField(max_length=64)
    source_recovery_id = models.CharField(max_length=64, null=True, blank=True)
    confidence_at_activation = models.FloatField()
    confidence_version = models.CharField(max_length=32)
    approval_path = models.CharField(max_length=128, help_text="auto, threshold or human:<id>")
    old_mode = models.CharField(max_length=32, null=True, blank=True)
    new_mode = models.CharField(max_length=32, choices=choices_of(PolicyMode))
    loop_trace_id = models.CharField(max_length=64, null=True, blank=True)
    note = models.TextField(default="", blank=True)
    activated_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "policy_activation_audit"
        constraints = [one_of("new_mode", PolicyMode, name="activation_mode_known")]
        indexes = [
            models.Index(fields=["tenant", "activated_at"], name="activation_by_time"),
            models.Index(fields=["source_pattern_id"], name="activation_by_pattern"),
        ]

    def __str__(self) -> str:
        return f"{self.policy_id}: {self.old_mode} → {self.new_mode}"
