"""Questions that time does something to: some lapse, others are brought to everybody's notice.

Both go the way a decision goes: the row is locked and looked at again, so a person who answers at
that moment is never overruled. Silence approves nothing.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.db import transaction
from django.db.models import Q

from loops.domain.checkpoints import MANDATORY
from loops.domain.silence import LAPSES_AFTER_QUIET, patience_of
from loops.domain.states import (
    CheckpointPriority,
    CheckpointType,
    Event,
    EventStatus,
    FailureState,
    Resolution,
    Silence,
)
from loops.engine import happenings
from loops.engine.clocks import Clock, clocks, quiet_tenants
from loops.feed import entry_of, tell_pages
from loops.models import FeedEntry, HumanCheckpoint, LoopEvent, LoopTrace
from m25console import audit
from m25console.access import system_actor
from m25console.models import AuditEntry

AT_MOST: Final = 1000  # in one run; the rest waits for the next
TOGETHER: Final = 100  # in one transaction
ENDS: Final = {CheckpointType.SIMULATE_ROUTING: FailureState.ROUTING_ADJUSTMENT_SKIPPED}


def dismiss(now: datetime) -> dict[str, Any]:
    """Close questions nobody answered in their time; what they asked for is not done."""
    dismissed = sum(_lapse(trace_id, pk, now=now) for trace_id, pk in _lapsed(now))
    return {"dismissed": dismissed}


def _lapsed(now: datetime) -> Iterator[tuple[str, str]]:
    over = HumanCheckpoint.objects.pending().exclude(checkpoint_type__in=MANDATORY)
    over = over.exclude(tenant__in=quiet_tenants(now, after=LAPSES_AFTER_QUIET))
    lapsed = Q(priority=CheckpointPriority.ADVISORY) | Q(expires_at__lt=now)
    rows = over.filter(lapsed, expires_at__isnull=False).order_by("expires_at", "pk")
    yield from rows.values_list("trace_id", "pk")[:AT_MOST]


@transaction.atomic
def _lapse(trace_id: str, checkpoint_id: str, *, now: datetime) -> bool:
    """Close one question and end what waits for it; False if somebody answered meanwhile."""
    trace = LoopTrace.objects.locked().select_related("tenant").get(pk=trace_id)
    checkpoint = HumanCheckpoint.objects.locked().get(pk=checkpoint_id)
    if not checkpoint.is_pending:
        return False
    waited = now - checkpoint.created_at
    hours = int(waited.total_seconds() // 3600)
    note = f"Nobody answered within {hours} hours, so nothing was approved."
    checkpoint.resolution, checkpoint.resolved_at = Resolution.EXPIRED, now
    checkpoint.auto_dismissed, checkpoint.note = True, note
    checkpoint.save(update_fields=["resolution", "resolved_at", "auto_dismissed", "note"])
    if checkpoint.holds_loop:
        _end(trace, checkpoint, note=note, now=now)
    audit.record(
        by=system_actor(trace.tenant, label="checkpoint clock"),
        action="checkpoint.expired",
        about=checkpoint,
        before={"resolution": None},
        after={"resolution": checkpoint.resolution},
        note=note,
        now=now,
    )
    tell_pages(trace, kind="decision", now=now)
    return True


def _end(trace: LoopTrace, checkpoint: HumanCheckpoint, *, note: str, now: datetime) -> None:
    """The stage fails with what was not done; a recovery in question stays as it is."""
    kind = CheckpointType(checkpoint.checkpoint_type)
    state = ENDS.get(kind, FailureState.HUMAN_CHECKPOINT_EXPIRED)
    event = LoopEvent.objects.get(pk=checkpoint.event_id)
    event.details = {**event.details, "result": {"note": note}}
    event.status, event.failure_state = EventStatus.FAILED, state
    event.finished_at = max(now, event.created_at)
    event.save(update_fields=["details", "status", "failure_state", "finished_at"])
    trace.failure_state, trace.failure_detail = state, note
    trace.is_blocked, trace.pending_checkpoints = False, []
    if trace.current_stage not in trace.stages["failed"]:
        trace.stages["failed"].append(trace.current_stage)
    trace.last_activity_at = now
    trace.version += 1
    trace.save()


def escalate(now: datetime) -> dict[str, Any]:
    """Mark the questions that have waited longer than their rules allow, each once."""
    escalated = 0
    for clock in clocks():
        while escalated < AT_MOST and (batch := _escalate_some(_late(clock, now), now=now)):
            escalated += batch
    return {"escalated": escalated}


def _late(clock: Clock, now: datetime) -> Q:
    late = Q(pk__in=[])
    for silence in (Silence.ESCALATE, Silence.LAPSE):
        late |= Q(silence=silence) & clock.waited(
            now, patience=partial(patience_of, silence=silence)
        )
    return late


@transaction.atomic
def _escalate_some(late: Q, *, now: datetime) -> int:
    waiting = HumanCheckpoint.objects.pending().filter(late, escalated_at__isnull=True)
    # Whoever holds a row is answering it, so it needs nobody else's notice.
    rows = list(
        waiting.select_for_update(of=("self",), skip_locked=True)
        .select_related("trace__tenant")
        .order_by("pk")[:TOGETHER]
    )
    HumanCheckpoint.objects.filter(pk__in=[one.pk for one in rows]).update(escalated_at=now)
    happenings.keep(rows, event=Event.ESCALATED, now=now)
    AuditEntry.objects.bulk_create(_noted(one, now) for one in rows)
    FeedEntry.objects.bulk_create(entry_of(one.trace, kind="checkpoint", now=now) for one in rows)
    return len(rows)


def _noted(checkpoint: HumanCheckpoint, now: datetime) -> AuditEntry:
    patience = patience_of(
        priority=CheckpointPriority(checkpoint.priority), silence=Silence(checkpoint.silence)
    )
    minutes = int(patience.total_seconds() // 60) if patience else 0
    return audit.entry(
        by=system_actor(checkpoint.trace.tenant, label="checkpoint clock"),
        action="checkpoint.escalated",
        about=checkpoint,
        note=f"It waited longer than the {minutes} minutes its rules allow.",
        now=now,
    )
