"""What limits are kept by, what they said, and what was told of them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from integrations.domain import limits
from integrations.domain.states import Enforcement, FailMode
from integrations.models.ids import new_decision_id, new_warning_id
from integrations.models.integrations import Integration
from m25console.fields import choices_of, one_of
from m25console.models import Tenant


def usual_thresholds() -> list[int]:
    return list(limits.WARN_AT)


class EnforcementConfig(models.Model):
    """What a tenant chose for all its integrations."""

    tenant = models.OneToOneField(
        Tenant, primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    fail_mode = models.CharField(max_length=8, choices=choices_of(FailMode), default=FailMode.OPEN)
    warn_at = models.JSONField(
        default=usual_thresholds, help_text="Percent of a month's limit, each told of once"
    )
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "cus_enforcement_configs"
        constraints = [one_of("fail_mode", FailMode, name="fail_mode_known")]

    def __str__(self) -> str:
        return f"{self.tenant_id}: {self.fail_mode}"


class LimitRaise(models.Model):
    """Higher limits of one integration for a while; 0 leaves a limit as it is. The audit keeps
    those that were."""

    integration = models.OneToOneField(
        Integration, primary_key=True, on_delete=models.PROTECT, related_name="raised"
    )
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    budget_limit_cents = models.PositiveIntegerField(default=0)
    token_limit_month = models.PositiveBigIntegerField(default=0)
    rate_limit_rpm = models.PositiveIntegerField(default=0)
    until = models.DateTimeField()
    reason = models.TextField()
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        db_table = "cus_limit_raises"
        constraints = [
            models.CheckConstraint(
                condition=Q(budget_limit_cents__gt=0)
                | Q(token_limit_month__gt=0)
                | Q(rate_limit_rpm__gt=0),
                name="limit_raise_raises",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="limit_raise_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.integration_id} until {self.until:%Y-%m-%d}"


class LimitWarning(models.Model):
    """That an integration came to a threshold of a month's limit: told once in that month."""

    id = models.CharField(primary_key=True, max_length=64, default=new_warning_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    integration = models.ForeignKey(
        Integration, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    limit_type = models.CharField(max_length=8)
    month = models.DateField(help_text="Its first day, in UTC")
    percent = models.PositiveSmallIntegerField(help_text="The threshold, not how much is used")
    used = models.PositiveBigIntegerField()
    limit_value = models.PositiveBigIntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "cus_limit_warnings"
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "month", "limit_type", "percent"], name="limit_warned_once"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-at", "-id"], name="limit_warning_newest")]

    def __str__(self) -> str:
        return f"{self.integration_id} {self.limit_type} {self.percent}%"


class EnforcementDecisionQuerySet(models.QuerySet["EnforcementDecision"]):
    def for_tenant(self, tenant: Tenant) -> "EnforcementDecisionQuerySet":
        return self.filter(tenant=tenant)


class EnforcementDecision(models.Model):
    """A call that was stopped, warned of, or would have been stopped; kept for ninety days."""

    id = models.CharField(primary_key=True, max_length=64, default=new_decision_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    integration_id = models.CharField(max_length=64)
    result = models.CharField(max_length=16, choices=choices_of(Enforcement))
    would_be = models.CharField(
        max_length=16,
        choices=choices_of(Enforcement),
        help_text="What its limits say, where they only observe",
    )
    degraded = models.BooleanField(default=False)
    enforces = models.BooleanField(default=True, help_text="Whether its limits stop calls")
    fail_mode = models.CharField(max_length=8, choices=choices_of(FailMode), default=FailMode.OPEN)
    rules = models.CharField(max_length=32, default="", blank=True, help_text="Their version")
    price_version = models.CharField(max_length=32, default="", blank=True)
    raised_until = models.DateTimeField(null=True, blank=True)
    reasons = models.JSONField(default=list)
    looked = models.JSONField(default=list, help_text="Each limit as it stood")
    wanted_cents = models.PositiveIntegerField(default=0)
    wanted_tokens = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()

    objects = EnforcementDecisionQuerySet.as_manager()

    class Meta:
        db_table = "cus_enforcement_decisions"
        constraints = [
            one_of("result", Enforcement, name="enforcement_result_known"),
            one_of("would_be", Enforcement, name="enforcement_would_be_known"),
            one_of("fail_mode", FailMode, name="enforcement_fail_mode_known"),
        ]
        indexes = [
            models.Index(fields=["tenant", "-at", "-id"], name="enforcement_of_tenant"),
            models.Index(fields=["tenant", "result", "-at", "-id"], name="enforcement_result"),
            models.Index(
                fields=["tenant", "integration_id", "-at", "-id"], name="enforcement_newest"
            ),
            models.Index(fields=["at"], name="enforcement_age"),
        ]

    def __str__(self) -> str:
        return f"{self.result} {self.integration_id}"


class EnforcementTally(models.Model):
    """How often limits said what on one day (UTC), in several rows so that many may count at
    once. `reason` is the kind of the limit that stopped, or would have."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    integration_id = models.CharField(max_length=64, help_text="Empty: there was no such one")
    day = models.DateField()
    share = models.PositiveSmallIntegerField()
    result = models.CharField(max_length=16, choices=choices_of(Enforcement))
    would_be = models.CharField(max_length=16, choices=choices_of(Enforcement))
    reason = models.CharField(max_length=8, default="", blank=True)
    answers = models.PositiveBigIntegerField(default=0)
    wanted_cents = models.PositiveBigIntegerField(default=0)

    class Meta:
        db_table = "cus_enforcement_tallies"
        verbose_name_plural = "enforcement tallies"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "integration_id", "day", "result", "would_be", "reason", "share"],
                name="enforcement_tally_once",
            ),
        ]
        indexes = [models.Index(fields=["day"], name="enforcement_tally_age")]

    def __str__(self) -> str:
        return f"{self.integration_id} {self.day} {self.result}"
