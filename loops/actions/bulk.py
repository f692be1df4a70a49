"""Answering many questions at once: one run, and a transaction of its own for each question."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from loops.actions import claims, holds, snoozes
from loops.actions.answers import Given
from loops.actions.checkpoint_rules import rules_of
from loops.actions.checkpoints import checked, decide
from loops.domain import bulk
from loops.domain.checkpoints import MAX_NOTE
from loops.domain.states import BulkAct, ItemState, RejectReason, Resolution
from loops.models import BulkItem, BulkRun, HumanCheckpoint
from m25console import audit
from m25console.access import Actor, as_they_may_now, check_reviews
from m25console.refusals import InvalidInput, NotFound, Refusal
from m25console.vocabulary import Door


@dataclass(frozen=True)
class Chosen:
    """A question as the person was shown it."""

    checkpoint_id: str
    digest: str


@dataclass(frozen=True)
class Said:
    """What is to be done to each question chosen."""

    act: BulkAct
    note: str = ""
    reason_code: str = ""
    until: datetime | None = None
    despite_claim: bool = False
    group_key: str = ""


@transaction.atomic
def begin(*, said: Said, chosen: Sequence[Chosen], by: Actor, now: datetime) -> BulkRun:
    """Keep what is to be done to these questions; `do_next` does it, one after the other.

    Raises NotPermitted, InvalidInput, or NotFound if one of them is not of this tenant.
    """
    check_reviews(by)
    wanted = {one.checkpoint_id: one.digest for one in chosen}
    check_said(said, count=len(wanted))
    mine = HumanCheckpoint.objects.for_tenant(by.tenant).filter(pk__in=list(wanted))
    if mine.count() != len(wanted):
        raise NotFound("One of these checkpoints does not exist.")
    assert by.user is not None  # only people may decide
    run = BulkRun.objects.create(
        tenant=by.tenant, person=by.user, on_behalf_of=by.acts_for, label=by.label, door=by.door,
        act=said.act, note=said.note.strip(), reason_code=said.reason_code, until=said.until,
        despite_claim=said.despite_claim, group_key=said.group_key, total=len(wanted),
        created_at=now,
    )  # fmt: skip
    BulkItem.objects.bulk_create(
        BulkItem(tenant=by.tenant, run=run, checkpoint_id=pk, position=n, contract_digest=digest)
        for n, (pk, digest) in enumerate(wanted.items())
    )
    audit.record(
        by=by, action=f"bulk.{said.act}", about=run, note=run.note, now=now,
        after={"checkpoints": run.total, "group": run.group_key},
    )  # fmt: skip
    return run


def check_said(said: Said, *, count: int) -> None:
    """Whether this can be done to so many questions. Raises InvalidInput."""
    faults: dict[str, list[str]] = {}
    if not 1 <= count <= bulk.MOST:
        faults["chosen"] = [f"Choose between one and {bulk.MOST} checkpoints."]
    if said.act is BulkAct.REJECT and not said.note.strip():
        faults["note"] = ["Give a reason: whoever meets these failures next will read it."]
    if len(said.note) > MAX_NOTE:
        faults["note"] = [f"Keep it under {MAX_NOTE:,} characters."]
    if said.reason_code and said.reason_code not in [one.value for one in RejectReason]:
        faults["reason_code"] = ["Choose one of the reasons offered."]
    if said.act is BulkAct.SNOOZE and said.until is None:
        faults["until"] = ["Say until when."]
    if faults:
        raise InvalidInput.of(faults)


@transaction.atomic
def do_next(run: BulkRun, *, now: datetime) -> tuple[BulkItem, str] | None:
    """Do the next question that waits and nobody else is at; None if there is none.

    With the item comes the id of the loop that can go on now, empty if none can. What was done
    and that it was done commit together, so nothing is done twice.
    """
    waiting = BulkItem.objects.filter(run=run, state=ItemState.WAITING).order_by("position")
    item = waiting.select_for_update(of=("self",), skip_locked=True).first()
    if item is None:
        return None
    resumes = ""
    try:
        with transaction.atomic():
            item.told, resumes = _do(run, item, now=now)
            item.state = ItemState.DONE
    except Refusal as refused:
        item.told, item.state = str(refused), ItemState.SKIPPED
    item.save(update_fields=["state", "told"])
    return item, resumes


@transaction.atomic
def set_aside(run: BulkRun) -> None:
    """Skip the question over which something broke, so that the others go on."""
    waiting = BulkItem.objects.filter(run=run, state=ItemState.WAITING).order_by("position")
    item = waiting.select_for_update(of=("self",), skip_locked=True).first()
    if item is not None:
        item.state, item.told = ItemState.SKIPPED, "Something broke; try it on its own page."
        item.save(update_fields=["state", "told"])


def finish(run: BulkRun, *, now: datetime) -> bool:
    """Close the run if nothing of it waits any more; whether it is closed now."""
    waiting = BulkItem.objects.filter(run=run, state=ItemState.WAITING)
    if waiting.exists():
        return False
    BulkRun.objects.unfinished().filter(pk=run.pk).update(finished_at=now)
    return True


def _do(run: BulkRun, item: BulkItem, *, now: datetime) -> tuple[str, str]:
    """What came of it in words, and the loop that can go on. Raises Refusal."""
    by = as_they_may_now(
        run.person, tenant=run.tenant, door=Door(run.door), label=run.label,
        acts_for=run.on_behalf_of,
    )  # fmt: skip
    act = BulkAct(run.act)
    if act is BulkAct.CLAIM:
        claims.claim(checkpoint_id=item.checkpoint_id, by=by, now=now, take_over=run.despite_claim)
        return "Claimed.", ""
    if act is BulkAct.RELEASE:
        claims.release(checkpoint_id=item.checkpoint_id, by=by, now=now)
        return "Released.", ""
    if act is BulkAct.SNOOZE:
        assert run.until is not None  # a constraint of the table
        snoozes.snooze(checkpoint_id=item.checkpoint_id, until=run.until, by=by, now=now)
        return "Snoozed.", ""
    return _answer(run, item, by=by, now=now)


def _answer(run: BulkRun, item: BulkItem, *, by: Actor, now: datetime) -> tuple[str, str]:
    asked = HumanCheckpoint.objects.only("options", "risk").get(pk=item.checkpoint_id)
    act = BulkAct(run.act)
    wrong = bulk.obstacle(act, options=asked.options, risk=asked.risk)
    option = bulk.answer_of(act, options=asked.options)
    if wrong or option is None:
        raise LeftOut(wrong)
    given = Given(
        item.checkpoint_id, option, run.note,
        run.reason_code if option is Resolution.REJECT else "",
        item.contract_digest, despite_claim=run.despite_claim,
    )  # fmt: skip
    seconds = rules_of(run.tenant).hold_seconds if by.door is Door.WEB else 0
    if seconds:
        held = holds.hold(given, by=by, now=now, seconds=seconds)
        return f"{DONE[option][:-1]} as of {held.effect_at:%H:%M:%S} UTC, unless undone.", ""
    decision = decide(checked(given, by=by, now=now))
    trace_id = decision.checkpoint.trace_id if decision.resumes else ""
    if decision.approvals_missing:
        return "Counted; others must agree too.", trace_id
    return DONE[option], trace_id


DONE = {
    Resolution.APPLY: "Approved.",
    Resolution.APPROVE: "Approved.",
    Resolution.REJECT: "Rejected.",
    Resolution.CANCEL: "Left as it is.",
    Resolution.DEFER: "Deferred.",
}


class LeftOut(Refusal):
    """A question that is not answered together with others."""

    code = "left_out"
