"""Writing down what happened to a loop: its events and where its trace stands."""

from datetime import datetime
from typing import Any

from loops.actions import asking
from loops.domain.checkpoints import Need
from loops.domain.confidence import Band
from loops.domain.payload import jsonable
from loops.domain.states import EventStatus, FailureState, Resolution, Stage
from loops.engine.loop import Loop, Outcome
from loops.engine.workset import Workset
from loops.models import HumanCheckpoint, LoopEvent
from loops.models.ids import new_event_id


def finish(loop: Loop, outcome: Outcome, *, now: datetime) -> None:
    """Close the open event with what its bridge came to, and count the stage."""
    event, trace = loop.event, loop.trace
    event.details = details(loop, outcome)
    event.status = EventStatus.FAILED if outcome.failure_state else EventStatus.DONE
    event.failure_state = outcome.failure_state
    event.confidence = outcome.confidence
    event.confidence_band = outcome.band
    event.requires_human_review = outcome.band in (Band.WEAK, Band.NOVEL)
    event.finished_at = max(now, event.created_at)
    if outcome.failure_state:
        reason = outcome.result.get("note") or outcome.result.get("reason") or ""
        stop(loop, outcome.failure_state, detail=reason)
        return
    loop.done.append(Stage(event.stage))
    completed = trace.stages["completed"]
    if event.stage not in completed:
        completed.append(event.stage)
    if event.stage in trace.stages["failed"]:
        trace.stages["failed"].remove(event.stage)


def details(loop: Loop, outcome: Outcome) -> dict[str, Any]:
    """What the event keeps. Raises TypeError naming the path of what JSON cannot hold."""
    carried = jsonable(outcome.carry, path="event.details.payload")
    result = jsonable(outcome.result, path="event.details.result")
    return {"payload": {**loop.payload, **carried}, "result": result}  # type: ignore[dict-item]


def begin(loop: Loop, stage: Stage, work: Workset, *, now: datetime) -> None:
    """Open the event of the next stage, with what the finished one hands on."""
    previous = loop.event
    loop.trace.current_stage = stage
    loop.trace.attempt = 1
    loop.decisions = {}
    loop.event = LoopEvent(
        id=new_event_id(),
        tenant_id=loop.trace.tenant_id,
        trace_id=loop.trace.pk,
        incident_id=loop.trace.incident_id,
        stage=stage,
        attempt=1,
        position=previous.position + 1,
        status=EventStatus.CLAIMED,
        details={"payload": previous.details["payload"]},
        parent_event_id=previous.pk,
        created_at=max(now, previous.finished_at or now),
    )
    work.events.append(loop.event)


def complete(loop: Loop, *, now: datetime) -> None:
    trace = loop.trace
    trace.current_stage = Stage.LOOP_COMPLETE
    trace.is_complete = True
    trace.completed_at = now


def stop(loop: Loop, failure_state: FailureState, *, detail: str) -> None:
    """End the loop at its current stage."""
    trace = loop.trace
    trace.failure_state = failure_state
    trace.failure_detail = detail
    if trace.current_stage not in trace.stages["failed"]:
        trace.stages["failed"].append(trace.current_stage)


def ask(loop: Loop, need: Need, work: Workset, *, subject: dict[str, Any], now: datetime) -> None:
    """Block the loop on a person: a checkpoint, and the event that waits for its answer."""
    checkpoint = _asked(loop, need, work, subject=subject, now=now)
    event, trace = loop.event, loop.trace
    event.status = EventStatus.BLOCKED
    event.failure_state = FailureState.HUMAN_CHECKPOINT_PENDING
    event.requires_human_review = True
    trace.failure_state = FailureState.HUMAN_CHECKPOINT_PENDING
    trace.is_blocked = True
    trace.pending_checkpoints = [checkpoint.pk]


def note_advice(
    loop: Loop, need: Need, work: Workset, *, subject: dict[str, Any], now: datetime
) -> None:
    """Keep a question that the tenant's rules answer by its confidence, for people to look at."""
    checkpoint = _asked(loop, need, work, subject=subject, now=now)
    checkpoint.resolution = Resolution.APPLY
    checkpoint.resolved_at = now
    checkpoint.expires_at = None
    checkpoint.note = (
        f"Not asked: the tenant's rules take a confidence of {need.confidence:.0%} for enough."
    )


def _asked(
    loop: Loop, need: Need, work: Workset, *, subject: dict[str, Any], now: datetime
) -> HumanCheckpoint:
    pattern = work.catalogue.get(subject.get("pattern_id") or loop.payload.get("pattern_id"))
    checkpoint = asking.checkpoint_for(
        need,
        trace=loop.trace,
        event_id=loop.event.pk,
        subject=subject,
        now=now,
        rules=work.rules(loop.trace.tenant_id),
        found_by=asking.texts_of(loop.incident, pattern, loop.recovery),
    )
    work.checkpoints.append(checkpoint)
    return checkpoint
