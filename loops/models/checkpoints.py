from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from loops.domain.checkpoints import (
    AUTO_APPROVE_CONFIDENCE,
    AUTO_DISMISS_HOURS,
    BLOCKS_TENANT,
    MANDATORY,
    MAX_PENDING,
)
from loops.domain.confidence import Band
from loops.domain.states import CheckpointPriority, CheckpointType, Resolution, Stage
from loops.models.ids import new_checkpoint_id
from loops.models.incidents import Incident
from loops.models.traces import LoopEvent, LoopTrace
from m25console.fields import choices_of, one_of, probability
from m25console.models import Tenant


def every_type() -> list[str]:
    return sorted(kind.value for kind in CheckpointType)


def blocking_types() -> list[str]:
    return sorted(kind.value for kind in BLOCKS_TENANT)


class HumanCheckpointQuerySet(models.QuerySet["HumanCheckpoint"]):
    def for_tenant(self, tenant: Tenant) -> "HumanCheckpointQuerySet":
        return self.filter(tenant=tenant)

    def pending(self) -> "HumanCheckpointQuerySet":
        return self.filter(resolved_at__isnull=True)

    def resolved(self) -> "HumanCheckpointQuerySet":
        return self.filter(resolved_at__isnull=False)

    def longest_waiting_first(self) -> "HumanCheckpointQuerySet":
        return self.order_by("created_at", "id")

    def latest_decided_first(self) -> "HumanCheckpointQuerySet":
        return self.order_by("-resolved_at", "-id")

    def locked(self) -> "HumanCheckpointQuerySet":
        """Lock the rows for this transaction, in primary-key order so lockers never cross."""
        return self.select_for_update(of=("self",)).order_by("pk")


class HumanCheckpoint(models.Model):
    """A decision the loop cannot take alone: what is asked, of whom, and the answer."""

    id = models.CharField(
        primary_key=True, max_length=64, default=new_checkpoint_id, editable=False
    )
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, related_name="checkpoints", db_index=False
    )
    trace = models.ForeignKey(
        LoopTrace,
        on_delete=models.PROTECT,
        related_name="checkpoints",
        db_constraint=False,  # replaced by a key that also compares the tenant
    )
    event = models.ForeignKey(
        LoopEvent, on_delete=models.PROTECT, related_name="checkpoints", db_index=False
    )
    incident = models.ForeignKey(
        Incident,
        on_delete=models.PROTECT,
        related_name="checkpoints",
        db_index=False,
        db_constraint=False,
    )
    checkpoint_type = models.CharField(max_length=32, choices=choices_of(CheckpointType))
    stage = models.CharField(max_length=32, choices=choices_of(Stage))
    target_id = models.CharField(max_length=64)
    description = models.TextField()
    options = models.JSONField(default=list)
    confidence = models.FloatField(null=True, blank=True)
    confidence_band = models.CharField(
        max_length=32, choices=choices_of(Band), null=True, blank=True
    )
    approvers_required = models.PositiveSmallIntegerField(default=1)
    contract = models.JSONField(
        default=dict, blank=True, help_text="What a decision is about, as it was when raised"
    )
    contract_digest = models.CharField(max_length=64)
    priority = models.CharField(
        max_length=32,
        choices=choices_of(CheckpointPriority),
        default=CheckpointPriority.NORMAL,
    )
    is_blocking = models.BooleanField(default=True)
    holds_loop = models.BooleanField(
        default=True,
        db_default=True,
        help_text="Whether its loop waits for the answer; a policy's checkpoint holds none",
    )
    escalated_at = models.DateTimeField(
        null=True, blank=True, help_text="When it had waited longer than its priority allows"
    )
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    deferred_at = models.DateTimeField(null=True, blank=True)
    auto_dismissed = models.BooleanField(default=False)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="checkpoints_resolved",
    )
    resolution = models.CharField(
        max_length=32, choices=choices_of(Resolution), null=True, blank=True
    )
    note = models.TextField(default="", blank=True)

    objects = HumanCheckpointQuerySet.as_manager()

    class Meta:
        db_table = "human_checkpoints"
        constraints = [
            one_of("checkpoint_type", CheckpointType, name="checkpoint_type_known"),
            one_of("stage", Stage, name="checkpoint_stage_known"),
            one_of("priority", CheckpointPriority, name="checkpoint_priority_known"),
            one_of("resolution", Resolution, name="checkpoint_resolution_known"),
            one_of("confidence_band", Band, name="checkpoint_band_known"),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True, resolution__isnull=True)
                | Q(resolved_at__isnull=False, resolution__isnull=False),
                name="checkpoint_resolved_at_iff_resolution",
            ),
            models.CheckConstraint(
                condition=Q(resolved_by__isnull=True) | Q(resolved_at__isnull=False),
                name="checkpoint_resolver_iff_resolved",
            ),
            models.CheckConstraint(
                condition=~Q(resolution=Resolution.EXPIRED.value) | Q(auto_dismissed=True),
                name="checkpoint_only_silence_expires",
            ),
            models.CheckConstraint(
                condition=Q(auto_dismissed=False) | Q(resolved_by__isnull=True),
                name="checkpoint_dismissed_by_nobody",
            ),
            models.UniqueConstraint(
                fields=["trace", "stage", "checkpoint_type", "target_id"],
                condition=Q(resolved_at__isnull=True),
                name="checkpoint_asked_once_while_pending",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "created_at", "id"],
                condition=Q(resolved_at__isnull=True),
                name="checkpoint_queue",
            ),
            models.Index(
                fields=["tenant", "priority", "created_at", "id"],
                condition=Q(resolved_at__isnull=True),
                name="checkpoint_queue_by_priority",
            ),
            models.Index(
                fields=["expires_at", "id"],
                condition=Q(resolved_at__isnull=True, expires_at__isnull=False),
                name="checkpoint_expiring",
            ),
            models.Index(
                fields=["priority", "created_at", "id"],
                condition=Q(resolved_at__isnull=True, escalated_at__isnull=True),
                name="checkpoint_to_escalate",
            ),
            models.Index(
                fields=["tenant", "-resolved_at", "-id"],
                condition=Q(resolved_at__isnull=False),
                name="checkpoint_decided",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.checkpoint_type} {self.id}"

    @property
    def is_pending(self) -> bool:
        return self.resolved_at is None


class CheckpointDecision(models.Model):
    """What one person answered: a vote, a final answer, or a deferral. Never altered."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    checkpoint = models.ForeignKey(
        HumanCheckpoint, on_delete=models.PROTECT, related_name="decisions"
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="decisions"
    )
    option = models.CharField(max_length=32, choices=choices_of(Resolution))
    is_final = models.BooleanField(help_text="Whether this answer resolved the checkpoint")
    note = models.TextField(default="", blank=True)
    door = models.CharField(max_length=16)
    contract_digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        db_table = "checkpoint_decisions"
        constraints = [
            one_of("option", Resolution, name="decision_option_known"),
            models.UniqueConstraint(
                fields=["checkpoint"], condition=Q(is_final=True), name="decision_final_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} answered {self.option}"


class CheckpointConfig(models.Model):
    """How a tenant wants to be asked; without a row, the defaults of loop mechanics 1.0.0."""

    tenant = models.OneToOneField(
        Tenant, primary_key=True, on_delete=models.CASCADE, related_name="checkpoint_config"
    )
    enabled_types = models.JSONField(default=every_type)
    priority_overrides = models.JSONField(default=dict, blank=True)
    blocking_checkpoints = models.JSONField(default=blocking_types)
    auto_approve_confidence = models.FloatField(default=AUTO_APPROVE_CONFIDENCE)
    auto_dismiss_after_hours = models.PositiveSmallIntegerField(default=AUTO_DISMISS_HOURS)
    max_pending_checkpoints = models.PositiveSmallIntegerField(default=MAX_PENDING)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "checkpoint_configs"
        constraints = [
            probability("auto_approve_confidence", name="config_auto_approve_is_probability"),
            models.CheckConstraint(
                condition=Q(auto_dismiss_after_hours__gte=1), name="config_dismisses_after_an_hour"
            ),
            models.CheckConstraint(
                condition=Q(enabled_types__contains=sorted(kind.value for kind in MANDATORY)),
                name="config_mandatory_types_stay_on",
            ),
        ]

    def __str__(self) -> str:
        return f"checkpoints of {self.tenant_id}"
