"""The runtime audit contract: runs, what was expected of them, and what was acknowledged."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from loops.domain.governance import STATUSES
from loops.domain.states import (
    AckStatus,
    AuditAction,
    AuditDomain,
    AuditStatus,
    ReconciliationStatus,
    RunPhase,
    RunStatus,
)
from loops.models.traces import LoopTrace
from m25console.fields import choices_of, one_of
from m25console.models import Tenant


def _status_fits_phase() -> Q:
    fits = Q()
    for phase, statuses in STATUSES.items():
        fits |= Q(phase=phase.value, status__in=sorted(one.value for one in statuses))
    return fits


class AuditRunQuerySet(models.QuerySet["AuditRun"]):
    def for_tenant(self, tenant: Tenant) -> "AuditRunQuerySet":
        return self.filter(tenant=tenant)

    def locked(self) -> "AuditRunQuerySet":
        """Lock the rows for this transaction, in primary-key order so lockers never cross."""
        return self.select_for_update(of=("self",)).order_by("pk")


class AuditRun(models.Model):
    """One run under the contract: a loop of ours, or an agent's run that its sender reports."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    run_id = models.CharField(max_length=255, help_text="A loop's own id, or the sender's")
    trace = models.OneToOneField(
        LoopTrace, null=True, blank=True, on_delete=models.PROTECT, related_name="audit_run",
        db_constraint=False, help_text="The loop, if the run is one",
    )  # fmt: skip
    phase = models.CharField(
        max_length=32, choices=choices_of(RunPhase), default=RunPhase.CREATED,
        db_default=RunPhase.CREATED.value,
    )  # fmt: skip
    status = models.CharField(
        max_length=16, choices=choices_of(RunStatus), default=RunStatus.QUEUED,
        db_default=RunStatus.QUEUED.value,
    )  # fmt: skip
    status_code = models.CharField(max_length=64, default="", db_default="", blank=True)
    reconciliation = models.CharField(
        max_length=16, choices=choices_of(ReconciliationStatus),
        default=ReconciliationStatus.PENDING, db_default=ReconciliationStatus.PENDING.value,
    )  # fmt: skip
    findings = models.JSONField(
        null=True, blank=True, help_text="missing, drift and failed keys, as reconciled last"
    )
    reconciled_at = models.DateTimeField(null=True, blank=True)
    next_check_at = models.DateTimeField(
        null=True, blank=True, help_text="When its deadlines want a look; empty: nothing is due"
    )
    overdue_since = models.DateTimeField(
        null=True, blank=True, help_text="The oldest deadline it missed and has not made good"
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = AuditRunQuerySet.as_manager()

    class Meta:
        db_table = "audit_runs"
        constraints = [
            one_of("phase", RunPhase, name="run_phase_known"),
            one_of("status", RunStatus, name="run_status_known"),
            one_of("reconciliation", ReconciliationStatus, name="run_reconciliation_known"),
            models.UniqueConstraint(fields=["tenant", "run_id"], name="run_once_per_tenant"),
            models.CheckConstraint(
                condition=_status_fits_phase(), name="run_status_fits_its_phase"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_check_at", "id"],
                condition=Q(next_check_at__isnull=False),
                name="run_to_check",
            ),
            models.Index(
                fields=["tenant", "reconciliation", "-created_at", "-id"], name="run_by_finding"
            ),
            models.Index(
                fields=["tenant", "overdue_since", "run_id"],
                condition=Q(overdue_since__isnull=False),
                name="run_longest_overdue",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} ({self.phase})"


class AuditExpectation(models.Model):
    """Something a run promised to do by a deadline."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    run = models.ForeignKey(
        AuditRun, on_delete=models.PROTECT, related_name="expectations", db_index=False
    )
    domain = models.CharField(max_length=16, choices=choices_of(AuditDomain))
    action = models.CharField(max_length=32, choices=choices_of(AuditAction))
    status = models.CharField(
        max_length=16, choices=choices_of(AuditStatus), default=AuditStatus.PENDING,
        db_default=AuditStatus.PENDING.value,
    )  # fmt: skip
    deadline_ms = models.PositiveIntegerField()
    due_at = models.DateTimeField(
        null=True, blank=True, help_text="Empty while the run waits for a person"
    )
    acked_at = models.DateTimeField(null=True, blank=True)
    metadata = models.JSONField(default=dict, db_default={}, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "audit_expectations"
        constraints = [
            one_of("domain", AuditDomain, name="expectation_domain_known"),
            one_of("action", AuditAction, name="expectation_action_known"),
            one_of("status", AuditStatus, name="expectation_status_known"),
            models.UniqueConstraint(
                fields=["run", "domain", "action"], name="expectation_once_per_run"
            ),
            models.CheckConstraint(
                condition=~Q(status=AuditStatus.ACKED.value) | Q(acked_at__isnull=False),
                name="expectation_acked_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.domain}/{self.action} {self.status}"


class AuditAck(models.Model):
    """Word that something was done, failed or was rolled back. Never altered."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    run = models.ForeignKey(AuditRun, on_delete=models.PROTECT, related_name="acks")
    domain = models.CharField(max_length=16, choices=choices_of(AuditDomain))
    action = models.CharField(max_length=32, choices=choices_of(AuditAction))
    status = models.CharField(max_length=16, choices=choices_of(AckStatus))
    result_id = models.CharField(max_length=100, null=True, blank=True)
    error = models.TextField(null=True, blank=True)
    rolled_back = models.BooleanField(default=False, db_default=False)
    rollback_reason = models.TextField(null=True, blank=True)
    metadata = models.JSONField(default=dict, db_default={}, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "audit_acks"
        constraints = [
            one_of("domain", AuditDomain, name="ack_domain_known"),
            one_of("action", AuditAction, name="ack_action_known"),
            one_of("status", AckStatus, name="ack_status_known"),
            models.CheckConstraint(
                condition=Q(rolled_back=False, rollback_reason__isnull=True)
                | Q(rolled_back=True, rollback_reason__isnull=False),
                name="ack_rolled_back_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.domain}/{self.action} {self.status}"


class AuditAlert(models.Model):
    """What reconciliation found and somebody should look at, once per run, kind and key."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    run = models.ForeignKey(AuditRun, on_delete=models.PROTECT, related_name="alerts")
    alert_type = models.CharField(max_length=32)
    severity = models.CharField(max_length=16)
    key = models.CharField(max_length=64, default="", blank=True)
    sentence = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "audit_alerts"
        constraints = [
            models.UniqueConstraint(fields=["run", "alert_type", "key"], name="audit_alert_once"),
        ]
        indexes = [models.Index(fields=["tenant", "-created_at", "-id"], name="audit_alert_newest")]

    def __str__(self) -> str:
        return f"{self.alert_type} {self.key}"


class AuditTally(models.Model):
    """A figure of a tenant's runs that only grows. `labels` are those of the metric it is shown
    as, `name=value` with commas between."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=64)
    labels = models.CharField(max_length=100, default="", blank=True)
    value = models.FloatField(default=0)

    class Meta:
        db_table = "audit_tallies"
        verbose_name_plural = "audit tallies"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "name", "labels"], name="audit_tally_once_per_label"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}{{{self.labels}}} {self.value:g}"
