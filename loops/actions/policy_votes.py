"""Whose yes a policy has, and so loses when it is rewritten."""

from collections.abc import Sequence

from loops.actions.policy_modes import proposals_of
from loops.domain.votes import YES
from loops.models import CheckpointDecision, PolicyConfirmation, PolicyRule
from m25console.models import User


def votes_on(policy: PolicyRule) -> Sequence[User]:
    """Who said yes to its revision, the first first: by confirming it, or at an open question that
    keeps its answers; two queries."""
    given = PolicyConfirmation.objects.filter(policy=policy, revision=policy.revision)
    confirmed = given.select_related("reviewer").order_by("at", "pk")
    answered = CheckpointDecision.objects.filter(
        checkpoint__in=proposals_of(policy), option__in=YES
    ).select_related("person", "on_behalf_of")
    found = [one.reviewer for one in confirmed] + [one.voice for one in answered.in_order()]
    return list(dict.fromkeys(found))
