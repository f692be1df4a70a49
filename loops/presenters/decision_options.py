"""The answers a checkpoint offers, and which of them this person may give now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from loops import permissions
from loops.actions.policy_checks import Voices, check_confirm
from loops.actions.voting import check_votes_once, votes_here
from loops.domain.checkpoints import REASON_REQUIRED
from loops.domain.states import CheckpointType, Resolution
from loops.domain.votes import OPINIONS
from loops.models import HumanCheckpoint, PolicyRule
from loops.presenters.consequences import consequences_of
from loops.presenters.wordings import recovery_of
from m25console.access import Actor, Verdict, verdict

FREE: Final = Verdict(allowed=True)
AGREEING: Final = frozenset({Resolution.APPLY, Resolution.APPROVE, Resolution.OVERRIDE})
BUTTONS: Final[Mapping[Resolution, tuple[str, str]]] = {
    Resolution.APPLY: ("Approve", "btn-primary"),
    Resolution.REJECT: ("Reject", "btn-reject"),
    Resolution.DEFER: ("Defer", ""),
    Resolution.CANCEL: ("Leave as it is", ""),
    Resolution.OVERRIDE: ("Cross the floor once", "btn-reject"),
    Resolution.RESPECT: ("Respect the floor", "btn-primary"),
    Resolution.APPROVE: ("Approve", "btn-primary"),
    Resolution.MODIFY: ("Ask for a change", ""),
    Resolution.CONFIRM_REVERT: ("Revert", "btn-reject"),
}


@dataclass(frozen=True)
class Option:
    """One answer: its button, what follows from it, and whether this person may give it now."""

    value: str
    label: str
    look: str
    consequence: str
    verdict: Verdict

    @property
    def needs_reason(self) -> bool:
        return Resolution(self.value) in REASON_REQUIRED


def options_of(
    checkpoint: HumanCheckpoint,
    *,
    actor: Actor,
    policy: PolicyRule | None,
    voices: Voices,
    free: Verdict = FREE,
) -> list[Option]:
    """Every answer, in the order offered. `policy` is the one in question or the pattern's live
    one, `voices` are those of a policy in question, `free` is whether no answer is on hold."""
    pattern = checkpoint.incident.matched_pattern
    told = consequences_of(
        checkpoint,
        pattern=pattern,
        policy=policy,
        confirmations_for_policy=settings.POLICY_CONFIRMATIONS,
    )
    anything = verdict(permissions.check_decide, actor, checkpoint)
    anything = free if anything.allowed else anything
    own = _own(checkpoint, actor, policy, voices)
    return [
        Option(
            value,
            *BUTTONS[Resolution(value)],
            consequence=_counted(checkpoint, Resolution(value), told.get(Resolution(value), "")),
            verdict=own.get(Resolution(value), anything) if anything.allowed else anything,
        )
        for value in checkpoint.options
    ]


def _own(
    checkpoint: HumanCheckpoint, actor: Actor, policy: PolicyRule | None, voices: Voices
) -> dict[Resolution, Verdict]:
    """The answers that this person may not give although others may, and those they may."""
    has_answered = bool(getattr(checkpoint, "agreed_by_me", False))
    agreeing = verdict(permissions.check_agrees_once, has_agreed=has_answered)
    if policy is not None and checkpoint.checkpoint_type == CheckpointType.APPROVE_POLICY:
        agreeing = verdict(check_confirm, actor, policy, voices)
    own = dict.fromkeys(AGREEING, agreeing)
    if has_answered and votes_here(checkpoint, kept_there=_kept_there(checkpoint)):
        voted = verdict(check_votes_once, has_voted=True)
        own |= dict.fromkeys(OPINIONS, voted)
    return own | {Resolution.CONFIRM_REVERT: _another(checkpoint, actor)}


def _kept_there(checkpoint: HumanCheckpoint) -> bool:
    """Whether yeses are kept with the remedy or the policy they are about."""
    asks_policy = checkpoint.checkpoint_type == CheckpointType.APPROVE_POLICY
    return asks_policy or recovery_of(checkpoint) is not None


def _counted(checkpoint: HumanCheckpoint, option: Resolution, told: str) -> str:
    """The consequence of one answer among several."""
    counts = votes_here(checkpoint, kept_there=_kept_there(checkpoint))
    if option not in OPINIONS or not counts:
        return told
    if checkpoint.is_blind:
        return f"Nobody sees your answer before they gave theirs. If most say the same: {told}"
    if option in AGREEING:
        return f"Once {checkpoint.approvers_required} different people have agreed: {told}"
    return told


def _another(checkpoint: HumanCheckpoint, actor: Actor) -> Verdict:
    """Whether somebody other than the actor asked for what is to be confirmed."""
    asked_by = checkpoint.contract.get("subject", {}).get("asked_by_id")
    return verdict(permissions.check_is_another, actor, asked_by=asked_by)
