from datetime import datetime

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, FilteredRelation, Q
from django.utils import timezone

from loops.domain import claims, search
from loops.domain.checkpoints import MANDATORY
from loops.domain.confidence import Band
from loops.domain.silence import REMIND_BEFORE
from loops.domain.states import (
    CheckpointPriority,
    CheckpointType,
    Resolution,
    Risk,
    Silence,
    Stage,
)
from loops.models.finding import finds
from loops.models.ids import new_checkpoint_id
from loops.models.incidents import Incident
from loops.models.traces import LoopEvent, LoopTrace
from m25console.fields import choices_of, one_of
from m25console.models import Tenant, User


class HumanCheckpointQuerySet(models.QuerySet["HumanCheckpoint"]):
    def for_tenant(self, tenant: Tenant) -> "HumanCheckpointQuerySet":
        return self.filter(tenant=tenant)

    def pending(self) -> "HumanCheckpointQuerySet":
        return self.filter(resolved_at__isnull=True)

    def resolved(self) -> "HumanCheckpointQuerySet":
        return self.filter(resolved_at__isnull=False)

    def found_by(self, text: str) -> "HumanCheckpointQuerySet":
        """Those in which every word of the text begins some word; all if it has none."""
        return self.filter(finds("words", text)) if search.asked(text) else self

    def longest_waiting_first(self) -> "HumanCheckpointQuerySet":
        return self.order_by("created_at", "id")

    def latest_decided_first(self) -> "HumanCheckpointQuerySet":
        return self.order_by("-resolved_at", "-id")

    def not_snoozed_for(self, person: User, *, now: datetime) -> "HumanCheckpointQuerySet":
        """Those this person has not put out of their own sight."""
        mine = Q(snoozes__person=person, snoozes__until__gt=now)
        hidden = FilteredRelation("snoozes", condition=mine)
        return self.alias(hidden=hidden).filter(hidden__isnull=True)

    def with_snooze_of(self, person: User | None) -> "HumanCheckpointQuerySet":
        """With `snoozed_until`: until when this person hid it from themself, past or to come."""
        own = FilteredRelation("snoozes", condition=Q(snoozes__person=person))
        return self.alias(own=own).annotate(snoozed_until=F("own__until"))

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
    is_blind = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Whether nobody sees another's answer before they gave their own",
    )
    contract = models.JSONField(
        default=dict, blank=True, help_text="What a decision is about, as it was when raised"
    )
    contract_digest = models.CharField(max_length=64)
    priority = models.CharField(
        max_length=32,
        choices=choices_of(CheckpointPriority),
        default=CheckpointPriority.NORMAL,
    )
    risk = models.PositiveSmallIntegerField(
        choices=choices_of(Risk),
        default=Risk.HIGH,
        db_default=Risk.HIGH,
        help_text="What a wrong yes could do (RISK_V1)",
    )
    waiting_cost = models.PositiveSmallIntegerField(
        default=1, db_default=1, help_text="Points per hour of waiting (WAITING_COST_V1)"
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
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT,
        related_name="checkpoints_claimed", db_index=False,
    )  # fmt: skip
    claimed_until = models.DateTimeField(
        null=True, blank=True, help_text="When the claim lapses by itself"
    )
    silence = models.CharField(
        max_length=16,
        choices=choices_of(Silence),
        default=Silence.ESCALATE,
        db_default=Silence.ESCALATE,
        help_text="What it means that nobody answers; never yes",
    )
    reminded_at = models.DateTimeField(
        null=True, blank=True, help_text="When its people were told that it is due soon"
    )
    lapse_reminded_at = models.DateTimeField(
        null=True, blank=True, help_text="When its people were told that it lapses soon"
    )
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
    words = SearchVectorField(
        default="", db_default="", editable=False, help_text="What finds it (SEARCH_V1)"
    )

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
            one_of("silence", Silence, name="checkpoint_silence_known"),
            models.CheckConstraint(
                condition=~Q(silence=Silence.LAPSE.value)
                | ~Q(checkpoint_type__in=sorted(kind.value for kind in MANDATORY)),
                name="checkpoint_mandatory_never_lapses",
            ),
            one_of("risk", Risk, name="checkpoint_risk_known"),
            models.CheckConstraint(
                condition=Q(is_blind=False) | Q(approvers_required__gte=2),
                name="checkpoint_blind_asks_several",
            ),
            models.CheckConstraint(
                condition=Q(claimed_by__isnull=True, claimed_until__isnull=True)
                | Q(claimed_by__isnull=False, claimed_until__isnull=False),
                name="checkpoint_claim_lapses",
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
                fields=["tenant", "-risk", "created_at", "id"],
                condition=Q(resolved_at__isnull=True),
                name="checkpoint_queue_by_risk",
            ),
            models.Index(
                fields=["tenant", "-waiting_cost", "created_at", "id"],
                condition=Q(resolved_at__isnull=True),
                name="checkpoint_queue_by_cost",
            ),
            models.Index(
                fields=["tenant", "target_id"],
                condition=Q(resolved_at__isnull=True, checkpoint_type="approve_policy"),
                name="checkpoint_of_policy",
            ),
            models.Index(
                fields=["tenant", "claimed_by", "id"],
                condition=Q(resolved_at__isnull=True, claimed_by__isnull=False),
                name="checkpoint_claims",
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
                fields=["priority", "created_at", "id"],
                condition=Q(
                    resolved_at__isnull=True,
                    reminded_at__isnull=True,
                    priority__in=[one.value for one in REMIND_BEFORE],
                ),
                name="checkpoint_to_remind",
            ),
            models.Index(
                fields=["tenant", "-resolved_at", "-id"],
                condition=Q(resolved_at__isnull=False),
                name="checkpoint_decided",
            ),
            # Two, so that what waits is not sought among all that was ever decided.
            GinIndex(
                fields=["words"],
                condition=Q(resolved_at__isnull=True),
                name="checkpoint_words_pending",
            ),
            GinIndex(
                fields=["words"],
                condition=Q(resolved_at__isnull=False),
                name="checkpoint_words_decided",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.checkpoint_type} {self.id}"

    @property
    def is_pending(self) -> bool:
        return self.resolved_at is None

    def is_claimed(self, *, now: datetime) -> bool:
        """Whether somebody's claim holds: it lapses by the clock, and with the answer."""
        return self.is_pending and claims.is_in_force(until=self.claimed_until, now=now)
