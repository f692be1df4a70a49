"""Answers that were given: what the person reads next, and what others read later."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from loops.actions.answers import Decision
from loops.domain.states import CheckpointType, Resolution
from loops.models import CheckpointDecision, HumanCheckpoint
from loops.presenters.looks import Look
from loops.presenters.wordings import ANSWERS, kind_of

POLICY_TOLD: Final[Mapping[Resolution, str]] = {
    Resolution.APPROVE: "Approved: the policy has the confirmations it needs.",
    Resolution.REJECT: "Rejected: the policy is disabled.",
    Resolution.MODIFY: "Sent back. Its confirmations start again; an admin can edit it now.",
}


@dataclass(frozen=True)
class Answered:
    """One line of history."""

    who: str
    at: datetime
    answer: Look
    note: str
    kind: str  # of the checkpoint, if it was an earlier one of this loop
    door: str


def told(decision: Decision, *, answer: str) -> str:
    """What the person who answered reads next."""
    if decision.approvals_missing:
        others = "One more person" if decision.approvals_missing == 1 else "More people"
        return f"Your yes is counted. {others} must agree before anything happens."
    if decision.checkpoint.checkpoint_type == CheckpointType.APPROVE_POLICY:
        return f"{POLICY_TOLD[Resolution(answer)]} {decision.obstacle}".strip()
    if not decision.is_final:
        return "Deferred: the loop keeps waiting, and your note is kept."
    done = ANSWERS[Resolution(answer)].text
    if not decision.checkpoint.holds_loop:
        return f"{done}."
    return f"{done}. The loop goes on." if decision.resumes else f"{done}. The loop ended here."


def history_of(checkpoint: HumanCheckpoint) -> list[Answered]:
    """What was answered in this loop so far, the oldest first."""
    people = ("person", "on_behalf_of", "checkpoint")
    decisions = CheckpointDecision.objects.filter(checkpoint__trace=checkpoint.trace_id)
    return [
        Answered(
            who=f"{one.person} for {one.on_behalf_of}" if one.on_behalf_of else str(one.person),
            at=one.at,
            answer=ANSWERS[Resolution(one.option)],
            note=one.note,
            kind="" if one.checkpoint_id == checkpoint.pk else kind_of(one.checkpoint),
            door=one.door,
        )
        for one in decisions.select_related(*people).order_by("at", "pk")
    ]
