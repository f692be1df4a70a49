"""Answers given on pages: at once, or after the while in which they can be undone.

The row in the database is what waits. The job that finds it due carries it out, once, or whoever
answers the same question meanwhile; looking at it changes nothing, and neither does a process that
dies.
"""

from datetime import datetime
from typing import Any, Final

from loops.actions import holds
from loops.actions.answers import Decision, Given
from loops.actions.checkpoint_rules import rules_of
from loops.engine import resuming
from loops.models import HeldDecision
from m25console.access import Actor
from m25console.vocabulary import Door

AT_MOST: Final = 200  # in one run; the rest waits for the next


def answer(given: Given, *, by: Actor, now: datetime) -> Decision | HeldDecision:
    """Give an answer as the tenant's rules want it: held for a while if it comes from a page.

    Raises what `checkpoints.resolve` raises.
    """
    carry_out_due_on(given.checkpoint_id, by=by, now=now)
    seconds = rules_of(by.tenant).hold_seconds if by.door is Door.WEB else 0
    if seconds:
        return holds.hold(given, by=by, now=now, seconds=seconds)
    return resuming.resolve(
        checkpoint_id=given.checkpoint_id,
        resolution=given.resolution,
        note=given.note,
        by=by,
        now=now,
        seen_digest=given.seen_digest,
        reason_code=given.reason_code,
        page=given.page,
        despite_claim=given.despite_claim,
    )


def undo(*, checkpoint_id: str, by: Actor, now: datetime) -> HeldDecision:
    """Take an answer back, unless its time has come. Raises what `holds.undo` raises."""
    carry_out_due_on(checkpoint_id, by=by, now=now)
    return holds.undo(checkpoint_id=checkpoint_id, by=by, now=now)


def carry_out_due_on(checkpoint_id: str, *, by: Actor, now: datetime) -> None:
    """Before anything else is done about a question, what should have been done to it is."""
    mine = HeldDecision.objects.for_tenant(by.tenant).due(now).filter(checkpoint=checkpoint_id)
    for hold_id in mine.values_list("pk", flat=True):
        carry_out(hold_id, now=now)


def carry_out_due(now: datetime) -> dict[str, Any]:
    """Carry out the held answers whose time has come; how many were, and how many refused."""
    due = list(HeldDecision.objects.due(now).values_list("pk", flat=True)[:AT_MOST])
    carried = sum(carry_out(pk, now=now) for pk in due)
    return {"carried_out": carried, "not_carried_out": len(due) - carried}


def carry_out(hold_id: int, *, now: datetime) -> bool:
    """Carry out one, if it is due, and let its loop go on; whether it became a decision."""
    decision = holds.carry_out(hold_id, now=now)
    if decision is not None and decision.resumes:
        resuming.go_on(decision.checkpoint.trace_id)
    return decision is not None
