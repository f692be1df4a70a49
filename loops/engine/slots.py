"""Keeping a bounded number of `loops.advance` messages in flight.

A slot stands for one message. Losing the message, or the worker that took it, costs a moment:
the slot is found idle and given out again. The backlog itself stays in `loop_traces`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import F

from loops.engine.settings import BATCH_SIZE
from loops.models import AdvanceSlot, LoopTrace

SLOTS: Final = 8  # messages in flight, over all relays
LOST_AFTER: Final = timedelta(seconds=1)  # sent, not taken up, and not in the broker either
DEAD_AFTER: Final = timedelta(seconds=10)  # taken up, and no sign of life since
GONE_AFTER: Final = timedelta(seconds=2)  # the same, and none of its loops is locked
AGAIN_AFTER: Final = timedelta(seconds=1)  # others go first: whom it kills cannot serve them


@dataclass(frozen=True)
class Message:
    """What to send: a worker that reads it may work for this slot while the ticket is valid."""

    slot: int
    ticket: str


def prepare() -> None:
    """Create the slots, once for all relays."""
    AdvanceSlot.objects.bulk_create(
        [AdvanceSlot(number=number) for number in range(SLOTS)], ignore_conflicts=True
    )


def give_out(*, queued: int | None, now: datetime) -> list[Message]:
    """Messages to send now, as many as the due loops are worth and the slots allow.

    `queued` is how many messages wait in the broker; None if it cannot be asked, and then nothing
    counts as lost. Several relays may call this at once: each slot goes to one of them.
    """
    if not _anything_to_do(now=now):
        return []
    with transaction.atomic():
        slots = list(AdvanceSlot.objects.select_for_update(skip_locked=True).order_by("number"))
        _bury(slots, now=now)
        _forget_lost(slots, queued=queued, now=now)
        wanted = _batches_due(now=now) - sum(slot.sent_at is not None for slot in slots)
        free = [slot for slot in slots if slot.sent_at is None][: max(0, wanted)]
        for slot in free:
            slot.ticket, slot.sent_at, slot.started_at = uuid4().hex, now, None
            slot.beat_at, slot.holding, slot.sends = None, [], slot.sends + 1
            slot.save()
    return [Message(slot.number, slot.ticket) for slot in free]


def take_up(message: Message, *, worker: str, now: datetime) -> bool:
    """Begin to work for a slot; False if its ticket is no longer valid, or somebody else began."""
    mine = AdvanceSlot.objects.filter(
        number=message.slot, ticket=message.ticket, started_at__isnull=True
    )
    return bool(mine.update(started_at=now, beat_at=now, worker=worker))


def beat(message: Message, *, holding: Sequence[str], now: datetime) -> bool:
    """Show life, and say which loops are being worked on; False if the slot was given away."""
    mine = AdvanceSlot.objects.filter(number=message.slot, ticket=message.ticket)
    return bool(mine.update(beat_at=now, holding=list(holding)))


def release(message: Message) -> None:
    """The work is done; the slot is free."""
    AdvanceSlot.objects.filter(number=message.slot, ticket=message.ticket).update(
        sent_at=None, started_at=None, holding=[]
    )


# The order makes PostgreSQL take the index; of an EXISTS it would read the table, which holds
# what is due at its far end.
_ANYTHING = """
SELECT (SELECT true FROM loop_traces WHERE next_run_at <= %s ORDER BY next_run_at, id LIMIT 1)
    OR EXISTS (SELECT FROM advance_slots WHERE sent_at IS NOT NULL)
"""


def _anything_to_do(*, now: datetime) -> bool:
    """Whether a loop is due or a message in flight; five looks a second, so it has to be cheap."""
    with connection.cursor() as cursor:
        cursor.execute(_ANYTHING, [now])
        return bool(cursor.fetchone()[0])


def _batches_due(*, now: datetime) -> int:
    """How many batches the due loops fill, at most one per slot; cheap when nothing is due."""
    due = LoopTrace.objects.due(now).values_list("pk")[: SLOTS * BATCH_SIZE]
    return -(-len(due) // BATCH_SIZE)


def _bury(slots: Sequence[AdvanceSlot], *, now: datetime) -> None:
    """Free the slots of workers that died, and note over which loops.

    A loop that is locked is being worked on by somebody alive, so it is not counted. Death may
    strike any worker, so a loop is under suspicion only after several: in ever smaller company
    (see dispatcher), and in the end alone.
    """
    abandoned: set[str] = set()
    for slot in slots:
        quiet = now - slot.beat_at if slot.beat_at else timedelta(0)
        if quiet <= GONE_AFTER:
            continue
        unlocked = _unlocked(slot.holding)
        if quiet > DEAD_AFTER or len(unlocked) == len(slot.holding):
            abandoned |= unlocked
            _free(slot)
    LoopTrace.objects.due(now).filter(pk__in=abandoned).update(
        crashes=F("crashes") + 1, next_run_at=now + AGAIN_AFTER
    )


def _unlocked(trace_ids: Sequence[str]) -> set[str]:
    """Those of these loops that are in nobody's hands."""
    free = LoopTrace.objects.filter(pk__in=trace_ids).order_by("pk").claimed()
    return set(free.values_list("pk", flat=True))


def _forget_lost(slots: Sequence[AdvanceSlot], *, queued: int | None, now: datetime) -> None:
    """Free the slots whose message the broker no longer has."""
    if queued is None:
        return
    unread = [slot for slot in slots if slot.sent_at and slot.started_at is None]
    lost = len(unread) - queued
    overdue = [slot for slot in unread if slot.sent_at and now - slot.sent_at > LOST_AFTER]
    for slot in sorted(overdue, key=lambda slot: slot.sent_at or now)[: max(0, lost)]:
        _free(slot)


def _free(slot: AdvanceSlot) -> None:
    slot.ticket, slot.sent_at, slot.started_at = "", None, None
    slot.beat_at, slot.holding = None, []
    slot.save()
