"""What people do to a loop as a whole."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from loops import permissions
from loops.actions import loop_audits
from loops.domain.states import EventStatus, LoopOutcome, Stage
from loops.feed import tell_pages
from loops.models import LoopEvent, LoopTrace
from m25console import audit
from m25console.access import Actor
from m25console.rows import found


@transaction.atomic
def retry(*, trace_id: str, stage: str, by: Actor, now: datetime) -> LoopTrace:
    """Try a failed stage again with the payload it failed on; the loop is due when this returns.

    Raises NotFound, NotPermitted, NotRetriable or WrongState, having changed nothing.
    """
    trace = found(LoopTrace.objects.for_tenant(by.tenant).locked(), trace_id, noun="loop")
    permissions.check_retry(by, trace, stage=stage)
    before = trace.failure_state
    trace.attempt = _try_again(trace, stage=stage, now=now).attempt
    trace.failure_state, trace.failure_detail = None, ""
    trace.next_run_at = trace.last_activity_at = now
    trace.crashes = 0
    trace.version += 1
    trace.save()
    loop_audits.reopened(trace, reason=f"Stage {stage} is tried again.", now=now)
    audit.record(
        by=by,
        action="loop.retry",
        about=trace,
        before={"failure_state": before},
        after={"stage": stage, "attempt": trace.attempt},
        now=now,
    )
    tell_pages(trace, kind="loop", now=now)
    return trace


def _try_again(trace: LoopTrace, *, stage: str, now: datetime) -> LoopEvent:
    """The open event of the next attempt at the stage that failed."""
    failed = trace.events.latest("position")
    return LoopEvent.objects.create(
        tenant_id=trace.tenant_id,
        trace=trace,
        incident_id=trace.incident_id,
        stage=stage,
        attempt=failed.attempt + 1,
        position=failed.position + 1,
        status=EventStatus.CLAIMED,
        details={"payload": failed.details.get("payload", {})},
        parent_event=failed,
        created_at=now,
    )


def wake_resting(*, stages: Collection[Stage], now: datetime) -> int:
    """Make loops due again that rest at a stage which was switched off and is on now."""
    resting = LoopTrace.objects.filter(
        outcome=LoopOutcome.RUNNING,
        next_run_at__isnull=True,
        current_stage__in=[stage.value for stage in stages],
    )
    return resting.update(next_run_at=now)
