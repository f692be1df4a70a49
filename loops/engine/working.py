"""What a worker does with a message, and how processes show that they live."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Max
from django.utils import timezone

from loops.engine import dispatcher, slots
from loops.engine.dispatcher import Advanced
from loops.engine.slots import Message
from loops.models import Heartbeat
from m25console.runtime import pulse

FRESH: Final = timedelta(seconds=60)
SPELL_SECONDS: Final = 20.0  # then the worker lets another message have its turn


class SlotGivenAway(Exception):  # noqa: N818 - not a fault: somebody else does the work
    """The relay took this worker for dead and sent another; the work is the other's now."""


def work_for(message: Message, *, worker: str) -> Advanced:
    """Advance due loops, batch after batch, until none is left or the spell is over."""
    if not slots.take_up(message, worker=worker, now=timezone.now()):
        return Advanced()

    def holding(ids: Sequence[str]) -> None:
        now = timezone.now()
        if not slots.beat(message, holding=ids, now=now):
            raise SlotGivenAway
        # In a backlog, messages that ask for a beat wait behind those that ask for work.
        show_life(pulse.WORKER, name=worker, now=now)

    moved = Advanced()
    ends = time.monotonic() + SPELL_SECONDS
    try:
        while time.monotonic() < ends:
            batch = dispatcher.advance_due(holding=holding)
            moved += batch
            if not batch.loops:
                break
    except SlotGivenAway:
        return moved
    slots.release(message)
    return moved


def show_life(role: str, *, name: str, now: datetime) -> None:
    """Note that a process did its work just now."""
    Heartbeat.objects.update_or_create(name=name, defaults={"role": role, "beat_at": now})


def signs_of_life(*, now: datetime) -> dict[str, str]:
    """For relay and worker: "ok", or in words that nothing was heard of them lately."""
    beats = dict(Heartbeat.objects.values_list("role").annotate(latest=Max("beat_at")))
    return {
        role: "ok" if role in beats and now - beats[role] < FRESH else "not heard of lately"
        for role in (pulse.RELAY, pulse.WORKER)
    }
