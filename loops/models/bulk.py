"""Many questions that one person answers at once: what was said, and what came of each."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from loops.domain.states import BulkAct, ItemState, RejectReason
from loops.models.checkpoints import HumanCheckpoint
from m25console.fields import choices_of, one_of
from m25console.models import Tenant
from m25console.vocabulary import Door


class BulkRunQuerySet(models.QuerySet["BulkRun"]):
    def for_tenant(self, tenant: Tenant) -> "BulkRunQuerySet":
        return self.filter(tenant=tenant)

    def unfinished(self) -> "BulkRunQuerySet":
        return self.filter(finished_at__isnull=True)


class BulkRun(models.Model):
    """One answer that a person gave to many questions; each is decided in its own transaction."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bulk_runs"
    )
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    label = models.CharField(max_length=254, help_text="The person as they acted")
    door = models.CharField(max_length=8, choices=choices_of(Door))
    act = models.CharField(max_length=16, choices=choices_of(BulkAct))
    note = models.TextField(default="", blank=True)
    reason_code = models.CharField(
        max_length=16, choices=choices_of(RejectReason), default="", blank=True
    )
    until = models.DateTimeField(null=True, blank=True, help_text="Of a snooze")
    despite_claim = models.BooleanField(default=False)
    group_key = models.CharField(
        max_length=64, default="", blank=True, help_text="Of equivalent questions, if it was one"
    )
    total = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = BulkRunQuerySet.as_manager()

    class Meta:
        db_table = "bulk_runs"
        constraints = [
            one_of("door", Door, name="bulk_run_door_known"),
            one_of("act", BulkAct, name="bulk_run_act_known"),
            models.CheckConstraint(
                condition=Q(total__gte=1, total__lte=500), name="bulk_run_is_bounded"
            ),
            models.CheckConstraint(
                condition=Q(act=BulkAct.SNOOZE.value, until__isnull=False)
                | (~Q(act=BulkAct.SNOOZE.value) & Q(until__isnull=True)),
                name="bulk_run_until_iff_snooze",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(finished_at__isnull=True), name="bulk_run_unfinished"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.act} {self.total}"


class BulkItem(models.Model):
    """One of the questions, and what came of it."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    run = models.ForeignKey(BulkRun, on_delete=models.PROTECT, related_name="items", db_index=False)
    checkpoint = models.ForeignKey(
        HumanCheckpoint, on_delete=models.PROTECT, related_name="bulk_items"
    )
    position = models.PositiveSmallIntegerField()
    contract_digest = models.CharField(max_length=64, help_text="Of what the person was shown")
    state = models.CharField(
        max_length=16, choices=choices_of(ItemState), default=ItemState.WAITING
    )
    told = models.TextField(default="", blank=True, help_text="What came of it, in a sentence")

    class Meta:
        db_table = "bulk_items"
        constraints = [
            one_of("state", ItemState, name="bulk_item_state_known"),
            models.UniqueConstraint(fields=["run", "position"], name="bulk_item_in_order"),
            models.UniqueConstraint(fields=["run", "checkpoint"], name="bulk_item_once_per_run"),
            models.CheckConstraint(
                condition=~Q(state=ItemState.SKIPPED.value) | ~Q(told=""),
                name="bulk_item_skipped_says_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["run", "position"],
                condition=Q(state=ItemState.WAITING.value),
                name="bulk_item_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.checkpoint_id}: {self.state}"
