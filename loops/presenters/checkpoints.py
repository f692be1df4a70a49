"""What a list of checkpoints and the page of one say alike."""

from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, Subquery

from loops.domain.checkpoints import DECIDE_WITHIN
from loops.domain.states import CheckpointPriority
from loops.models import HumanCheckpoint, PolicyConfirmation, PolicyRule, RecoveryConfirmation
from loops.presenters.wordings import recovery_of
from m25console.access import Actor


def agreed_by(actor: Actor) -> Q:
    """Whether the actor has agreed already, and somebody else must."""
    mine = {"reviewer__in": actor.people}
    recoveries = RecoveryConfirmation.objects.filter(recovery=OuterRef("target_id"), **mine)
    policies = PolicyConfirmation.objects.filter(
        policy=OuterRef("target_id"), revision=F("policy__revision"), **mine
    )
    return Q(Exists(recoveries) | Exists(policies))


def confirmed() -> Subquery:
    """How many people confirmed the policy in question."""
    about = PolicyRule.objects.filter(pk=OuterRef("target_id"))
    return Subquery(about.values("confirmations_received"))


def due_at(checkpoint: HumanCheckpoint) -> datetime | None:
    """When a decision is wanted by; None if there is no hurry."""
    within = DECIDE_WITHIN[CheckpointPriority(checkpoint.priority)]
    return None if within is None else checkpoint.created_at + within


def is_overdue(checkpoint: HumanCheckpoint, *, now: datetime) -> bool:
    """Whether a decision was wanted by now; what is wanted at once is urgent, not overdue."""
    due = due_at(checkpoint)
    return due is not None and checkpoint.created_at < due < now and checkpoint.is_pending


def votes_of(checkpoint: HumanCheckpoint) -> str:
    """How many of the people needed have agreed, such as "1 of 2"; empty where one is enough."""
    recovery = recovery_of(checkpoint)
    given = getattr(checkpoint, "policy_confirmations", None)
    if recovery is not None:
        given = recovery.confirmations_received
    if checkpoint.approvers_required < 2 or given is None:
        return ""
    return f"{given} of {checkpoint.approvers_required}"
