"""Whose yes counts where several people must agree: nobody's twice, whoever's hand gives it."""

from collections.abc import Collection

from loops import permissions
from loops.actions.answers import Answer
from loops.models import CheckpointDecision
from m25console.refusals import WrongState


def check_lent_voice(answer: Answer, *, agreed_by: Collection[int]) -> None:
    """Whether this yes adds a person to those in `agreed_by`, if a place was lent for one of them.

    Who agreed for themself may not agree for another as well, nor the other way round: two people
    are two pairs of eyes. Raises WrongState.
    """
    by = answer.by
    if by.acts_for and by.acts_for.pk in agreed_by:
        told = f"{by.acts_for} has agreed to this already; another person must agree too."
        raise WrongState(told)
    lent = CheckpointDecision.objects.filter(
        checkpoint=answer.checkpoint, person=answer.person, on_behalf_of__in=list(agreed_by)
    )
    has_agreed = by.acts_for is not None and answer.person.pk in agreed_by
    permissions.check_agrees_once(has_agreed=has_agreed or lent.exists())
