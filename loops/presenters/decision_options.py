"""The answers a checkpoint offers, and which of them this person may give now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from loops import permissions
from loops.actions.policy_checks import check_confirm, voices_of
from loops.domain.checkpoints import REASON_REQUIRED
from loops.domain.states import CheckpointType, Resolution
from loops.models import HumanCheckpoint, PolicyRule
from loops.presenters.consequences import consequences_of
from m25console.access import Actor, Verdict, verdict

AGREEING: Final = frozenset({Resolution.APPLY, Resolution.APPROVE})
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
    checkpoint: HumanCheckpoint, *, actor: Actor, policy: PolicyRule | None
) -> list[Option]:
    """Every answer, in the order offered. `policy` is the one in question or the pattern's live
    one."""
    pattern = checkpoint.incident.matched_pattern
    told = consequences_of(
        checkpoint,
        pattern=pattern,
        policy=policy,
        confirmations_for_policy=settings.POLICY_CONFIRMATIONS,
    )
    has_agreed = bool(getattr(checkpoint, "agreed_by_me", False))
    anything = verdict(permissions.check_decide, actor, checkpoint)
    agreeing = verdict(permissions.check_agrees_once, has_agreed=has_agreed)
    if policy is not None and checkpoint.checkpoint_type == CheckpointType.APPROVE_POLICY:
        agreeing = verdict(check_confirm, actor, policy, voices_of(policy))
    own = dict.fromkeys(AGREEING, agreeing) | {
        Resolution.CONFIRM_REVERT: _another(checkpoint, actor)
    }
    return [
        Option(
            value,
            *BUTTONS[Resolution(value)],
            consequence=told.get(Resolution(value), ""),
            verdict=own.get(Resolution(value), anything) if anything.allowed else anything,
        )
        for value in checkpoint.options
    ]


def _another(checkpoint: HumanCheckpoint, actor: Actor) -> Verdict:
    """Whether somebody other than the actor asked for what is to be confirmed."""
    asked_by = checkpoint.contract.get("subject", {}).get("asked_by_id")
    return verdict(permissions.check_is_another, actor, asked_by=asked_by)
