"""What a worker does with a message, and how processes show that they live."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.utils import timezone

from loops.engine import dispatcher, slots
from loops.engine.dispatcher import Advanced
from loops.engine.slots import Message
from loops.models import Heartbeat

SPELL_SECONDS: Final = 20.0  # then the worker lets another message have its turn


class SlotGivenAway(Exception):  # noqa: N818 - not a fault: somebody else does the work
    """The relay took this worker for dead and sent another; the work is the other's now."""


def work_for(message: Message, *, worker: str) -> Advanced:
    """Advance due loops, batch after batch, until none is left or the spell is over."""
    if not slots.take_up(message, worker=worker, now=timezone.now()):
        return Advanced()

    def holding(ids: Sequence[str]) -> None:
        if not slots.beat(message, holding=ids, now=timezone.now()):
            raise SlotGivenAway

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
