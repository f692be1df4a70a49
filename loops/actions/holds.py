"""Answers that take effect after a while, so that a slip can be undone."""

from datetime import datetime, timedelta

from django.db import transaction

from loops.actions import answer_checks
from loops.actions.answers import Decision, Given
from loops.actions.checkpoints import checked, decide
from loops.domain.states import HoldState
from loops.feed import tell_pages
from loops.models import HeldDecision, HumanCheckpoint, LoopTrace
from m25console import audit
from m25console.access import Actor, as_they_may_now, check_reviews
from m25console.refusals import Refusal, WrongState
from m25console.vocabulary import Door


@transaction.atomic
def hold(given: Given, *, by: Actor, now: datetime, seconds: int) -> HeldDecision:
    """Keep an answer for so many seconds. Raises what `checkpoints.resolve` would raise now."""
    answer = checked(given, by=by, now=now)
    with transaction.atomic():  # tried, so that whoever would be refused hears it at once
        decide(answer)
        transaction.set_rollback(True)
    held = HeldDecision.objects.create(
        tenant=by.tenant,
        checkpoint_id=given.checkpoint_id,
        person=answer.person,
        label=by.label,
        on_behalf_of=by.acts_for,
        option=answer.option,
        note=answer.note,
        reason_code=given.reason_code,
        door=by.door,
        contract_digest=given.seen_digest,
        shown=dict(given.page),
        at=now,
        effect_at=now + timedelta(seconds=seconds),
    )
    _note(held, "held", by=by, now=now)
    return held


@transaction.atomic
def undo(*, checkpoint_id: str, by: Actor, now: datetime) -> HeldDecision:
    """Take an answer back before it takes effect; nothing has happened.

    Raises NotPermitted or WrongState, having changed nothing.
    """
    check_reviews(by)
    mine = HeldDecision.objects.for_tenant(by.tenant).filter(checkpoint=checkpoint_id)
    latest = mine.order_by("-pk").first()
    if latest is None:
        raise WrongState("There is no answer to undo.")
    held = _locked(latest)
    answer_checks.check_undo(by, held, now=now)
    _end(held, HoldState.UNDONE, now=now)
    _note(held, "undone", by=by, now=now)
    return held


@transaction.atomic
def carry_out(hold_id: int, *, now: datetime) -> Decision | None:
    """Give a held answer whose time has come, with all checks once more.

    None if it is not due, has ended already, or is refused; why is then kept with it.
    """
    held = _locked(HeldDecision.objects.get(pk=hold_id))
    if held.state != HoldState.HELD or held.effect_at > now:
        return None
    by = _actor(held)
    given = Given(
        held.checkpoint_id, held.option, held.note, held.reason_code, held.contract_digest,
        held.shown, despite_claim=True,
    )  # fmt: skip
    try:
        with transaction.atomic():
            decision = decide(checked(given, by=by, now=now, hold=held.pk))
    except Refusal as refused:
        _end(held, HoldState.REFUSED, now=now, outcome=str(refused))
        _note(held, "hold_refused", by=by, now=now)
        return None
    _end(held, HoldState.CARRIED_OUT, now=now)
    return decision


def _locked(held: HeldDecision) -> HeldDecision:
    """The held answer, locked after its loop and its checkpoint, as everywhere."""
    trace_id = HumanCheckpoint.objects.values_list("trace_id", flat=True).get(pk=held.checkpoint_id)
    LoopTrace.objects.locked().get(pk=trace_id)
    HumanCheckpoint.objects.locked().get(pk=held.checkpoint_id)
    rows = HeldDecision.objects.select_related(
        "tenant", "person", "on_behalf_of", "checkpoint__trace"
    )
    return rows.select_for_update(of=("self",)).get(pk=held.pk)


def _actor(held: HeldDecision) -> Actor:
    """The person as they may act now, which may be less than when they answered."""
    return as_they_may_now(
        held.person, tenant=held.tenant, door=Door(held.door), label=held.label,
        acts_for=held.on_behalf_of,
    )  # fmt: skip


def _end(held: HeldDecision, state: HoldState, *, now: datetime, outcome: str = "") -> None:
    held.state, held.ended_at, held.outcome = state, now, outcome
    held.save(update_fields=["state", "ended_at", "outcome"])


def _note(held: HeldDecision, what: str, *, by: Actor, now: datetime) -> None:
    """The history of a held answer: an audit row, and word to open pages."""
    audit.record(
        by=by,
        action=f"checkpoint.{what}",
        about=held.checkpoint,
        after={"option": held.option, "effect_at": held.effect_at.isoformat()},
        note=held.outcome or held.note,
        now=now,
    )
    tell_pages(held.checkpoint.trace, kind="decision", now=now)
