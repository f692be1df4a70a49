"""A tenant's connections to providers of language models, and how each was found to be."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, JSONObject
from django.utils import timezone

from integrations.domain import health
from integrations.domain.states import HealthState, IntegrationStatus, Provider
from integrations.models.credentials import name_behind_reference
from integrations.models.ids import new_integration_id
from integrations.models.usage import UsageMeter, UsageRecord
from integrations.models.watched import Awaited, due_and_given
from m25console.fields import choices_of, one_of
from m25console.models import Tenant

if TYPE_CHECKING:
    from integrations.models.limits import LimitRaise

BYTES_OF_A_HASH = 32


class IntegrationQuerySet(models.QuerySet["Integration"]):
    def for_tenant(self, tenant: Tenant) -> "IntegrationQuerySet":
        """Those that are there: a deleted one is found nowhere but in its history."""
        return self.filter(tenant=tenant, deleted_at__isnull=True)

    def enabled(self) -> "IntegrationQuerySet":
        return self.filter(status=IntegrationStatus.ENABLED, deleted_at__isnull=True)

    def with_use(self, *, month: date) -> "IntegrationQuerySet":
        """Each with `cents_used` and `tokens_used` in the month that begins on `month`, and with
        its raise."""
        meters = UsageMeter.objects.filter(
            tenant=OuterRef("tenant"), integration_id=OuterRef("pk"), month=month
        ).order_by()
        sums = {
            f"{name}_used": Coalesce(
                Subquery(meters.values("month").annotate(sum=Sum(name)).values("sum")), 0
            )
            for name in ("cents", "tokens")
        }
        return self.annotate(**sums).with_raise()

    def with_raise(self) -> "IntegrationQuerySet":
        """Each with what its limits are raised to for a while, if they are."""
        return self.select_related("raised")

    def with_first_call(self) -> "IntegrationQuerySet":
        """Each with `first_call`, what was told of the first call reported for it, or None."""
        told = {name: name for name in ("created_at", "agent_id", "call_id", "model")}
        calls = UsageRecord.objects.filter(tenant=OuterRef("tenant"), integration_id=OuterRef("pk"))
        first = calls.order_by("created_at", "id").values(told=JSONObject(**told))
        return self.annotate(first_call=Subquery(first[:1]))

    def with_last_check(self) -> "IntegrationQuerySet":
        """Each with `last_check`, what the latest look at it found, or None."""
        names = ("at", "state", "message", "stages", "by_person")
        looks = HealthCheck.objects.filter(integration=OuterRef("pk")).newest_first()
        latest = looks.values(told=JSONObject(**{name: name for name in names}))
        return self.annotate(last_check=Subquery(latest[:1]))

    def with_key_name(self) -> "IntegrationQuerySet":
        """Each with `key_name`, as the stored credential is called that it uses, or None."""
        return self.annotate(key_name=name_behind_reference())

    def newest_first(self) -> "IntegrationQuerySet":
        return self.order_by("-created_at", "-id")


class Integration(Awaited):
    """One account with one provider, used with the tenant's own key."""

    id = models.CharField(
        primary_key=True, max_length=64, default=new_integration_id, editable=False
    )
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=255)
    provider_type = models.CharField(max_length=50, choices=choices_of(Provider))
    credential_ref = models.TextField(help_text="Where the key lies; never the key")
    config = models.JSONField(default=dict, blank=True, help_text="No secrets")
    status = models.CharField(
        max_length=20, choices=choices_of(IntegrationStatus), default=IntegrationStatus.CREATED
    )
    health_state = models.CharField(
        max_length=20, choices=choices_of(HealthState), default=HealthState.UNKNOWN
    )
    health_checked_at = models.DateTimeField(null=True, blank=True)
    health_message = models.TextField(default="", blank=True)
    check_every_seconds = models.PositiveIntegerField(default=health.EVERY)
    tested_at = models.DateTimeField(null=True, blank=True, help_text="Last by a person")
    failing_since = models.DateTimeField(
        null=True, blank=True, help_text="When the trouble began that the loop was told of"
    )
    default_model = models.CharField(max_length=100, null=True, blank=True)
    budget_limit_cents = models.PositiveIntegerField(default=0, help_text="A month; 0: no limit")
    token_limit_month = models.PositiveBigIntegerField(default=0, help_text="0: no limit")
    rate_limit_rpm = models.PositiveIntegerField(default=0, help_text="A minute; 0: no limit")
    enforces = models.BooleanField(
        default=True, help_text="Else its limits only tell what they would have stopped"
    )
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = IntegrationQuerySet.as_manager()

    class Meta:
        db_table = "cus_integrations"
        constraints = [
            one_of("provider_type", Provider, name="integration_provider_known"),
            one_of("status", IntegrationStatus, name="integration_status_known"),
            one_of("health_state", HealthState, name="integration_health_known"),
            models.CheckConstraint(condition=~Q(name=""), name="integration_has_a_name"),
            models.CheckConstraint(
                condition=Q(check_every_seconds__range=(health.SOONEST, health.LATEST)),
                name="integration_check_interval_in_bounds",
            ),
            models.CheckConstraint(
                condition=~Q(credential_ref=""), name="integration_has_a_reference"
            ),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True) | Q(status=IntegrationStatus.DISABLED.value),
                name="integration_deleted_is_disabled",
            ),
            models.UniqueConstraint(
                fields=["tenant", "name"],
                condition=Q(deleted_at__isnull=True),
                name="integration_name_once",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="integration_newest"),
            *due_and_given("integration"),
        ]

    def __str__(self) -> str:
        return self.name

    def raised_at(self, moment: datetime) -> "LimitRaise | None":
        """What its limits are raised to at that moment, if they are."""
        raised: LimitRaise | None = getattr(self, "raised", None)
        return raised if raised is not None and moment < raised.until else None

    @property
    def check_every(self) -> timedelta:
        return timedelta(seconds=self.check_every_seconds)


class HealthCheckQuerySet(models.QuerySet["HealthCheck"]):
    def newest_first(self) -> "HealthCheckQuerySet":
        return self.order_by("-at", "-id")


class HealthCheck(models.Model):
    """One look at an integration, stage by stage."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    integration = models.ForeignKey(
        Integration, on_delete=models.PROTECT, related_name="health_checks", db_index=False
    )
    at = models.DateTimeField()
    state = models.CharField(max_length=20, choices=choices_of(HealthState))
    error = models.CharField(max_length=64, default="", blank=True)
    message = models.TextField(default="", blank=True)
    latency_ms = models.PositiveIntegerField(null=True, blank=True)
    stages = models.JSONField(default=list, blank=True)
    by_person = models.BooleanField(default=False)

    objects = HealthCheckQuerySet.as_manager()

    class Meta:
        db_table = "cus_health_checks"
        constraints = [one_of("state", HealthState, name="health_check_state_known")]
        indexes = [
            models.Index(
                fields=["integration", "-at", "-id"],
                include=["state", "latency_ms"],  # what a month of looks is summed up from
                name="health_check_newest",
            ),
            models.Index(fields=["at"], name="health_check_age"),
        ]

    def __str__(self) -> str:
        return f"{self.integration_id} {self.state}"


class IntegrationKey(models.Model):
    """What a customer's program shows to report usage and to ask for leave; only its hash."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    integration = models.ForeignKey(
        Integration, on_delete=models.PROTECT, related_name="keys", db_index=False
    )
    prefix = models.CharField(max_length=12, help_text="The secret's beginning, to tell keys apart")
    secret_hash = models.BinaryField(max_length=BYTES_OF_A_HASH, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "cus_integration_keys"
        indexes = [models.Index(fields=["integration", "-id"], name="integration_key_newest")]

    def __str__(self) -> str:
        return self.prefix
