"""A person acts, and the loop goes on at once, in the same process.

The action commits first. If this process dies before the loop has moved on, the loop is due in
the database and a worker takes it up.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog

from loops.actions import checkpoints, loops
from loops.actions.answers import Decision
from loops.domain.states import CheckpointType, RecoveryStatus, Resolution
from loops.engine import dispatcher
from loops.models import HumanCheckpoint, LoopTrace, RecoveryCandidate
from m25console.access import Actor
from m25console.refusals import NotFound, WrongState

log = structlog.get_logger(__name__)


def resolve(
    *,
    checkpoint_id: str,
    resolution: str,
    note: str,
    by: Actor,
    now: datetime,
    seen_digest: str = "",
    despite_claim: bool = False,
    reason_code: str = "",
    page: Mapping[str, Any] = checkpoints.NOTHING,
) -> Decision:
    """Decide a checkpoint and let its loop go on. Raises what `checkpoints.resolve` raises."""
    decision = checkpoints.resolve(
        checkpoint_id=checkpoint_id,
        resolution=resolution,
        note=note,
        by=by,
        now=now,
        seen_digest=seen_digest,
        despite_claim=despite_claim,
        reason_code=reason_code,
        page=page,
    )
    if decision.resumes:
        go_on(decision.checkpoint.trace_id)
    return decision


def decide_recovery(
    *, recovery_id: str, approves: bool, note: str, by: Actor, now: datetime
) -> Decision:
    """Decide a pending recovery by the checkpoint that asks about it, and let its loop go on.

    Raises WrongState if it is decided already or nobody is asked, and what `resolve` raises.
    """
    recovery = RecoveryCandidate.objects.for_tenant(by.tenant).filter(pk=recovery_id).first()
    if recovery is None:
        raise NotFound("There is no such recovery.")
    if recovery.status != RecoveryStatus.PENDING:
        raise WrongState(f"This recovery is already {recovery.status}.")
    asked = HumanCheckpoint.objects.pending().filter(
        trace=recovery.trace_id,
        checkpoint_type=CheckpointType.APPROVE_RECOVERY,
        target_id=recovery.pk,
    )
    checkpoint = asked.first()
    if checkpoint is None:
        raise WrongState("Nobody is asked about this recovery: it is only noted.")
    option = Resolution.APPLY if approves else Resolution.REJECT
    return resolve(checkpoint_id=checkpoint.pk, resolution=option, note=note, by=by, now=now)


def retry(*, trace_id: str, stage: str, by: Actor, now: datetime) -> LoopTrace:
    """Retry a failed stage and let the loop go on. Raises what `loops.retry` raises."""
    trace = loops.retry(trace_id=trace_id, stage=stage, by=by, now=now)
    go_on(trace.pk)
    trace.refresh_from_db()
    return trace


def go_on(trace_id: str) -> None:
    """Advance one loop. What was decided stands even if this fails: a worker tries again."""
    try:
        dispatcher.advance([trace_id])
    except Exception:
        log.exception("loop left to the workers", loop=trace_id)
