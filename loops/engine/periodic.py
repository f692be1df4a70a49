"""What happens by the clock. The relay finds which job is due and asks a worker to run it.

A job may run twice or late: each looks at the rows, never at the time since it ran last. A
message that was lost, or whose worker died, is sent again.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q
from django.utils import timezone

from loops.models import PeriodicJob
from m25console import jobs
from m25console.jobs import Job

LOST_AFTER: Final = timedelta(seconds=30)  # sent, and nobody has begun
DEAD_AFTER: Final = timedelta(seconds=180)  # begun, and longer than a task may take
MAX_ERROR: Final = 2000
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Call:
    """A message: whoever reads it may run the job while the ticket is valid."""

    name: str
    ticket: str


def prepare() -> None:
    """Make a row for every job, once for all relays; forget jobs that are no more."""
    names = list(jobs.declared())
    PeriodicJob.objects.exclude(name__in=names).delete()
    PeriodicJob.objects.bulk_create(
        [PeriodicJob(name=name) for name in names], ignore_conflicts=True
    )


def give_out(*, now: datetime) -> list[Call]:
    """Calls to send now. Several relays may call this at once: each job goes to one of them."""
    due = Q(next_run_at__lte=now) & _idle(now)
    if not PeriodicJob.objects.filter(due).exists():
        return []
    with transaction.atomic():
        jobs = list(
            PeriodicJob.objects.filter(due).select_for_update(skip_locked=True).order_by("name")
        )
        for job in jobs:
            job.ticket, job.sent_at, job.started_at = uuid4().hex, now, None
            job.save(update_fields=["ticket", "sent_at", "started_at"])
    return [Call(job.name, job.ticket) for job in jobs]


def _idle(now: datetime) -> Q:
    unread = Q(started_at__isnull=True, sent_at__lt=now - LOST_AFTER)
    abandoned = Q(started_at__lt=now - DEAD_AFTER)
    return Q(sent_at__isnull=True) | unread | abandoned


def run(
    call: Call, *, now: datetime, known: Mapping[str, Job] | None = None
) -> Mapping[str, Any] | None:
    """Run a job and note how it went; None for a call that is repeated or outdated.

    Raises OperationalError when the database is out of reach; the job is then given out again.
    """
    job = (known if known is not None else jobs.declared()).get(call.name)
    mine = PeriodicJob.objects.filter(name=call.name, ticket=call.ticket)
    if job is None or not mine.filter(started_at__isnull=True).update(started_at=now):
        return None
    began = time.monotonic()
    result, error = _outcome(job, call.name, now)
    mine.update(
        ticket="",
        sent_at=None,
        started_at=None,
        finished_at=timezone.now(),
        took_ms=round((time.monotonic() - began) * 1000),
        runs=F("runs") + 1,
        next_run_at=job.next_run(now),
        result=dict(result) if result is not None else None,
        last_error=error,
    )
    return result


def _outcome(job: Job, name: str, now: datetime) -> tuple[Mapping[str, Any] | None, str]:
    """What the job says it did, or how it failed."""
    try:
        return job.run(now), ""
    except (OperationalError, InterfaceError):
        raise
    except Exception as raised:
        log.exception("periodic job failed", job=name)
        return None, f"{type(raised).__name__}: {raised}"[:MAX_ERROR]


def run_now(name: str, *, now: datetime) -> Mapping[str, Any]:
    """Run a job here, whether it is due or not."""
    return jobs.declared()[name].run(now)
