"""Questions that several people answer: their votes, until these settle it."""

from collections.abc import Sequence
from dataclasses import replace

from loops.actions import answers, policy_checks
from loops.actions.answers import Answer, Decision
from loops.domain.states import CheckpointType, Resolution
from loops.domain.votes import OPINIONS, YES, keeps_votes, standing
from loops.models import CheckpointDecision, HumanCheckpoint
from m25console.refusals import WrongState


def settled(answer: Answer) -> Answer | Decision:
    """The answer with those of others that count with it, once they settle the question; else
    what came of keeping it as a vote. Raises WrongState if this person has voted before."""
    kept_there = answer.recovery is not None or answer.policy is not None
    if answer.option not in OPINIONS or not votes_here(answer.checkpoint, kept_there=kept_there):
        return answer
    earlier = votes_that_count(answer)
    voices = {pk for one in earlier for pk in (one.person_id, one.on_behalf_of_id)}
    check_votes_once(has_voted=bool(voices & answer.by.people))
    check_policy(answer)
    found = standing(
        [*(Resolution(one.option) for one in earlier), answer.option],
        required=_required(answer),
        is_blind=answer.checkpoint.is_blind,
    )
    if found.is_settled:
        return replace(answer, agreed=tuple(one for one in earlier if one.option in YES))
    answers.record(answer, is_final=False)
    return Decision(
        answer.checkpoint, False, False, max(1, found.missing), is_disputed=found.is_disputed
    )


def _required(answer: Answer) -> int:
    """How many yeses it takes here, without those that a policy has from elsewhere."""
    asks_policy = answer.checkpoint.checkpoint_type == CheckpointType.APPROVE_POLICY
    elsewhere = answer.policy.confirmations_received if answer.policy and asks_policy else 0
    return max(1, answer.checkpoint.approvers_required - elsewhere)


def votes_here(checkpoint: HumanCheckpoint, *, kept_there: bool) -> bool:
    """Whether a question's answers are counted as votes on it.

    The yeses to a remedy or a policy are `kept_there`, unless nobody may see them yet.
    """
    return checkpoint.approvers_required > 1 and (checkpoint.is_blind or not kept_there)


def votes_that_count(answer: Answer) -> Sequence[CheckpointDecision]:
    """The opinions given so far on what is asked now; those on something else are dropped."""
    return [
        one
        for one in votes_on(answer.checkpoint)
        if keeps_votes(one.snapshot.shown["subject"], answer.seen["subject"])
    ]


def votes_on(checkpoint: HumanCheckpoint) -> list[CheckpointDecision]:
    """Every opinion on it, the oldest first, with its person and what they saw; one query."""
    given = CheckpointDecision.objects.filter(checkpoint=checkpoint, snapshot__isnull=False)
    return list(given.opinions().select_related("person", "on_behalf_of", "snapshot").in_order())


def check_votes_once(*, has_voted: bool) -> None:
    """Whether this person's answer would be their first."""
    if has_voted:
        raise WrongState("You have answered this already; another person must answer too.")


def check_policy(answer: Answer) -> None:
    """Whether this person's yes may count for the policy in question."""
    asks = answer.checkpoint.checkpoint_type == CheckpointType.APPROVE_POLICY
    if asks and answer.policy is not None and answer.option in YES:
        voices = policy_checks.voices_of(answer.policy)
        policy_checks.check_confirm(answer.by, answer.policy, voices)
