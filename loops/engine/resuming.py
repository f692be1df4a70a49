"""A person acts, and the loop goes on at once, in the same process.

The action commits first. If this process dies before the loop has moved on, the loop is due in
the database and a worker takes it up.
"""

from datetime import datetime

import structlog

from loops.actions import checkpoints, loops
from loops.actions.answers import Decision
from loops.engine import dispatcher
from loops.models import LoopTrace
from m25console.access import Actor

log = structlog.get_logger(__name__)


def resolve(
    *,
    checkpoint_id: str,
    resolution: str,
    note: str,
    by: Actor,
    now: datetime,
    seen_digest: str = "",
) -> Decision:
    """Decide a checkpoint and let its loop go on. Raises what `checkpoints.resolve` raises."""
    decision = checkpoints.resolve(
        checkpoint_id=checkpoint_id,
        resolution=resolution,
        note=note,
        by=by,
        now=now,
        seen_digest=seen_digest,
    )
    if decision.resumes:
        _go_on(decision.checkpoint.trace_id)
    return decision


def retry(*, trace_id: str, stage: str, by: Actor, now: datetime) -> LoopTrace:
    """Retry a failed stage and let the loop go on. Raises what `loops.retry` raises."""
    trace = loops.retry(trace_id=trace_id, stage=stage, by=by, now=now)
    _go_on(trace.pk)
    trace.refresh_from_db()
    return trace


def _go_on(trace_id: str) -> None:
    """Advance one loop. What was decided stands even if this fails: a worker tries again."""
    try:
        dispatcher.advance([trace_id])
    except Exception:
        log.exception("loop left to the workers", loop=trace_id)
