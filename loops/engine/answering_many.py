"""Carrying a run over many questions out: a moment of it at once, the rest by a worker.

Each question is done in a transaction of its own by whoever gets it first, so that a process that
dies, or two at once, do nothing twice.
"""

from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final

import structlog

from loops.actions import bulk
from loops.engine import dispatcher
from loops.models import BulkItem, BulkRun

log = structlog.get_logger(__name__)

AT_ONCE: Final = timedelta(seconds=1.5)  # that a person waits before they see progress instead
IN_A_RUN: Final = timedelta(seconds=20)  # of the periodic job
TOGETHER: Final = 50  # loops advanced in one batch


def carry_on(run: BulkRun, *, now: datetime, within: timedelta = AT_ONCE) -> bool:
    """Do what waits, for about so long; whether the run is finished."""
    ends = monotonic() + within.total_seconds()
    due: list[str] = []
    while (done := _next(run, now=now)) is not None:
        due += [done[1]] if done[1] else []
        if len(due) >= TOGETHER:
            _advance(due)
            due = []
        if monotonic() >= ends:
            break
    _advance(due)
    return bulk.finish(run, now=now)


def carry_on_all(now: datetime) -> dict[str, Any]:
    """Go on with every unfinished run, the oldest first, for a bounded time."""
    ends = monotonic() + IN_A_RUN.total_seconds()
    told = {"finished": 0, "left": 0}
    runs = BulkRun.objects.unfinished().select_related("tenant", "person", "on_behalf_of")
    for run in runs.order_by("pk")[:100]:
        left = timedelta(seconds=max(0.0, ends - monotonic()))
        told["finished" if carry_on(run, now=now, within=left) else "left"] += 1
    return told


def _next(run: BulkRun, *, now: datetime) -> tuple[BulkItem, str] | None:
    """As `do_next`; a question over which something breaks is set aside, and the next is done."""
    while True:
        try:
            return bulk.do_next(run, now=now)
        except Exception:
            log.exception("a question set aside", run=run.pk)
            bulk.set_aside(run)


def _advance(loops: list[str]) -> None:
    """Advance loops. What was decided stands even if this fails: a worker tries again."""
    if not loops:
        return
    try:
        dispatcher.advance(loops)
    except Exception:
        log.exception("loops left to the workers", loops=len(loops))
