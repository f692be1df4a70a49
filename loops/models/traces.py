from datetime import datetime

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now
from django.utils import timezone

from loops.domain.confidence import Band
from loops.domain.states import (
    FAILED_STATES,
    EventStatus,
    FailureState,
    LoopOutcome,
    Stage,
)
from loops.models.ids import new_event_id, new_loop_id
from loops.models.incidents import Incident
from m25console.fields import choices_of, one_of
from m25console.models import Tenant


def no_stages() -> dict[str, list[str]]:
    return {"completed": [], "failed": []}


class LoopTraceQuerySet(models.QuerySet["LoopTrace"]):
    def for_tenant(self, tenant: Tenant) -> "LoopTraceQuerySet":
        return self.filter(tenant=tenant)

    def due(self, now: datetime) -> "LoopTraceQuerySet":
        """Loops a worker may advance now, the longest waiting first."""
        return self.filter(next_run_at__lte=now).order_by("next_run_at", "pk")

    def claimed(self) -> "LoopTraceQuerySet":
        """Lock for this transaction what nobody else has locked."""
        return self.select_for_update(skip_locked=True, of=("self",))

    def locked(self) -> "LoopTraceQuerySet":
        """Lock the rows for this transaction, in primary-key order so lockers never cross."""
        return self.select_for_update(of=("self",)).order_by("pk")

    def newest_first(self) -> "LoopTraceQuerySet":
        return self.order_by("-started_at", "-id")


class LoopTrace(models.Model):
    """One loop: how far one incident has come, and what it waits for."""

    id = models.CharField(primary_key=True, max_length=64, default=new_loop_id, editable=False)
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, related_name="loops", db_index=False
    )
    incident = models.OneToOneField(
        Incident,
        on_delete=models.PROTECT,
        related_name="loop",
        db_constraint=False,  # replaced by a key that also compares the tenant
    )
    current_stage = models.CharField(
        max_length=32,
        choices=choices_of(Stage),
        default=Stage.INCIDENT_CREATED,
        db_default=Stage.INCIDENT_CREATED.value,
    )
    attempt = models.PositiveSmallIntegerField(
        default=1, db_default=1, help_text="Which try of the current stage this is"
    )
    stages = models.JSONField(
        default=no_stages, db_default={"completed": [], "failed": []}, blank=True
    )
    failure_state = models.CharField(
        max_length=64, choices=choices_of(FailureState), null=True, blank=True
    )
    failure_detail = models.TextField(default="", db_default="", blank=True)
    is_complete = models.BooleanField(default=False, db_default=False)
    is_blocked = models.BooleanField(default=False, db_default=False)
    outcome = models.GeneratedField(
        expression=Case(
            When(is_complete=True, then=Value(LoopOutcome.COMPLETE.value)),
            When(is_blocked=True, then=Value(LoopOutcome.WAITING.value)),
            When(failure_state__isnull=True, then=Value(LoopOutcome.RUNNING.value)),
            When(
                failure_state__in=sorted(state.value for state in FAILED_STATES),
                then=Value(LoopOutcome.FAILED.value),
            ),
            default=Value(LoopOutcome.ENDED.value),
        ),
        output_field=models.CharField(max_length=16),
        db_persist=True,
    )
    pending_checkpoints = models.JSONField(default=list, db_default=[], blank=True)
    narrative = models.JSONField(null=True, blank=True)
    started_at = models.DateTimeField(default=timezone.now, db_default=Now())
    last_activity_at = models.DateTimeField(default=timezone.now, db_default=Now())
    completed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, db_default=1)
    reverted_at = models.DateTimeField(null=True, blank=True)
    reverted_by = models.CharField(max_length=150, null=True, blank=True)
    reverted_reason = models.TextField(null=True, blank=True)
    next_run_at = models.DateTimeField(
        null=True, blank=True, help_text="When a worker should advance it; empty: it rests"
    )
    crashes = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="Workers that died while holding it"
    )

    objects = LoopTraceQuerySet.as_manager()

    class Meta:
        db_table = "loop_traces"
        constraints = [
            one_of("current_stage", Stage, name="loop_stage_known"),
            one_of("failure_state", FailureState, name="loop_failure_known"),
            models.UniqueConstraint(fields=["tenant", "id"], name="loop_in_tenant"),
            models.UniqueConstraint(fields=["tenant", "incident"], name="loop_once_per_incident"),
            models.CheckConstraint(
                condition=Q(is_complete=False) | Q(is_blocked=False, failure_state__isnull=True),
                name="loop_complete_is_neither_blocked_nor_failed",
            ),
            models.CheckConstraint(
                condition=Q(is_complete=True, completed_at__isnull=False)
                | Q(is_complete=False, completed_at__isnull=True),
                name="loop_completed_at_iff_complete",
            ),
            models.CheckConstraint(
                condition=Q(is_blocked=False)
                | Q(failure_state=FailureState.HUMAN_CHECKPOINT_PENDING.value),
                name="loop_blocked_says_why",
            ),
            models.CheckConstraint(
                condition=Q(next_run_at__isnull=True)
                | Q(is_complete=False, is_blocked=False, failure_state__isnull=True),
                name="loop_due_only_while_running",
            ),
            models.CheckConstraint(
                condition=Q(
                    reverted_at__isnull=True,
                    reverted_by__isnull=True,
                    reverted_reason__isnull=True,
                )
                | Q(
                    reverted_at__isnull=False,
                    reverted_by__isnull=False,
                    reverted_reason__isnull=False,
                ),
                name="loop_reverted_is_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_run_at", "id"],
                condition=Q(next_run_at__isnull=False),
                name="loop_due",
            ),
            models.Index(fields=["tenant", "-started_at", "-id"], name="loop_newest"),
            models.Index(
                fields=["tenant", "outcome", "-last_activity_at", "-id"], name="loop_by_outcome"
            ),
            models.Index(
                fields=["tenant", "outcome", "-started_at", "-incident"],
                name="loop_begun_by_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} ({self.current_stage})"


class LoopEventQuerySet(models.QuerySet["LoopEvent"]):
    def for_tenant(self, tenant: Tenant) -> "LoopEventQuerySet":
        return self.filter(tenant=tenant)

    def in_order(self) -> "LoopEventQuerySet":
        return self.order_by("position", "pk")


class LoopEvent(models.Model):
    """One try of one stage: claimed, then done, failed, or blocked on a person. Immutable once
    done or failed."""

    id = models.CharField(primary_key=True, max_length=64, default=new_event_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    trace = models.ForeignKey(
        LoopTrace,
        on_delete=models.PROTECT,
        related_name="events",
        db_index=False,
        db_constraint=False,  # replaced by a key that also compares the tenant
    )
    incident = models.ForeignKey(
        Incident,
        on_delete=models.PROTECT,
        related_name="events",
        db_index=False,
        db_constraint=False,
    )
    stage = models.CharField(max_length=32, choices=choices_of(Stage))
    attempt = models.PositiveSmallIntegerField(default=1, db_default=1)
    position = models.PositiveSmallIntegerField(
        help_text="Place in the loop's history, from 1, without gaps"
    )
    status = models.CharField(
        max_length=16,
        choices=choices_of(EventStatus),
        default=EventStatus.CLAIMED,
        db_default=EventStatus.CLAIMED.value,
    )
    details = models.JSONField(default=dict, db_default={}, blank=True)
    failure_state = models.CharField(
        max_length=64, choices=choices_of(FailureState), null=True, blank=True
    )
    confidence = models.FloatField(null=True, blank=True)
    confidence_band = models.CharField(
        max_length=32, choices=choices_of(Band), null=True, blank=True
    )
    requires_human_review = models.BooleanField(default=False, db_default=False)
    parent_event = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = LoopEventQuerySet.as_manager()

    class Meta:
        db_table = "loop_events"
        constraints = [
            one_of("stage", Stage, name="event_stage_known"),
            one_of("status", EventStatus, name="event_status_known"),
            one_of("failure_state", FailureState, name="event_failure_known"),
            one_of("confidence_band", Band, name="event_band_known"),
            models.UniqueConstraint(
                fields=["tenant", "incident", "stage", "attempt"], name="event_once_per_attempt"
            ),
            models.UniqueConstraint(fields=["trace", "position"], name="event_positions_distinct"),
            models.CheckConstraint(
                condition=Q(status__in=["done", "failed"], finished_at__isnull=False)
                | Q(status__in=["claimed", "blocked"], finished_at__isnull=True),
                name="event_finished_at_iff_finished",
            ),
            models.CheckConstraint(
                condition=Q(status="failed", failure_state__isnull=False)
                | Q(
                    status="blocked",
                    failure_state=FailureState.HUMAN_CHECKPOINT_PENDING.value,
                )
                | Q(status__in=["claimed", "done"], failure_state__isnull=True),
                name="event_failure_iff_failed",
            ),
            models.CheckConstraint(
                condition=~Q(stage=Stage.LOOP_COMPLETE.value), name="event_stage_is_dispatched"
            ),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(finished_at__gte=F("created_at")),
                name="event_finishes_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage} #{self.attempt} ({self.status})"
