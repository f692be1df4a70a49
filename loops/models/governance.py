"""What people agreed about a policy, what it looked like before, and where it does not apply."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from loops.models.policies import PolicyRule
from m25console.fields import probability
from m25console.models import Tenant


class PolicyConfirmation(models.Model):
    """One person's yes to one revision of a policy. A row, not a counter: nobody counts twice."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    policy = models.ForeignKey(PolicyRule, on_delete=models.PROTECT, related_name="confirmations")
    revision = models.PositiveIntegerField()
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="policy_confirmations"
    )
    note = models.TextField(default="", blank=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "policy_confirmations"
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "revision", "reviewer"],
                name="policy_confirmation_once_per_reviewer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reviewer} confirmed {self.policy_id}"


class PolicyVersion(models.Model):
    """A policy as it was from one edit to the next; never altered."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    policy = models.ForeignKey(PolicyRule, on_delete=models.PROTECT, related_name="versions")
    revision = models.PositiveIntegerField()
    name = models.CharField(max_length=255)
    conditions = models.JSONField()
    actions = models.JSONField()
    scope_type = models.CharField(max_length=16)
    scope_id = models.CharField(max_length=255)
    changed_by = models.CharField(max_length=254)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Who wrote this revision, and so may not confirm it",
    )
    note = models.TextField(default="", blank=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "policy_versions"
        constraints = [
            models.UniqueConstraint(fields=["policy", "revision"], name="policy_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.policy_id} revision {self.revision}"


class PolicyException(models.Model):
    """Requests a policy leaves alone for a while, and why."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    policy = models.ForeignKey(PolicyRule, on_delete=models.PROTECT, related_name="exceptions")
    conditions = models.JSONField(help_text="Which requests, in the language of policies")
    reason = models.TextField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Taken back before its time")
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        db_table = "policy_exceptions"
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="policy_exception_says_why"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")),
                name="policy_exception_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="policy_exception_end_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy_id} but for {self.reason[:40]}"


class PolicyPromise(models.Model):
    """What a policy's backtest promised when it was activated; never altered."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    policy = models.ForeignKey(PolicyRule, on_delete=models.PROTECT, related_name="promises")
    revision = models.PositiveIntegerField()
    window_days = models.PositiveSmallIntegerField()
    evaluations = models.PositiveBigIntegerField(help_text="How many requests were replayed")
    expected_rate = models.FloatField(null=True, help_text="Share it would act on; null: no data")
    low = models.FloatField(null=True, help_text="Lower bound of the 95% Wilson interval")
    high = models.FloatField(null=True, help_text="Upper bound of the 95% Wilson interval")
    results = models.JSONField(default=dict, help_text="The backtest's counts, as shown then")
    made_at = models.DateTimeField()

    class Meta:
        db_table = "policy_promises"
        constraints = [
            probability("expected_rate", name="promise_rate_is_share"),
            models.CheckConstraint(
                condition=Q(expected_rate__isnull=True, low__isnull=True, high__isnull=True)
                | Q(low__lte=F("expected_rate"), high__gte=F("expected_rate")),
                name="promise_interval_holds_its_rate",
            ),
        ]
        indexes = [models.Index(fields=["policy", "-made_at"], name="promise_latest")]

    def __str__(self) -> str:
        return f"{self.policy_id} promised {self.expected_rate}"
