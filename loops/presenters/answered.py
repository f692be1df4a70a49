"""Answers that were given: what the person reads next, and what others read later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import F

from loops.actions.answers import Decision
from loops.domain.states import CheckpointType, RejectReason, Resolution
from loops.models import HeldDecision, HumanCheckpoint
from loops.opinions import answers_seen_by
from loops.presenters.people import called
from loops.presenters.wordings import ANSWERS, REASONS, kind_of
from m25console.access import Actor
from m25console.looks import Look
from m25console.together import Row, Rows

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


def given_in_loop(checkpoint: HumanCheckpoint, *, actor: Actor) -> Rows:
    """What was answered in this loop so far, the oldest first, as far as the actor may see it."""
    decisions = answers_seen_by(actor).filter(checkpoint__trace=checkpoint.trace_id)
    return (
        decisions.in_order()
        .values(
            "at", "option", "note", "door", "reason_code", "checkpoint_id", "is_final",
            decision_id=F("pk"),
            person_called=called("person"),
            other_called=called("on_behalf_of"),
            asked=F("checkpoint__checkpoint_type"),
            asked_at=F("checkpoint__stage"),
        )
    )  # fmt: skip


def history_of(checkpoint: HumanCheckpoint, rows: Sequence[Row]) -> list[Answered]:
    """The lines of history, by the rows of `given_in_loop`."""
    return [_line(row, is_of=checkpoint) for row in rows]


def _line(row: Row, *, is_of: HumanCheckpoint) -> Answered:
    who, absent, code = row["person_called"], row["other_called"], row["reason_code"]
    asked = HumanCheckpoint(checkpoint_type=row["asked"], stage=row["asked_at"])
    kept = ("at", "note", "door", "decision_id", "checkpoint_id", "is_final")
    return Answered(
        who=f"{who} for {absent}" if absent else who,
        answer=ANSWERS[Resolution(row["option"])],
        kind="" if row["checkpoint_id"] == is_of.pk else kind_of(asked),
        reason=REASONS[RejectReason(code)] if code else "",
        **{name: row[name] for name in kept},
    )
