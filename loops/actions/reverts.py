"""Undoing what a loop changed. One transaction: all of it is undone, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet

from loops import permissions
from loops.actions import asking, loop_audits, policy_modes
from loops.domain.checkpoints import Need
from loops.domain.states import (
    LIVE_MODES,
    RECOVERY_MOVES,
    ActivationPath,
    CheckpointType,
    EventStatus,
    FailureState,
    PolicyMode,
    RecoveryStatus,
    Resolution,
    Stage,
)
from loops.feed import tell_pages
from loops.models import (
    HumanCheckpoint,
    LoopEvent,
    LoopTrace,
    PolicyRule,
    RecoveryAudit,
    RecoveryCandidate,
    RoutingAdjustment,
)
from m25console import audit
from m25console.access import Actor
from m25console.models import AuditEntry
from m25console.refusals import WrongState
from m25console.rows import found
from m25console.together import fetch_together

OPEN: Final = (EventStatus.CLAIMED, EventStatus.BLOCKED)


@dataclass(frozen=True)
class Undoing:
    """What a revert takes back, as it stands now."""

    checkpoints: tuple[HumanCheckpoint, ...]  # open questions, which are closed
    recovery: RecoveryCandidate | None  # unless it was rejected or rolled back
    policies: tuple[PolicyRule, ...]  # live ones this loop made; not those it only strengthened
    adjustments: tuple[RoutingAdjustment, ...]  # active ones this loop made

    def in_words(self) -> list[str]:
        """A line for every change; empty if there is nothing to take back."""
        recovery = [f"Recovery: {self.recovery.suggestion}"] if self.recovery else []
        return [
            *(f"Routing change of agent {one.agent_id}" for one in self.adjustments),
            *(f"Policy: {one.name}" for one in self.policies),
            *recovery,
            *(f"Open question: {one.description}" for one in self.checkpoints),
        ]


@transaction.atomic
def revert(*, trace_id: str, reason: str, confirmed: bool, by: Actor, now: datetime) -> LoopTrace:
    """Undo what a loop changed, and end it. Its history and what was learned stay.

    `confirmed` may be left out for a loop that failed. Raises NotFound, NotPermitted, WrongState
    (it was reverted before) or InvalidInput, having changed nothing.
    """
    trace = _locked(trace_id, by=by)
    permissions.check_revert(by, trace)
    permissions.check_revert_is_meant(trace, reason=reason, confirmed=confirmed)
    undo(trace, reason=reason.strip(), by=by, now=now)
    return trace


@transaction.atomic
def ask_for(*, trace_id: str, reason: str, by: Actor, now: datetime) -> HumanCheckpoint:
    """Ask somebody else to confirm a revert; the loop does not wait for the answer.

    Raises NotFound, NotPermitted, WrongState (reverted already, or asked already) or
    InvalidInput, having changed nothing.
    """
    trace = _locked(trace_id, by=by)
    permissions.check_revert(by, trace)
    permissions.check_revert_is_meant(trace, reason=reason, confirmed=True)
    asked = trace.checkpoints.pending().filter(checkpoint_type=CheckpointType.REVERT_LOOP)
    if asked.exists():
        raise WrongState("Somebody asked for this revert already; the question is still open.")
    checkpoint = _asked(trace, reason=reason.strip(), by=by, now=now)
    audit.record(
        by=by, action="loop.revert_asked", about=trace, note=reason.strip(), now=now,
        after={"checkpoint": checkpoint.pk},
    )  # fmt: skip
    return checkpoint


def _asked(trace: LoopTrace, *, reason: str, by: Actor, now: datetime) -> HumanCheckpoint:
    need = Need(
        CheckpointType.REVERT_LOOP,
        Stage(trace.current_stage),
        trace.pk,
        f"{by.label} asks to revert this loop: {reason}",
    )
    subject = {
        "loop_id": trace.pk,
        "asked_by": by.label,
        "asked_by_id": by.user.pk if by.user else None,
        "reason": reason,
        "undoes": what_it_would_undo(trace).in_words(),
    }
    return asking.ask_aside(need, trace=trace, subject=subject, now=now)


def what_it_would_undo(
    trace: LoopTrace, *, lock: bool = False, along: Sequence[QuerySet[Any]] = ()
) -> Undoing:
    """What a revert would take back now. `lock` holds it for this transaction: four queries.

    Otherwise one, in which the lists `along` are read too.
    """
    checkpoints = trace.checkpoints.pending().order_by("pk")
    recoveries = RecoveryCandidate.objects.filter(trace=trace).order_by("pk")
    policies = PolicyRule.objects.filter(
        tenant=trace.tenant_id, source_incident=trace.incident_id, mode__in=sorted(LIVE_MODES)
    ).order_by("pk")
    adjustments = trace.adjustments.active().order_by("pk")
    if lock:  # in the one order of locks
        checkpoints, recoveries = checkpoints.locked(), recoveries.locked()
        policies = policies.locked()
        adjustments = adjustments.select_for_update(of=("self",))
    else:
        fetch_together(checkpoints, recoveries, policies, adjustments, *along)
    return Undoing(
        checkpoints=tuple(checkpoints),
        recovery=next((one for one in recoveries if _takes_back(one)), None),
        policies=tuple(policies),
        adjustments=tuple(adjustments),
    )


def undo(trace: LoopTrace, *, reason: str, by: Actor, now: datetime) -> None:
    """Take back what the loop changed; the caller holds its lock and has checked who asks."""
    undoing = what_it_would_undo(trace, lock=True)
    told = f"manual revert by {by.label}: {reason}"
    _close(undoing.checkpoints, note=told, now=now)
    if undoing.recovery is not None:
        _roll_back(undoing.recovery, note=told, by=by, now=now)
    for policy in undoing.policies:
        policy_modes.change_mode(
            policy, to=PolicyMode.DISABLED, path=ActivationPath.REVERT, now=now, by=by,
            note=told, loop_trace_id=trace.pk,
        )  # fmt: skip
    _take_back(undoing.adjustments, reason=told, by=by, now=now)
    before = {"outcome": trace.outcome, "failure_state": trace.failure_state}
    _end(trace, undoing, reason=reason, by=by, now=now)
    audit.record(
        by=by, action="loop.revert", about=trace, note=reason, now=now, before=before,
        after={"outcome": "ended", "failure_state": trace.failure_state, **_ids(undoing)},
    )  # fmt: skip
    tell_pages(trace, kind="loop", now=now)


def _locked(trace_id: str, *, by: Actor) -> LoopTrace:
    return found(LoopTrace.objects.for_tenant(by.tenant).locked(), trace_id, noun="loop")


def _takes_back(recovery: RecoveryCandidate) -> bool:
    return RecoveryStatus.ROLLED_BACK in RECOVERY_MOVES[RecoveryStatus(recovery.status)]


def _close(checkpoints: tuple[HumanCheckpoint, ...], *, note: str, now: datetime) -> None:
    """Nobody has to answer any more; nothing was approved."""
    HumanCheckpoint.objects.filter(pk__in=[one.pk for one in checkpoints]).update(
        resolution=Resolution.CANCEL, resolved_at=now, auto_dismissed=True, note=note
    )


def _roll_back(recovery: RecoveryCandidate, *, note: str, by: Actor, now: datetime) -> None:
    before = recovery.status
    recovery.status = RecoveryStatus.ROLLED_BACK
    recovery.updated_at = now
    if recovery.decided_at is None:
        recovery.decided_at, recovery.decided_by = now, by.user
    recovery.save(update_fields=["status", "updated_at", "decided_at", "decided_by"])
    RecoveryAudit.objects.create(
        tenant_id=recovery.tenant_id,
        candidate=recovery,
        action="revert",
        actor=by.label,
        old_decision=before,
        new_decision=recovery.status,
        note=note,
        created_at=now,
    )


def _take_back(
    adjustments: tuple[RoutingAdjustment, ...], *, reason: str, by: Actor, now: datetime
) -> None:
    mine = RoutingAdjustment.objects.filter(pk__in=[one.pk for one in adjustments])
    mine.take_back(reason=reason, by=by.label, now=now)
    AuditEntry.objects.bulk_create(
        audit.entry(
            by=by, action="adjustment.rolled_back", about=one, note=reason, now=now,
            before={"is_active": True}, after={"is_active": False},
        )
        for one in adjustments
    )  # fmt: skip


def _end(trace: LoopTrace, undoing: Undoing, *, reason: str, by: Actor, now: datetime) -> None:
    """Write the revert into the loop's history, and stop the loop where that ends."""
    event = _last_event(trace, result={"reason": reason, "by": by.label, **_ids(undoing)}, now=now)
    trace.current_stage, trace.attempt = event.stage, event.attempt
    done, failed = trace.stages["completed"], trace.stages["failed"]
    if event.stage not in (*done, *failed):
        failed.append(event.stage)
    trace.is_complete, trace.completed_at = False, None
    trace.is_blocked, trace.pending_checkpoints = False, []
    trace.failure_state, trace.failure_detail = FailureState.REVERTED, reason
    trace.reverted_at, trace.reverted_by, trace.reverted_reason = now, by.label[:150], reason
    trace.next_run_at, trace.last_activity_at = None, now
    trace.version += 1
    trace.save()
    loop_audits.reverted(trace, now=now)


def _last_event(trace: LoopTrace, *, result: dict[str, Any], now: datetime) -> LoopEvent:
    """The open try of a stage, which fails with the revert; or else a try that only says it."""
    last = trace.events.latest("position")
    details = {"payload": last.details.get("payload", {}), "result": result}
    if last.status not in OPEN:
        last = LoopEvent(
            tenant_id=trace.tenant_id,
            trace=trace,
            incident_id=trace.incident_id,
            stage=last.stage,
            attempt=last.attempt + 1,
            position=last.position + 1,
            parent_event=last,
            created_at=max(now, last.finished_at or now),
        )
    last.details = details
    last.status, last.failure_state = EventStatus.FAILED, FailureState.REVERTED
    last.finished_at = max(now, last.created_at)
    last.save()
    return last


def _ids(undoing: Undoing) -> dict[str, Any]:
    """What was undone, for histories."""
    return {
        "adjustments": [one.pk for one in undoing.adjustments],
        "policies": [one.pk for one in undoing.policies],
        "recovery": undoing.recovery.pk if undoing.recovery else None,
        "checkpoints": [one.pk for one in undoing.checkpoints],
    }
