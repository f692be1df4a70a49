from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Now
from django.utils import timezone

from loops.domain.confidence import Band
from loops.domain.states import CauseType, IncidentState, Severity, SourceType
from loops.models.ids import new_incident_id
from m25console.fields import choices_of, one_of
from m25console.models import Tenant


class IncidentQuerySet(models.QuerySet["Incident"]):
    def for_tenant(self, tenant: Tenant) -> "IncidentQuerySet":
        return self.filter(tenant=tenant)

    def newest_first(self) -> "IncidentQuerySet":
        return self.order_by("-created_at", "-id")

    def of_pattern(self, pattern_id: str) -> "IncidentQuerySet":
        return self.filter(matched_pattern=pattern_id)

    def reported_since(self, moment: datetime) -> "IncidentQuerySet":
        return self.filter(created_at__gte=moment)


class Incident(models.Model):
    """A recorded failure of one tenant, as it was reported, and what the loop made of it."""

    id = models.CharField(primary_key=True, max_length=100, default=new_incident_id, editable=False)
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, related_name="incidents", db_index=False
    )
    title = models.CharField(max_length=255)
    severity = models.CharField(max_length=20, choices=choices_of(Severity))
    lifecycle_state = models.CharField(
        max_length=16,
        choices=choices_of(IncidentState),
        default=IncidentState.ACTIVE,
        db_default=IncidentState.ACTIVE.value,
    )
    status = models.GeneratedField(
        expression=Case(
            When(lifecycle_state="active", then=Value("open")),
            When(lifecycle_state="acked", then=Value("acknowledged")),
            default=Value("resolved"),
        ),
        output_field=models.CharField(max_length=20),
        db_persist=True,
    )

    # What was reported.
    error_type = models.CharField(max_length=128)
    error_code = models.CharField(max_length=255, null=True, blank=True)
    error_message = models.TextField(null=True, blank=True)
    context = models.JSONField(default=dict, db_default={}, blank=True)
    affected_agent_id = models.CharField(max_length=255, null=True, blank=True)
    agent_capability = models.CharField(max_length=255, null=True, blank=True)
    api_endpoint = models.CharField(max_length=2048, null=True, blank=True)
    status_code = models.IntegerField(null=True, blank=True)
    source_run_id = models.CharField(max_length=255, null=True, blank=True)
    trigger_type = models.CharField(max_length=50, default="run_failure", db_default="run_failure")
    trigger_value = models.TextField(null=True, blank=True)
    category = models.CharField(max_length=50, null=True, blank=True)
    description = models.TextField(null=True, blank=True)
    source_type = models.CharField(
        max_length=16,
        choices=choices_of(SourceType),
        default=SourceType.RUN,
        db_default=SourceType.RUN.value,
    )
    cause_type = models.CharField(
        max_length=16,
        choices=choices_of(CauseType),
        default=CauseType.SYSTEM,
        db_default=CauseType.SYSTEM.value,
    )
    impact_scope = models.CharField(max_length=50, null=True, blank=True)
    affected_count = models.IntegerField(default=1, db_default=1)
    calls_affected = models.IntegerField(default=0, db_default=0)
    related_call_ids = ArrayField(
        models.CharField(max_length=100), default=list, db_default=[], blank=True, size=1000
    )
    cost_delta_cents = models.DecimalField(max_digits=10, decimal_places=4, default=0, db_default=0)
    cost_impact = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    error_rate = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    auto_action = models.CharField(max_length=50, null=True, blank=True)
    action_details = models.JSONField(null=True, blank=True)

    # How a repeated report is recognised.
    source = models.CharField(max_length=100, default="", db_default="", blank=True)
    external_id = models.CharField(max_length=255, null=True, blank=True)
    idempotency_key = models.CharField(max_length=255, null=True, blank=True)
    body_hash = models.CharField(max_length=64)

    started_at = models.DateTimeField(help_text="When the failure happened, as reported")
    ended_at = models.DateTimeField(null=True, blank=True)
    duration_seconds = models.IntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    updated_at = models.DateTimeField(default=timezone.now, db_default=Now())

    # How it ended.
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.CharField(max_length=100, null=True, blank=True)
    resolution_method = models.CharField(max_length=20, null=True, blank=True)
    resolution_type = models.CharField(max_length=50, null=True, blank=True)
    resolution_summary = models.TextField(null=True, blank=True)
    resolution_notes = models.TextField(null=True, blank=True)
    escalated = models.BooleanField(default=False, db_default=False)
    escalated_at = models.DateTimeField(null=True, blank=True)
    escalated_to = models.CharField(max_length=255, null=True, blank=True)

    # What the loop made of it.
    matched_pattern = models.ForeignKey(
        "loops.FailurePattern",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="incidents",
        db_index=False,
        db_constraint=False,  # replaced by a key that also compares the tenant
    )
    loop_trace_id = models.CharField(max_length=64, null=True, blank=True)
    match_confidence = models.FloatField(null=True, blank=True)
    match_confidence_band = models.CharField(
        max_length=32, choices=choices_of(Band), null=True, blank=True
    )
    recurrence_signature = models.CharField(max_length=128, null=True, blank=True)
    signature_version = models.CharField(max_length=20, null=True, blank=True)
    prediction_was_correct = models.BooleanField(null=True, blank=True)
    calibration_recorded = models.BooleanField(default=False, db_default=False)
    is_synthetic = models.BooleanField(default=False, db_default=False)
    synthetic_scenario_id = models.CharField(max_length=64, null=True, blank=True)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        db_table = "incidents"
        constraints = [
            one_of("severity", Severity, name="incident_severity_known"),
            one_of("lifecycle_state", IncidentState, name="incident_lifecycle_known"),
            one_of("cause_type", CauseType, name="incident_cause_known"),
            one_of("source_type", SourceType, name="incident_source_type_known"),
            one_of("match_confidence_band", Band, name="incident_band_known"),
            models.CheckConstraint(
                condition=~Q(error_type=""), name="incident_error_type_not_empty"
            ),
            models.CheckConstraint(
                condition=Q(match_confidence__isnull=True)
                | Q(match_confidence__gte=0, match_confidence__lte=1),
                name="incident_match_confidence_is_probability",
            ),
            models.CheckConstraint(
                condition=Q(
                    matched_pattern__isnull=True,
                    match_confidence__isnull=True,
                    match_confidence_band__isnull=True,
                )
                | Q(
                    matched_pattern__isnull=False,
                    match_confidence__isnull=False,
                    match_confidence_band__isnull=False,
                ),
                name="incident_match_is_whole",
            ),
            models.UniqueConstraint(fields=["tenant", "id"], name="incident_in_tenant"),
            models.UniqueConstraint(
                fields=["tenant", "source", "external_id"],
                condition=Q(external_id__isnull=False),
                name="incident_once_per_external_id",
            ),
            models.UniqueConstraint(
                fields=["tenant", "idempotency_key"],
                condition=Q(idempotency_key__isnull=False),
                name="incident_once_per_idempotency_key",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="incident_newest"),
            models.Index(
                fields=["tenant", "severity", "-created_at", "-id"], name="incident_by_severity"
            ),
            models.Index(
                fields=["tenant", "matched_pattern", "-created_at", "-id"],
                condition=Q(matched_pattern__isnull=False),
                name="incident_by_pattern",
            ),
            models.Index(
                fields=["tenant", "error_type", "-created_at", "-id"],
                name="incident_by_error_type",
            ),
            models.Index(
                fields=["tenant", "status", "-created_at", "-id"], name="incident_by_status"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.title}"
