"""Loops that nobody advances though others are: the loop timeout of loop mechanics 1.0.0.

A due loop that only waits its turn in a backlog is not failed for it, however long it waits:
what is due longest is taken first, so the backlog passes it by only if something is wrong with
the loop itself. That is told, not punished: whatever holds the loop may yet let it go, and a
worker that is at work on it is ended by its own time limit.
"""

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.db import transaction

from loops.domain.states import AlertSeverity, AlertType
from loops.engine.settings import BATCH_SIZE
from loops.models import AuditAlert, AuditRun, LoopTrace

LOOP_TIMEOUT: Final = timedelta(seconds=300)
BETWEEN_LOOKS_SECONDS: Final = 5.0
NAMED: Final = 10  # ids in the result
KEY: Final = "loop"
log = structlog.get_logger(__name__)


def watch_loops(now: datetime, *, wait: Callable[[float], None] = time.sleep) -> Mapping[str, Any]:
    """Look twice at the loops due longest; those that were passed over in between are stuck.

    Says how many, and names some. While nothing is advanced at all, none is: then the workers
    are away, which readiness tells.
    """
    before = _overdue(now)
    if not before:
        return {"stuck": 0}
    wait(BETWEEN_LOOKS_SECONDS)
    after = _overdue(now)
    passed_by = before.keys() - after.keys()
    stuck = sorted(pk for pk in after if before.get(pk) == after[pk]) if passed_by else []
    for pk in stuck:
        log.error("loop is stuck", loop=pk)
    _alert(stuck, now=now)
    return {"stuck": len(stuck), "loops": stuck[:NAMED]}


@transaction.atomic
def _overdue(now: datetime) -> dict[str, int]:
    """The loops due longest that had their time and that nobody is working on, with their
    versions: as many as a worker takes at once. The locks are let go at once."""
    due = LoopTrace.objects.due(now - LOOP_TIMEOUT).filter(last_activity_at__lt=now - LOOP_TIMEOUT)
    return dict(due.claimed().values_list("pk", "version")[:BATCH_SIZE])


def _alert(stuck: list[str], *, now: datetime) -> None:
    """One alert for each of these loops that has a run yet."""
    AuditAlert.objects.bulk_create(
        [
            AuditAlert(
                tenant_id=run.tenant_id,
                run=run,
                alert_type=AlertType.EXPECTATION_TIMEOUT,
                severity=AlertSeverity.HIGH,
                key=KEY,
                sentence="The loop is due and workers pass it by.",
                created_at=now,
            )
            for run in AuditRun.objects.filter(trace__in=stuck)
        ],
        ignore_conflicts=True,
    )
