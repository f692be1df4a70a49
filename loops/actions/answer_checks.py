"""What an answer must be beside allowed: of a known kind, and free of another one on hold."""

from datetime import datetime

from loops.domain.narrative import DECISION_WORDS, SUBJECT_WORDS
from loops.domain.states import CheckpointType, HoldState, RejectReason, Resolution
from loops.models import HeldDecision
from m25console.access import Actor
from m25console.refusals import InvalidInput, NotFound, NotPermitted, WrongState


class OnHold(WrongState):
    """Somebody has answered, and can still undo it."""

    code = "on_hold"


def check_not_held(actor: Actor, hold: HeldDecision | None) -> None:
    """Whether no answer waits to take effect. Load the hold with its person and checkpoint."""
    if hold is None:
        return
    if actor.user is not None and hold.person_id == actor.user.pk:
        raise OnHold("You have answered this; your answer takes effect in a moment.")
    if hold.checkpoint.is_blind:
        raise OnHold("Another answer is being recorded. Try again in a few minutes.")
    verb = DECISION_WORDS[Resolution(hold.option)]
    subject = SUBJECT_WORDS[CheckpointType(hold.checkpoint.checkpoint_type)]
    raise OnHold(
        f"{hold.person} {verb} {subject}; that takes effect at {hold.effect_at:%H:%M:%S} UTC "
        "unless it is undone."
    )


def check_undo(actor: Actor, hold: HeldDecision, *, now: datetime) -> None:
    """Whether this actor may take this answer back now."""
    if hold.tenant_id != actor.tenant.pk:
        raise NotFound("There is no such answer.")
    if actor.user is None or hold.person_id != actor.user.pk:
        raise NotPermitted("Only the person who gave this answer can undo it.")
    if hold.state != HoldState.HELD or hold.effect_at <= now:
        raise WrongState("It is too late to undo this: the answer has taken effect.")


def check_reason_code(code: str, *, resolution: Resolution) -> None:
    """Whether the reason's kind is known, and belongs to a rejection; empty is no kind."""
    if not code:
        return
    told = ""
    if code not in {one.value for one in RejectReason}:
        told = f"{code!r} is no kind of reason; choose one of: {', '.join(RejectReason)}."
    elif resolution is not Resolution.REJECT:
        told = "Only a rejection has a kind of reason."
    if told:
        raise InvalidInput(told, fields={"reason_code": [told]})
