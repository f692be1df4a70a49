"""What a list of checkpoints and the page of one say alike."""

from datetime import datetime

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    When,
)
from django.db.models.functions import Coalesce

from loops.domain.checkpoints import DECIDE_WITHIN
from loops.domain.states import CheckpointPriority, CheckpointType
from loops.domain.votes import YES
from loops.models import (
    CheckpointDecision,
    HumanCheckpoint,
    PolicyConfirmation,
    PolicyRule,
    RecoveryConfirmation,
)
from loops.presenters.wordings import recovery_of
from m25console.access import Actor


def agreed_by(actor: Actor) -> Q:
    """Whether the actor has answered already, and somebody else must."""
    mine = {"reviewer__in": actor.people}
    recoveries = RecoveryConfirmation.objects.filter(recovery=OuterRef("target_id"), **mine)
    policies = PolicyConfirmation.objects.filter(
        policy=OuterRef("target_id"), revision=F("policy__revision"), **mine
    )
    voted = CheckpointDecision.objects.opinions().filter(
        Q(person__in=actor.people) | Q(on_behalf_of__in=actor.people), checkpoint=OuterRef("pk")
    )
    # A question about what a policy does has the same target as the one whether it is right.
    its_own = Q(Exists(policies), checkpoint_type=CheckpointType.APPROVE_POLICY)
    return Q(Exists(recoveries)) | its_own | Q(Exists(voted), resolved_at__isnull=True)


def confirmed() -> Case:
    """How many people confirmed the policy in question, or said yes to what keeps no count."""
    about = PolicyRule.objects.filter(pk=OuterRef("target_id"))
    yeses = (
        CheckpointDecision.objects.filter(checkpoint=OuterRef("pk"), option__in=YES)
        .order_by()
        .values("checkpoint")
        .annotate(given=Count("pk"))
    )
    return Case(
        When(
            checkpoint_type=CheckpointType.APPROVE_POLICY,
            is_blind=False,
            then=Subquery(about.values("confirmations_received")),
        ),
        When(approvers_required__gt=1, then=Coalesce(Subquery(yeses.values("given")), 0)),
        default=None,
        output_field=IntegerField(null=True),
    )


def due_at(checkpoint: HumanCheckpoint) -> datetime | None:
    """When a decision is wanted by; None if there is no hurry."""
    within = DECIDE_WITHIN[CheckpointPriority(checkpoint.priority)]
    return None if within is None else checkpoint.created_at + within


def is_overdue(checkpoint: HumanCheckpoint, *, now: datetime) -> bool:
    """Whether a decision was wanted by now; what is wanted at once is urgent, not overdue."""
    due = due_at(checkpoint)
    return due is not None and checkpoint.created_at < due < now and checkpoint.is_pending


def votes_of(checkpoint: HumanCheckpoint) -> str:
    """How many of the people needed have agreed, such as "1 of 2"; empty where one is enough, and
    for whoever may not know it before they answer."""
    recovery = recovery_of(checkpoint)
    given = getattr(checkpoint, "policy_confirmations", None)
    if checkpoint.is_blind:
        has_answered = getattr(checkpoint, "agreed_by_me", False)
        given = given if has_answered or not checkpoint.is_pending else None
    elif recovery is not None:
        given = recovery.confirmations_received
    if checkpoint.approvers_required < 2 or given is None:
        return ""
    return f"{given} of {checkpoint.approvers_required}"
