"""Celery entry points: load nothing, decide nothing, make one call."""

import os

from celery import shared_task
from django.utils import timezone

from loops.engine import delivering, executing, periodic, working
from loops.engine.slots import Message
from m25console.celery import TRIED_AGAIN
from m25console.errands import Call
from m25console.runtime import pulse


@shared_task(name="loops.advance", **TRIED_AGAIN)
def advance(*, slot: int, ticket: str, **_later_arguments: object) -> None:
    """Advance due loops until none is left; a repeated or outdated message does nothing."""
    working.work_for(Message(slot, ticket), worker=_name())


@shared_task(name="loops.job", **TRIED_AGAIN)
def job(*, name: str, ticket: str, **_later_arguments: object) -> None:
    """Run a periodic job; a repeated or outdated message does nothing."""
    periodic.run(periodic.Call(name, ticket), now=timezone.now())


# What it calls gives up within ten seconds; a process that hangs longer is ended, and the
# execution goes to another when its lease is over.
@shared_task(name="loops.execute", time_limit=30, **TRIED_AGAIN)
def execute(*, execution_id: str, ticket: str, **_later_arguments: object) -> None:
    """Try an execution once; a repeated or outdated message does nothing."""
    executing.execute(Call(execution_id, ticket))


@shared_task(name="loops.deliver", time_limit=45, **TRIED_AGAIN)
def deliver(*, delivery_id: str, ticket: str, **_later_arguments: object) -> None:
    """Try a delivery once; a repeated or outdated message does nothing."""
    delivering.deliver(Call(delivery_id, ticket))


@shared_task(name="loops.beat")
def beat(**_later_arguments: object) -> None:
    """Show that a message reaches a worker and a worker reaches the database."""
    working.show_life(pulse.WORKER, name=_name(), now=timezone.now())


def _name() -> str:
    return pulse.name_of(pulse.WORKER, leader=os.getppid())
