"""What senders say about their runs: promises, acknowledgements, phases. One transaction each,
under the run's lock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from loops.actions.governance import governance
from loops.actions.loop_audits import check_at
from loops.actions.run_facts import facts_of
from loops.domain.governance import ENDED, may_move, status_in
from loops.domain.runtime_audit import (
    DEFAULT_PROMISES,
    FINALIZE_RUN,
    LIVENESS,
    Ack,
    Promise,
    due_at,
    reconcile,
)
from loops.domain.states import AckStatus, AuditStatus, RunPhase, RunStatus
from loops.feed import tell_of_run
from loops.models import AuditAck, AuditExpectation, AuditRun
from m25console import audit
from m25console.access import Actor
from m25console.refusals import InvalidInput, NotFound, WrongState

MAX_RUN_ID = 255  # characters
OURS = "loop_"  # what the ids of the console's own runs begin with


@dataclass(frozen=True)
class Declared:
    """A run, and whether it was unknown before."""

    run: AuditRun
    is_new: bool


@transaction.atomic
def declare(
    *, run_id: str, by: Actor, now: datetime, promises: Sequence[Promise] = DEFAULT_PROMISES
) -> Declared:
    """Begin a run (T0) with what it promises. Of a run that is known already nothing changes.

    Raises InvalidInput for an id that cannot be a sender's.
    """
    check_run_id(run_id)
    run, is_new = AuditRun.objects.get_or_create(
        tenant=by.tenant, run_id=run_id, defaults={"created_at": now, "next_check_at": now}
    )
    if is_new:
        _promise(run, promises, now=now)
        schedule(run, now=now)
        tell_of_run(run, now=now)
    return Declared(run, is_new)


def check_run_id(run_id: str) -> None:
    """Raises InvalidInput, saying what is wrong with it."""
    wrong = ""
    if not 0 < len(run_id) <= MAX_RUN_ID or not run_id.isprintable():
        wrong = f"A run id has 1 to {MAX_RUN_ID} visible characters."
    elif run_id.startswith(OURS):
        wrong = f'Ids that begin with "{OURS}" are those of the console\'s own runs.'
    if wrong:
        raise InvalidInput(wrong, fields={"/run_id": [wrong]})


@transaction.atomic
def expect(*, run_id: str, promises: Sequence[Promise], by: Actor, now: datetime) -> AuditRun:
    """Add promises to a run under way, due from now; those it has made already stay as they are.

    Raises NotFound, or WrongState for a run that has ended or is a loop.
    """
    run = locked_run(run_id, by=by)
    check_goes_on(run)
    _promise(run, promises, now=now)
    schedule(run, now=now)
    tell_of_run(run, now=now)
    return run


@transaction.atomic
def acknowledge(*, run_id: str, ack: Ack, by: Actor, now: datetime) -> AuditAck:
    """Keep the word that something was done, failed or was taken back, also of a run that has
    ended: late is better than never, and reconciled again.

    Raises NotFound, or WrongState for a run that is a loop.
    """
    run = locked_run(run_id, by=by)
    [row] = keep(run, [ack], now=now)
    schedule(run, now=now, soon=run.phase in ENDED)
    tell_of_run(run, now=now)
    return row


@transaction.atomic
def move(
    *, run_id: str, phase: RunPhase, by: Actor, now: datetime, status: RunStatus | None = None
) -> AuditRun:
    """Bring a run to its next phase; reaching the last one finalizes it.

    Raises NotFound, or WrongState for a move or a status that the phase does not allow, for a
    loop, and, under a profile that checks in mid-run, for leaving the governance check with
    something amiss.
    """
    run = locked_run(run_id, by=by)
    here = RunPhase(run.phase)
    if not may_move(here, phase):
        raise WrongState(f"A run in phase {here} cannot come to {phase}.")
    if here is RunPhase.GOVERNANCE_CHECK and phase is not RunPhase.FAILED:
        _check_nothing_amiss(run, now=now)
    enter(run, phase, status=status, by=by, now=now)
    return run


def _check_nothing_amiss(run: AuditRun, *, now: datetime) -> None:
    if not governance().mid_run_check:
        return
    facts = facts_of([run.pk])[run.pk]
    found = reconcile(facts.expectations, facts.acks, now)
    amiss = [str(key) for key in (*found.missing, *found.drift, *found.failed)]
    if amiss:
        raise WrongState(f"This run cannot pass the governance check: {', '.join(amiss)}.")


def locked_run(run_id: str, *, by: Actor) -> AuditRun:
    """A sender's run, locked. Raises NotFound, or WrongState for a loop: only it speaks for its
    run."""
    can_be_one = len(run_id) <= MAX_RUN_ID and run_id.isprintable()
    mine = AuditRun.objects.for_tenant(by.tenant).locked()
    run = mine.filter(run_id=run_id).first() if can_be_one else None
    if run is None:
        raise NotFound("There is no such run.")
    if run.trace_id is not None:
        raise WrongState("This run is a loop of the console, which keeps its own record.")
    return run


def check_goes_on(run: AuditRun) -> None:
    """Raises WrongState for a run that has ended."""
    if run.phase in ENDED:
        raise WrongState(f"This run has ended: it is {run.status}.")


def keep(run: AuditRun, acks: Sequence[Ack], *, now: datetime) -> list[AuditAck]:
    """Append acknowledgements of a locked run, and bring its promises up to date."""
    rows = [
        AuditAck(
            tenant_id=run.tenant_id,
            run=run,
            domain=ack.key.domain,
            action=ack.key.action,
            status=ack.status,
            result_id=ack.result_id,
            error=ack.error,
            rolled_back=ack.rolled_back,
            rollback_reason=ack.rollback_reason,
            metadata=dict(ack.metadata),
            created_at=now,
        )
        for ack in acks
    ]
    AuditAck.objects.bulk_create(rows)
    for ack in acks:
        mine = run.expectations.filter(domain=ack.key.domain, action=ack.key.action)
        acked = {"acked_at": now} if ack.means is AuditStatus.ACKED else {}
        mine.update(status=ack.means, **acked)
    return rows


def enter(
    run: AuditRun,
    phase: RunPhase,
    *,
    by: Actor,
    now: datetime,
    status: RunStatus | None = None,
    code: str = "",
    through: Sequence[RunPhase] = (),
) -> None:
    """Put a locked run into a phase it may come to, perhaps `through` others; the last one is
    acknowledged as its end."""
    fitting = status_in(phase, status)
    if fitting is None:
        raise WrongState(f"A run in phase {phase} cannot be {status}.")
    before = {"phase": run.phase, "status": run.status}
    run.phase, run.status, run.status_code = phase, fitting, code
    if phase in ENDED and not stands(run, FINALIZE_RUN):
        keep(run, [Ack(FINALIZE_RUN, result_id=run.run_id[:100])], now=now)
    run.save(update_fields=["phase", "status", "status_code"])
    schedule(run, now=now, soon=phase in ENDED)
    after: dict[str, str] = {"phase": run.phase, "status": run.status}
    if through:
        after["through"] = ", ".join(through)
    audit.record(by=by, action="run.moved", about=run, before=before, after=after, now=now)
    tell_of_run(run, now=now)


def stands(run: AuditRun, key: tuple[str, str]) -> bool:
    """Whether the last word about this action is that it was done."""
    domain, action = key
    last = run.acks.filter(domain=domain, action=action).order_by("pk").last()
    return last is not None and last.status == AckStatus.SUCCESS and last.error is None


def _promise(run: AuditRun, promises: Sequence[Promise], *, now: datetime) -> None:
    AuditExpectation.objects.bulk_create(
        (
            AuditExpectation(
                tenant_id=run.tenant_id,
                run=run,
                domain=one.key.domain,
                action=one.key.action,
                deadline_ms=one.deadline_ms,
                due_at=due_at(begun_at=now, deadline_ms=one.deadline_ms),
                metadata=dict(LIVENESS) if one.key == FINALIZE_RUN else {},
                created_at=now,
            )
            for one in promises
        ),
        ignore_conflicts=True,
    )


def schedule(run: AuditRun, *, now: datetime, soon: bool = False) -> None:
    """Have the run looked at: `soon` after it ended, else at the next deadline it has left."""
    pending = run.expectations.filter(status=AuditStatus.PENDING, due_at__isnull=False)
    due = pending.order_by("due_at").values_list("due_at", flat=True).first()
    ended = check_at(RunPhase(run.phase), now=now) if soon else None
    run.next_check_at = ended or due or now
    run.save(update_fields=["next_check_at"])
