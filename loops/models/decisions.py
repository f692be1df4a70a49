"""What people answered."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from loops.domain.states import RejectReason, Resolution
from loops.domain.votes import OPINIONS
from loops.models.checkpoints import HumanCheckpoint
from m25console.fields import choices_of, one_of
from m25console.models import Tenant, User


class CheckpointDecisionQuerySet(models.QuerySet["CheckpointDecision"]):
    def in_order(self) -> "CheckpointDecisionQuerySet":
        return self.order_by("at", "pk")

    def opinions(self) -> "CheckpointDecisionQuerySet":
        """Those that say yes or no."""
        return self.filter(option__in=OPINIONS)


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
    reason_code = models.CharField(
        max_length=16, choices=choices_of(RejectReason), default="", db_default="", blank=True
    )
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Who delegated this, if the person answered in another's place",
    )
    door = models.CharField(max_length=16)
    contract_digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    objects = CheckpointDecisionQuerySet.as_manager()

    class Meta:
        db_table = "checkpoint_decisions"
        constraints = [
            one_of("option", Resolution, name="decision_option_known"),
            models.CheckConstraint(
                condition=Q(reason_code="")
                | Q(reason_code__in=[one.value for one in RejectReason]),
                name="decision_reason_known",
            ),
            models.UniqueConstraint(
                fields=["checkpoint"], condition=Q(is_final=True), name="decision_final_once"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "person", "-id"], name="decision_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person} answered {self.option}"

    @property
    def voice(self) -> User:
        """Whose agreement a yes of this counts as."""
        return self.on_behalf_of or self.person
