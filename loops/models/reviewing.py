"""What people keep beside a question: claims that lapse are on the question itself, the rest is
here: answers on hold, what was shown, comments, snoozes, delegations and saved views."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from loops.domain.states import HoldState, RejectReason, Resolution
from loops.models.checkpoints import HumanCheckpoint
from loops.models.decisions import CheckpointDecision
from m25console.fields import choices_of, one_of
from m25console.models import Tenant, User


class HeldDecisionQuerySet(models.QuerySet["HeldDecision"]):
    def for_tenant(self, tenant: Tenant) -> "HeldDecisionQuerySet":
        return self.filter(tenant=tenant)

    def held(self) -> "HeldDecisionQuerySet":
        return self.filter(state=HoldState.HELD)

    def due(self, now: datetime) -> "HeldDecisionQuerySet":
        """Those whose time has come, the earliest first."""
        return self.held().filter(effect_at__lte=now).order_by("effect_at", "pk")


class HeldDecision(models.Model):
    """An answer that takes effect after a while, so that a slip can be undone."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    checkpoint = models.ForeignKey(HumanCheckpoint, on_delete=models.PROTECT, related_name="holds")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="held_decisions"
    )
    label = models.CharField(max_length=254, help_text="The person as they acted")
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Who delegated this, if the person answered in another's place",
    )
    option = models.CharField(max_length=32, choices=choices_of(Resolution))
    note = models.TextField(default="", blank=True)
    reason_code = models.CharField(
        max_length=16, choices=choices_of(RejectReason), default="", blank=True
    )
    door = models.CharField(max_length=16)
    contract_digest = models.CharField(max_length=64, help_text="Of the page it was given on")
    shown = models.JSONField(default=dict, blank=True, help_text="What that page showed")
    at = models.DateTimeField()
    effect_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=choices_of(HoldState), default=HoldState.HELD)
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.TextField(default="", blank=True, help_text="Why it was refused, if it was")

    objects = HeldDecisionQuerySet.as_manager()

    class Meta:
        db_table = "held_decisions"
        constraints = [
            one_of("option", Resolution, name="hold_option_known"),
            one_of("state", HoldState, name="hold_state_known"),
            models.CheckConstraint(condition=Q(effect_at__gt=F("at")), name="hold_lasts_a_while"),
            models.CheckConstraint(
                condition=Q(state=HoldState.HELD.value, ended_at__isnull=True)
                | (~Q(state=HoldState.HELD.value) & Q(ended_at__isnull=False)),
                name="hold_ended_iff_not_held",
            ),
            models.UniqueConstraint(
                fields=["checkpoint"],
                condition=Q(state=HoldState.HELD.value),
                name="hold_once_at_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["effect_at", "id"],
                condition=Q(state=HoldState.HELD.value),
                name="hold_due",
            ),
            models.Index(
                fields=["ended_at"],
                condition=Q(state=HoldState.REFUSED.value),
                name="hold_refused",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} answered {self.option}, {self.state}"


class DecisionSnapshot(models.Model):
    """What the page showed the person who decided. Never altered."""

    decision = models.OneToOneField(
        CheckpointDecision, primary_key=True, on_delete=models.PROTECT, related_name="snapshot"
    )
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    shown = models.JSONField(help_text="Question, contract, figures and warnings, in words")
    evidence_ids = models.JSONField(default=list)

    class Meta:
        db_table = "decision_snapshots"

    def __str__(self) -> str:
        return f"what decision {self.decision_id} was taken on"


class CheckpointCommentQuerySet(models.QuerySet["CheckpointComment"]):
    def for_tenant(self, tenant: Tenant) -> "CheckpointCommentQuerySet":
        return self.filter(tenant=tenant)


class CheckpointComment(models.Model):
    """A remark under a question. Never altered."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    checkpoint = models.ForeignKey(
        HumanCheckpoint, on_delete=models.PROTECT, related_name="comments", db_index=False
    )
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField()

    objects = CheckpointCommentQuerySet.as_manager()

    class Meta:
        db_table = "checkpoint_comments"
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="comment_says_something"),
        ]
        indexes = [models.Index(fields=["checkpoint", "at", "id"], name="comment_in_order")]

    def __str__(self) -> str:
        return f"{self.author} on {self.checkpoint_id}"


class CommentMention(models.Model):
    """A member whom a remark calls by name. Never altered."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    comment = models.ForeignKey(
        CheckpointComment, on_delete=models.PROTECT, related_name="mentions"
    )
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "comment_mentions"
        constraints = [
            models.UniqueConstraint(fields=["comment", "person"], name="mention_once_per_comment"),
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.comment_id}"


class CheckpointSnooze(models.Model):
    """A question one person does not want to see for a while; for others nothing changes."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    checkpoint = models.ForeignKey(
        HumanCheckpoint, on_delete=models.PROTECT, related_name="snoozes"
    )
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        db_table = "checkpoint_snoozes"
        constraints = [
            models.UniqueConstraint(fields=["checkpoint", "person"], name="snooze_once_per_person"),
            models.CheckConstraint(
                condition=Q(until__gt=F("at")), name="snooze_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.checkpoint_id} until {self.until}"


class DelegationQuerySet(models.QuerySet["Delegation"]):
    def for_tenant(self, tenant: Tenant) -> "DelegationQuerySet":
        return self.filter(tenant=tenant)

    def in_force(self, now: datetime) -> "DelegationQuerySet":
        return self.filter(starts_at__lte=now, ends_at__gt=now, ended_at__isnull=True)


class Delegation(models.Model):
    """While its delegator is away, the delegate decides for them."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="delegations")
    delegator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="delegations_given"
    )
    delegate = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="delegations_held"
    )
    reason = models.CharField(max_length=500)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Taken back before its time")

    objects = DelegationQuerySet.as_manager()

    class Meta:
        db_table = "delegations"
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="delegation_says_why"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="delegation_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=~Q(delegator=F("delegate")), name="delegation_is_to_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delegate} for {self.delegator}"


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def for_tenant(self, tenant: Tenant) -> "SavedViewQuerySet":
        return self.filter(tenant=tenant)

    def visible_to(self, person: User | None) -> "SavedViewQuerySet":
        """Those this person made, and those that are shared."""
        return self.filter(Q(owner=person) | Q(is_shared=True) if person else Q(is_shared=True))


class SavedView(models.Model):
    """Filters of the queue under a name, for one person or for the whole tenant."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=2000, blank=True, help_text="The address after its ?")
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        db_table = "saved_views"
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="saved_view_has_a_name"),
            models.UniqueConstraint(
                "tenant", "owner", Lower("name"), name="saved_view_name_once_per_owner"
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "name"], condition=Q(is_shared=True), name="saved_view_shared"
            ),
        ]

    def __str__(self) -> str:
        return self.name
