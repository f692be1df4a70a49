"""Answers that were given: what the person reads next, and what others read later."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from loops.actions.answers import Decision
from loops.domain.states import CheckpointType, RejectReason, Resolution
from loops.models import HeldDecision, HumanCheckpoint
from loops.opinions import answers_seen_by
from loops.presenters.looks import Look
from loops.presenters.wordings import ANSWERS, REASONS, kind_of
from m25console.access import Actor

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
    reason: str  # what kind of reason a rejection had
    decision_id: int
    checkpoint_id: str
    is_final: bool


def told(decision: Decision | HeldDecision, *, answer: str) -> str:
    """What the person who answered reads next."""
    if isinstance(decision, HeldDecision):
        seconds = int((decision.effect_at - decision.at).total_seconds())
        said = ANSWERS[Resolution(answer)].text
        return f"{said}, on hold: it takes effect in {seconds} s, and you can undo it until then."
    if decision.approvals_missing:
        return _told_of_vote(decision)
    if decision.checkpoint.checkpoint_type == CheckpointType.APPROVE_POLICY:
        return f"{POLICY_TOLD[Resolution(answer)]} {decision.obstacle}".strip()
    if not decision.is_final:
        return "Deferred: the loop keeps waiting, and your note is kept."
    done = ANSWERS[Resolution(answer)].text
    if not decision.checkpoint.holds_loop:
        return f"{done}."
    return f"{done}. The loop goes on." if decision.resumes else f"{done}. The loop ended here."


def _told_of_vote(decision: Decision) -> str:
    """One answer of several."""
    if decision.is_disputed:
        return "Your answer differs from the other one. A third person sees both and decides."
    if decision.checkpoint.is_blind:
        return "Your answer is kept. Others answer too, without seeing it."
    others = "One more person" if decision.approvals_missing == 1 else "More people"
    return f"Your yes is counted. {others} must agree before anything happens."


def history_of(checkpoint: HumanCheckpoint, *, actor: Actor) -> list[Answered]:
    """What was answered in this loop so far, the oldest first, as far as the actor may see it."""
    decisions = answers_seen_by(actor).filter(checkpoint__trace=checkpoint.trace_id)
    return [
        Answered(
            who=f"{one.person} for {one.on_behalf_of}" if one.on_behalf_of else str(one.person),
            at=one.at,
            answer=ANSWERS[Resolution(one.option)],
            note=one.note,
            kind="" if one.checkpoint_id == checkpoint.pk else kind_of(one.checkpoint),
            door=one.door,
            reason=REASONS[RejectReason(one.reason_code)] if one.reason_code else "",
            decision_id=one.pk,
            checkpoint_id=one.checkpoint_id,
            is_final=one.is_final,
        )
        for one in decisions.select_related("person", "on_behalf_of", "checkpoint").in_order()
    ]
