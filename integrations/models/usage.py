"""What was used: each call a fact that never changes, and the sums that follow from them."""

from collections.abc import Mapping
from typing import Any, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Avg, Count, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from integrations.domain.states import PolicyResult
from integrations.models.ids import new_usage_id
from m25console.fields import choices_of, one_of
from m25console.models import Tenant

# Of calls as they were reported, by the names that the sums of a day have.
SUMS: Final[Mapping[str, Any]] = {
    "total_calls": Count("id"),
    "total_tokens_in": Coalesce(Sum("tokens_in"), 0),
    "total_tokens_out": Coalesce(Sum("tokens_out"), 0),
    "total_cost_cents": Coalesce(Sum("cost_cents"), 0),
    "avg_latency_ms": Avg("latency_ms"),
    "error_count": Count("id", filter=Q(error_code__isnull=False)),
    "blocked_count": Count("id", filter=Q(policy_result=PolicyResult.BLOCKED)),
    "unpriced_count": Count("id", filter=Q(price_version="")),
}


class UsageRecordQuerySet(models.QuerySet["UsageRecord"]):
    def for_tenant(self, tenant: Tenant) -> "UsageRecordQuerySet":
        return self.filter(tenant=tenant)

    def newest_first(self) -> "UsageRecordQuerySet":
        return self.order_by("-created_at", "-id")

    def with_cost_now(self) -> "UsageRecordQuerySet":
        """Each with `cents_now` and `version_now`: as it was repriced last, if it was."""
        last = UsageRepricing.objects.filter(usage=OuterRef("pk")).order_by("-id")
        return self.annotate(
            cents_now=Coalesce(Subquery(last.values("new_cents")[:1]), "cost_cents"),
            version_now=Coalesce(Subquery(last.values("new_version")[:1]), "price_version"),
        )


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


class UsageRepricing(models.Model):
    """That one past call costs something else than was thought; history. What limits counted
    stays as it was counted."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    run = models.ForeignKey(
        "integrations.RepricingRun", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    usage = models.ForeignKey(
        UsageRecord, on_delete=models.PROTECT, related_name="repricings", db_index=False
    )
    happened_at = models.DateTimeField(help_text="When the call was made")
    old_cents = models.PositiveIntegerField()
    old_version = models.CharField(max_length=32, default="", blank=True)
    new_cents = models.PositiveIntegerField()
    new_version = models.CharField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        db_table = "cus_usage_repricings"
        constraints = [
            models.UniqueConstraint(fields=["run", "usage"], name="usage_repriced_once_a_run"),
            models.CheckConstraint(condition=~Q(new_version=""), name="usage_repriced_by_a_price"),
        ]
        indexes = [
            models.Index(fields=["usage", "-id"], name="usage_repriced_last"),
            models.Index(fields=["happened_at"], name="usage_repriced_day"),
        ]

    def __str__(self) -> str:
        return f"{self.usage_id}: {self.old_cents} → {self.new_cents}"
