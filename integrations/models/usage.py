"""What was used: each call a fact that never changes, and the sums that follow from them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from integrations.domain.states import PolicyResult
from integrations.models.ids import new_usage_id
from m25console.fields import choices_of, one_of
from m25console.models import Tenant


class UsageRecordQuerySet(models.QuerySet["UsageRecord"]):
    def for_tenant(self, tenant: Tenant) -> "UsageRecordQuerySet":
        return self.filter(tenant=tenant)

    def newest_first(self) -> "UsageRecordQuerySet":
        return self.order_by("-created_at", "-id")


class UsageRecord(models.Model):
    """One call of a model, as its caller reported it."""

    id = models.CharField(primary_key=True, max_length=64, default=new_usage_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    integration_id = models.CharField(max_length=64)
    session_id = models.UUIDField(null=True, blank=True)
    agent_id = models.CharField(max_length=100, null=True, blank=True)
    call_id = models.CharField(max_length=100)
    provider = models.CharField(max_length=50)
    model = models.CharField(max_length=100)
    tokens_in = models.PositiveIntegerField()
    tokens_out = models.PositiveIntegerField()
    cost_cents = models.PositiveIntegerField(help_text="What counts against the budget")
    reported_cents = models.PositiveIntegerField(help_text="As the caller thought")
    price_version = models.CharField(
        max_length=32, default="", blank=True, help_text="Empty: the model is unpriced"
    )
    latency_ms = models.PositiveIntegerField(null=True, blank=True)
    policy_result = models.CharField(
        max_length=20, choices=choices_of(PolicyResult), default=PolicyResult.ALLOWED
    )
    error_code = models.CharField(max_length=50, null=True, blank=True)
    error_message = models.TextField(null=True, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = UsageRecordQuerySet.as_manager()

    class Meta:
        db_table = "cus_llm_usage"
        constraints = [
            one_of("policy_result", PolicyResult, name="usage_result_known"),
            models.CheckConstraint(
                condition=Q(tokens_in__gte=0, tokens_out__gte=0), name="usage_tokens_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(cost_cents__gte=0, reported_cents__gte=0),
                name="usage_cost_not_negative",
            ),
            models.UniqueConstraint(fields=["tenant", "call_id"], name="usage_call_once"),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="usage_newest"),
            models.Index(
                fields=["tenant", "integration_id", "-created_at", "-id"],
                name="usage_of_integration",
            ),
            models.Index(fields=["tenant", "agent_id", "-created_at"], name="usage_of_agent"),
        ]

    def __str__(self) -> str:
        return self.call_id

    @property
    def total_tokens(self) -> int:
        return self.tokens_in + self.tokens_out

    @property
    def is_error(self) -> bool:
        return self.error_code is not None


class UsageMeter(models.Model):
    """What one integration used in one month, in several rows so that many may count at once.

    It changes with the records it counts, in their transaction.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    integration_id = models.CharField(max_length=64)
    month = models.DateField(help_text="Its first day, in UTC")
    share = models.PositiveSmallIntegerField()
    cents = models.PositiveBigIntegerField(default=0)
    tokens = models.PositiveBigIntegerField(default=0)
    calls = models.PositiveBigIntegerField(default=0)

    class Meta:
        db_table = "cus_usage_meters"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "integration_id", "month", "share"], name="usage_meter_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.integration_id} {self.month:%Y-%m}"


class UsageDay(models.Model):
    """The sums of one day in UTC; made again from the records, and never what decides."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    integration_id = models.CharField(max_length=64)
    date = models.DateField()
    total_calls = models.PositiveIntegerField(default=0)
    total_tokens_in = models.PositiveBigIntegerField(default=0)
    total_tokens_out = models.PositiveBigIntegerField(default=0)
    total_cost_cents = models.PositiveBigIntegerField(default=0)
    avg_latency_ms = models.PositiveIntegerField(null=True, blank=True)
    error_count = models.PositiveIntegerField(default=0)
    blocked_count = models.PositiveIntegerField(default=0)
    unpriced_count = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "cus_usage_daily"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "date", "integration_id"], name="usage_day_once"
            ),
            models.CheckConstraint(
                condition=Q(total_calls__gte=F("error_count")), name="usage_day_errors_are_calls"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.integration_id} {self.date}"


class UsageSlice(models.Model):
    """The calls of one day in UTC that are alike: made again from the records and what they were
    repriced to, and never what decides. The days are sums of these."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    integration_id = models.CharField(max_length=64)
    date = models.DateField()
    provider = models.CharField(max_length=50)
    model = models.CharField(max_length=100)
    policy_result = models.CharField(max_length=20)
    error_code = models.CharField(max_length=50, default="", blank=True)
    total_calls = models.PositiveIntegerField(default=0)
    total_tokens_in = models.PositiveBigIntegerField(default=0)
    total_tokens_out = models.PositiveBigIntegerField(default=0)
    total_cost_cents = models.PositiveBigIntegerField(default=0)
    unpriced_count = models.PositiveIntegerField(default=0)
    our_cents = models.PositiveBigIntegerField(default=0, help_text="Of the calls with a price")
    their_cents = models.PositiveBigIntegerField(
        default=0, help_text="What the senders of these calls thought"
    )
    timed_count = models.PositiveIntegerField(default=0, help_text="Calls that told how long")
    latency_ms = models.PositiveBigIntegerField(default=0, help_text="Of all of these together")
    latency_counts = ArrayField(
        models.PositiveIntegerField(), default=list, help_text="By LATENCY_BOUNDS"
    )

    class Meta:
        db_table = "cus_usage_slices"
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "tenant", "date", "integration_id", "provider", "model", "policy_result",
                    "error_code",
                ],
                name="usage_slice_once",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.integration_id} {self.date} {self.model}"
