"""What follows when people are asked whether a policy may be activated. No loop waits for it."""

from typing import Final

from loops.actions import answers
from loops.actions.answers import Answer, Consequences, Decision
from loops.actions.policies import confirm_held, keep_voice
from loops.actions.policy_checks import voices_of
from loops.actions.policy_modes import change_mode
from loops.actions.policy_revisions import begin_revision
from loops.actions.voices import check_lent_voice
from loops.domain.policy import CONFIRMABLE, activated_by
from loops.domain.states import CheckpointType, PolicyMode, Resolution
from loops.feed import tell_of_policy
from loops.models import PolicyRule
from m25console.refusals import NotFound, WrongState


def _approve(answer: Answer) -> Decision:
    """A confirmation; the last one needed activates the policy and closes the checkpoint."""
    policy = _undecided(answer)
    check_lent_voice(answer, agreed_by=voices_of(policy).confirmed_by)
    _ask_as_many(policy, answer)
    for vote in answer.agreed:
        keep_voice(policy, reviewer=vote.voice, note=vote.note, at=vote.at)
    missing = policy.confirmations_required - policy.confirmations_received - 1
    if missing <= 0:
        answers.close(answer)
    agreed = confirm_held(policy, note=answer.note, by=answer.by, now=answer.now)
    if agreed.missing:
        answers.record(answer, is_final=False)
    return Decision(answer.checkpoint, not agreed.missing, False, agreed.missing, agreed.obstacle)


def _reject(answer: Answer) -> Decision:
    """The policy is disabled; only an admin brings it back."""
    policy = _undecided(answer)
    answers.close(answer)
    change_mode(
        policy,
        to=PolicyMode.DISABLED,
        path=activated_by(answer.person.pk),
        now=answer.now,
        by=answer.by,
        note=answer.note,
    )
    return Decision(answer.checkpoint, True, False)


def _modify(answer: Answer) -> Decision:
    """Sent back: the policy stays as it is, and whoever agreed is asked anew once it is edited."""
    policy = _undecided(answer)
    answers.close(answer)
    begin_revision(
        policy,
        changes={},
        label=answer.by.label,
        note=f"Sent back to be changed. {answer.note}".strip(),
        now=answer.now,
    )
    tell_of_policy(policy, now=answer.now)
    return Decision(answer.checkpoint, True, False)


def _ask_as_many(policy: PolicyRule, answer: Answer) -> None:
    """The policy needs as many people as its question does."""
    if policy.confirmations_required < answer.checkpoint.approvers_required:
        policy.confirmations_required = answer.checkpoint.approvers_required
        policy.save(update_fields=["confirmations_required"])


def _undecided(answer: Answer) -> PolicyRule:
    """The policy in question. Raises WrongState if it has moved on without this checkpoint."""
    policy = answer.policy
    if policy is None:
        raise NotFound("The policy in question does not exist any more.")
    if policy.mode not in CONFIRMABLE:
        raise WrongState(f"This policy is {policy.mode} by now; there is nothing to decide.")
    return policy


CONSEQUENCES: Final[Consequences] = {
    (CheckpointType.APPROVE_POLICY, Resolution.APPROVE): _approve,
    (CheckpointType.APPROVE_POLICY, Resolution.REJECT): _reject,
    (CheckpointType.APPROVE_POLICY, Resolution.MODIFY): _modify,
}
