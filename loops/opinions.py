"""Who may know whose opinion. Where the second opinion is blind, nobody reads another's before they
gave their own.

The one rule, for pages, API, files and audit alike: as long as a subject is blind and open to
opinion, an answer to it is unseen by all but those who gave it or gave theirs, until two disagree.
A question is blind if it was raised so. A policy that needs somebody's yes is as blind as the open
question about it, or if nobody is asked, blind while the tenant wants second opinions to be. Once
the subject is closed to opinion all of it can be read again, whatever the setting says then.
"""

from collections.abc import Collection

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from loops.domain.policy import CONFIRMABLE
from loops.domain.states import CheckpointType
from loops.domain.votes import NO, YES
from loops.models import (
    BulkItem,
    CheckpointComment,
    CheckpointConfig,
    CheckpointDecision,
    HumanCheckpoint,
    PolicyConfirmation,
    PolicyRule,
)
from loops.models.checkpoints import HumanCheckpointQuerySet
from loops.models.decisions import CheckpointDecisionQuerySet
from loops.models.policies import PolicyRuleQuerySet
from loops.models.reviewing import CheckpointCommentQuerySet
from m25console.access import Actor

type People = Collection[int]


def questions_blind_to(people: People) -> HumanCheckpointQuerySet:
    """The open questions to which these people may not know the answers of others yet."""
    of_it = CheckpointDecision.objects.filter(checkpoint=OuterRef("pk"))
    told = Exists(_of(people, of_it.opinions()))
    disputed = Exists(of_it.filter(option__in=YES)) & Exists(of_it.filter(option__in=NO))
    return HumanCheckpoint.objects.pending().filter(~told & ~disputed, is_blind=True)


def policies_blind_to(people: People) -> PolicyRuleQuerySet:
    """The policies of which these people may not know yet who confirmed them, nor how many did."""
    asked = HumanCheckpoint.objects.pending().filter(
        tenant=OuterRef("tenant"),
        checkpoint_type=CheckpointType.APPROVE_POLICY,
        target_id=OuterRef("pk"),
    )
    wanted = CheckpointConfig.objects.filter(tenant=OuterRef("tenant"), blind_second_opinion=True)
    confirmed = PolicyConfirmation.objects.filter(
        policy=OuterRef("pk"), revision=OuterRef("revision"), reviewer__in=people
    )
    answered = _of(people, CheckpointDecision.objects.opinions()).filter(checkpoint=OuterRef("pk"))
    told = Exists(confirmed) | Exists(asked.filter(Exists(answered)))
    return PolicyRule.objects.filter(
        Exists(asked.filter(is_blind=True)) | (Exists(wanted) & ~Exists(asked)),
        ~told,
        mode__in=CONFIRMABLE,
        confirmations_required__gt=1,
        confirmations_received__lt=F("confirmations_required"),
    )


def answers_seen_by(actor: Actor) -> CheckpointDecisionQuerySet:
    """What was answered, in every tenant, without what this actor may not know yet."""
    blind = questions_blind_to(actor.people).filter(pk=OuterRef("checkpoint"))
    return CheckpointDecision.objects.exclude(Exists(blind) & ~Q(person__in=actor.people))


def remarks_seen_by(actor: Actor) -> CheckpointCommentQuerySet:
    """Remarks, without those of people whose answer this actor may not know yet."""
    blind = questions_blind_to(actor.people).filter(pk=OuterRef("checkpoint"))
    answered = CheckpointDecision.objects.opinions().filter(
        checkpoint=OuterRef("checkpoint"), person=OuterRef("author")
    )
    others = ~Q(author__in=actor.people)
    return CheckpointComment.objects.exclude(Exists(blind) & Exists(answered) & others)


def results_seen_by(actor: Actor) -> models.QuerySet[BulkItem]:
    """What came of each of many, in their order, without what would tell such an answer."""
    blind = questions_blind_to(actor.people).filter(pk=OuterRef("checkpoint"))
    seen = BulkItem.objects.exclude(Exists(blind) & ~Q(run__person__in=actor.people))
    return seen.order_by("position")


def hides_opinions(actor: Actor | None = None) -> Exists:
    """To annotate policies with, as `hides_opinions`: whether `confirmations_told` says nothing to
    this actor, or to somebody who gave no opinion."""
    return Exists(policies_blind_to(actor.people if actor else ()).filter(pk=OuterRef("pk")))


def confirmations_told(policy: PolicyRule) -> int | None:
    """How many people confirmed it; None if the actor it was loaded for may not know."""
    return None if getattr(policy, "hides_opinions", False) else policy.confirmations_received


def audit_unseen_by(actor: Actor) -> Q:
    """The entries of the audit that would tell this actor an opinion they may not know yet."""
    questions = questions_blind_to(actor.people).filter(pk=OuterRef("object_id"))
    policies = policies_blind_to(actor.people).filter(pk=OuterRef("object_id"))
    answers = Q(Q(action__startswith="checkpoint."), Exists(questions))
    confirmations = Q(Q(action="policy.confirm"), Exists(policies))
    return Q(answers | confirmations) & ~Q(actor__in=actor.people)


def _of(people: People, answers: CheckpointDecisionQuerySet) -> CheckpointDecisionQuerySet:
    return answers.filter(Q(person__in=people) | Q(on_behalf_of__in=people))
