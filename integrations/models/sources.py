"""Where a tenant's agents read from, and how each source was found to be."""

from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from integrations.domain import health
from integrations.domain.sources import SourceStatus, SourceType
from integrations.models.ids import new_source_id
from integrations.models.watched import Awaited, due_and_given
from m25console.access import Actor
from m25console.fields import choices_of, one_of
from m25console.models import Tenant
from m25console.vocabulary import Role


class DataSourceQuerySet(models.QuerySet["DataSource"]):
    def for_tenant(self, tenant: Tenant) -> "DataSourceQuerySet":
        """Those that are there: a deleted one is found nowhere but in its history."""
        return self.filter(tenant=tenant, deleted_at__isnull=True)

    def open_to(self, actor: Actor) -> "DataSourceQuerySet":
        """Those of the actor's tenant that are open to their role, or to one that it includes;
        who administers sees all."""
        mine = self.for_tenant(actor.tenant)
        if actor.can_administer:
            return mine
        order = list(Role)
        held = order[: order.index(actor.role) + 1] if actor.role else []
        included = [one.value for one in held]
        return mine.filter(Q(access_roles=[]) | Q(access_roles__overlap=included))

    def by_name(self) -> "DataSourceQuerySet":
        return self.order_by("name", "id")


class DataSource(Awaited):
    """One place to read from. What is secret of its configuration lies in the vault; here there
    are marks in its stead."""

    id = models.CharField(primary_key=True, max_length=64, default=new_source_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=255)
    source_type = models.CharField(max_length=16, choices=choices_of(SourceType))
    config = models.JSONField(default=dict, blank=True, help_text="Secrets are marked by ***")
    config_version = models.PositiveIntegerField(default=1, help_text="Goes up with every change")
    credential_ref = models.TextField(
        default="", blank=True, help_text="Where its secrets lie; empty: it has none"
    )
    status = models.CharField(
        max_length=16, choices=choices_of(SourceStatus), default=SourceStatus.PENDING
    )
    status_before_error = models.CharField(
        max_length=16, choices=choices_of(SourceStatus), null=True, blank=True
    )
    description = models.TextField(default="", blank=True)
    tags = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    access_roles = ArrayField(
        models.CharField(max_length=16), default=list, blank=True, help_text="Empty: all roles"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    proven_at = models.DateTimeField(
        null=True, blank=True, help_text="Last good look at this configuration"
    )
    check_every_seconds = models.PositiveIntegerField(
        default=health.EVERY, help_text="While it is active"
    )
    tested_at = models.DateTimeField(null=True, blank=True, help_text="Last asked for")
    failures = models.PositiveIntegerField(default=0, help_text="Looks in a row until now")
    failing_since = models.DateTimeField(
        null=True, blank=True, help_text="When the trouble began that the loop was told of"
    )
    last_connected_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(default="", blank=True)
    connection_count = models.PositiveIntegerField(default=0)
    error_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = DataSourceQuerySet.as_manager()

    class Meta:
        db_table = "cus_data_sources"
        constraints = [
            one_of("source_type", SourceType, name="data_source_type_known"),
            one_of("status", SourceStatus, name="data_source_status_known"),
            one_of("status_before_error", SourceStatus, name="data_source_earlier_status_known"),
            models.CheckConstraint(condition=~Q(name=""), name="data_source_has_a_name"),
            models.CheckConstraint(
                condition=Q(check_every_seconds__range=(health.SOONEST, health.LATEST)),
                name="data_source_check_interval_in_bounds",
            ),
            models.CheckConstraint(
                condition=Q(status=SourceStatus.ERROR.value, status_before_error__isnull=False)
                | (~Q(status=SourceStatus.ERROR.value) & Q(status_before_error__isnull=True)),
                name="data_source_error_knows_the_way_back",
            ),
            models.CheckConstraint(
                condition=Q(failing_since__isnull=True) | Q(status=SourceStatus.ERROR.value),
                name="data_source_failing_is_in_error",
            ),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True) | Q(credential_ref=""),
                name="data_source_deleted_has_no_secret",
            ),
            models.UniqueConstraint(
                fields=["tenant", "name"],
                condition=Q(deleted_at__isnull=True),
                name="data_source_name_once",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="data_source_newest"),
            *due_and_given("data_source"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def check_every(self) -> timedelta:
        return timedelta(seconds=self.check_every_seconds)


class SourceCheck(models.Model):
    """One look at a source, stage by stage; history."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    source = models.ForeignKey(
        DataSource, on_delete=models.PROTECT, related_name="checks", db_index=False
    )
    at = models.DateTimeField()
    is_good = models.BooleanField()
    error = models.CharField(max_length=16, default="", blank=True, help_text="Stage that failed")
    message = models.TextField(default="", blank=True)
    latency_ms = models.PositiveIntegerField()
    stages = models.JSONField(default=list, blank=True)
    names = models.JSONField(default=list, blank=True, help_text="Of some of what is there")
    by_label = models.CharField(max_length=254)

    class Meta:
        db_table = "cus_data_source_checks"
        constraints = [
            models.CheckConstraint(
                condition=Q(is_good=True, error="") | (Q(is_good=False) & ~Q(error="")),
                name="data_source_check_fails_at_a_stage",
            )
        ]
        indexes = [
            models.Index(
                fields=["source", "-at", "-id"],
                include=["is_good", "latency_ms"],
                name="data_source_check_newest",
            ),
            models.Index(fields=["at"], name="data_source_check_age"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.error or 'good'}"
