"""Carrying recoveries out: endpoints, scopes that bound it, and every try with its result."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from loops.domain.states import (
    ExecutionStatus,
    Executor,
    ProvenanceActor,
    ProvenanceEvent,
    ScopeStatus,
)
from loops.models.ids import new_execution_id, new_scope_id
from loops.models.incidents import Incident
from loops.models.recoveries import RecoveryCandidate, SuggestionAction
from loops.models.targets import Target
from m25console.fields import choices_of, one_of
from m25console.models import Tenant


class WebhookEndpoint(Target):
    """Where a tenant wants its recoveries carried out; requests are signed."""

    tenant = models.OneToOneField(
        Tenant, primary_key=True, on_delete=models.PROTECT, related_name="webhook_endpoint"
    )
    url = models.URLField(max_length=2048)
    sealed_secret = models.BinaryField(help_text="The signing secret, encrypted; never shown again")
    is_enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "webhook_endpoints"
        constraints = [
            models.CheckConstraint(
                condition=Q(sealed_previous__isnull=True, previous_until__isnull=True)
                | Q(sealed_previous__isnull=False, previous_until__isnull=False),
                name="endpoint_previous_secret_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.url


class BoundScopeQuerySet(models.QuerySet["BoundScope"]):
    def for_tenant(self, tenant: Tenant) -> "BoundScopeQuerySet":
        return self.filter(tenant=tenant)


class BoundScope(models.Model):
    """Leave to execute one action for one incident: so often, at such a cost, until then."""

    id = models.CharField(primary_key=True, max_length=64, default=new_scope_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    incident = models.ForeignKey(
        Incident, on_delete=models.PROTECT, related_name="scopes", db_constraint=False
    )
    allowed_action = models.CharField(max_length=64)
    intent = models.TextField(default="", blank=True)
    max_cost = models.DecimalField(max_digits=7, decimal_places=2, default="0.50")
    cost_used = models.DecimalField(max_digits=9, decimal_places=2, default=0)
    max_attempts = models.PositiveSmallIntegerField(default=1)
    attempts_used = models.PositiveSmallIntegerField(default=0)
    status = models.CharField(
        max_length=16, choices=choices_of(ScopeStatus), default=ScopeStatus.ACTIVE
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    objects = BoundScopeQuerySet.as_manager()

    class Meta:
        db_table = "bound_scopes"
        constraints = [
            one_of("status", ScopeStatus, name="scope_status_known"),
            models.CheckConstraint(
                condition=Q(max_attempts__gte=1, max_attempts__lte=10), name="scope_attempts_bound"
            ),
            models.CheckConstraint(
                condition=Q(attempts_used__lte=F("max_attempts")), name="scope_attempts_within"
            ),
            models.CheckConstraint(
                condition=Q(max_cost__gte=0, max_cost__lte=100), name="scope_cost_bound"
            ),
            models.CheckConstraint(
                condition=Q(cost_used__lte=F("max_cost")), name="scope_cost_within"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="scope_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.allowed_action} for {self.incident_id} ({self.status})"


class RecoveryExecutionQuerySet(models.QuerySet["RecoveryExecution"]):
    def for_tenant(self, tenant: Tenant) -> "RecoveryExecutionQuerySet":
        return self.filter(tenant=tenant)

    def of_loop(self) -> "RecoveryExecutionQuerySet":
        """The one real execution of a recovery; those within a scope and dry runs are extra."""
        return self.filter(is_dry_run=False, scope__isnull=True)

    def newest_first(self) -> "RecoveryExecutionQuerySet":
        return self.order_by("-created_at", "-pk")

    def locked(self) -> "RecoveryExecutionQuerySet":
        """Lock the rows for this transaction, in primary-key order so lockers never cross."""
        return self.select_for_update(of=("self",)).order_by("pk")


class RecoveryExecution(models.Model):
    """One wanted execution of a recovery's action: its tries, and what came of it."""

    id = models.CharField(primary_key=True, max_length=64, default=new_execution_id, editable=False)
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, related_name="executions", db_index=False
    )
    recovery = models.ForeignKey(
        RecoveryCandidate, on_delete=models.PROTECT, related_name="executions"
    )
    action = models.ForeignKey(
        SuggestionAction, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    scope = models.ForeignKey(
        BoundScope, null=True, blank=True, on_delete=models.PROTECT, related_name="executions"
    )
    executor = models.CharField(max_length=16, choices=choices_of(Executor))
    idempotency_key = models.UUIDField(default=uuid4, unique=True, editable=False)
    status = models.CharField(
        max_length=16, choices=choices_of(ExecutionStatus), default=ExecutionStatus.PENDING
    )
    is_dry_run = models.BooleanField(default=False)
    request = models.JSONField(default=dict, blank=True, help_text="What is, or was, sent")
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=5)
    cost = models.DecimalField(max_digits=9, decimal_places=2, default=0)
    result = models.JSONField(null=True, blank=True)
    error = models.TextField(default="", blank=True)
    requested_by = models.CharField(max_length=254, default="system")
    created_at = models.DateTimeField(default=timezone.now)
    next_attempt_at = models.DateTimeField(
        null=True, blank=True, help_text="When a worker should try; empty: it rests"
    )
    lease_until = models.DateTimeField(
        null=True, blank=True, help_text="Until when the worker that tries it has leave to"
    )
    ticket = models.CharField(max_length=32, default="", blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = RecoveryExecutionQuerySet.as_manager()

    class Meta:
        db_table = "recovery_executions"
        constraints = [
            one_of("executor", Executor, name="execution_executor_known"),
            one_of("status", ExecutionStatus, name="execution_status_known"),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "executing"], finished_at__isnull=True)
                | Q(
                    status__in=["succeeded", "failed", "skipped", "rolled_back"],
                    finished_at__isnull=False,
                    next_attempt_at__isnull=True,
                ),
                name="execution_finished_at_iff_finished",
            ),
            models.CheckConstraint(
                condition=Q(attempts__lte=F("max_attempts")), name="execution_attempts_within"
            ),
            models.UniqueConstraint(
                fields=["recovery"],
                condition=Q(is_dry_run=False, scope__isnull=True),
                name="execution_once_per_recovery",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=Q(next_attempt_at__isnull=False),
                name="execution_due",
            ),
            models.Index(fields=["tenant", "-created_at", "-id"], name="execution_newest"),
            models.Index(
                fields=["tenant", "id"], condition=~Q(ticket=""), name="execution_in_flight"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} ({self.status})"


class RecoveryProvenanceQuerySet(models.QuerySet["RecoveryProvenance"]):
    def for_tenant(self, tenant: Tenant) -> "RecoveryProvenanceQuerySet":
        return self.filter(tenant=tenant)

    def oldest_first(self) -> "RecoveryProvenanceQuerySet":
        return self.order_by("created_at", "pk")


class RecoveryProvenance(models.Model):
    """One step in the history of a recovery. Never altered."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    recovery = models.ForeignKey(
        RecoveryCandidate, on_delete=models.PROTECT, related_name="provenance"
    )
    event_type = models.CharField(max_length=32, choices=choices_of(ProvenanceEvent))
    details = models.JSONField(default=dict, blank=True)
    rule_id = models.CharField(max_length=64, null=True, blank=True)
    action = models.ForeignKey(
        SuggestionAction, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    confidence_before = models.FloatField(null=True, blank=True)
    confidence_after = models.FloatField(null=True, blank=True)
    actor = models.CharField(max_length=254, default="system")
    actor_type = models.CharField(
        max_length=16, choices=choices_of(ProvenanceActor), default=ProvenanceActor.SYSTEM
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = RecoveryProvenanceQuerySet.as_manager()

    class Meta:
        db_table = "suggestion_provenance"
        constraints = [
            one_of("event_type", ProvenanceEvent, name="provenance_event_known"),
            one_of("actor_type", ProvenanceActor, name="provenance_actor_known"),
        ]

    def __str__(self) -> str:
        return f"{self.recovery_id}: {self.event_type}"
