"""What people decide. Each function is one transaction, or none of it."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from loops import permissions
from loops.actions.contracts import digest_now
from loops.domain.confidence import Confirmations, add_confirmation
from loops.domain.states import (
    CheckpointType,
    EventStatus,
    FailureState,
    RecoveryStatus,
    Resolution,
)
from loops.feed import tell_pages
from loops.models import (
    CheckpointDecision,
    HumanCheckpoint,
    LoopEvent,
    LoopTrace,
    RecoveryAudit,
    RecoveryCandidate,
    RecoveryConfirmation,
)
from m25console import audit
from m25console.access import Actor
from m25console.models import User
from m25console.refusals import NotFound, WrongState


@dataclass(frozen=True)
class Decision:
    """What an answer led to. `resumes` says whether the loop has something to do now."""

    checkpoint: HumanCheckpoint
    is_final: bool
    resumes: bool
    approvals_missing: int = 0


@transaction.atomic
def resolve(
    *,
    checkpoint_id: str,
    resolution: str,
    note: str,
    by: Actor,
    now: datetime,
    seen_digest: str = "",
) -> Decision:
    """Record a reviewer's answer and what follows from it for recovery and loop.

    `seen_digest` is the contract digest of the page the answer was given on; empty skips the
    comparison. Raises NotFound, NotPermitted, UnknownOption, InvalidInput (no reason given),
    AlreadyDecided, StaleContract or WrongState (this person has agreed already, or nothing is
    known to follow from the answer), having changed nothing.
    """
    trace, checkpoint = _locked(checkpoint_id, by=by)
    permissions.check_decide(by, checkpoint)
    permissions.check_answer(checkpoint, resolution=resolution)
    option = Resolution(resolution)
    permissions.check_reason(by, resolution=option, note=note)
    recovery = RecoveryCandidate.objects.locked().filter(trace=trace).first()
    if seen_digest and seen_digest != digest_now(checkpoint, recovery):
        raise permissions.StaleContract(
            "What you were shown has changed since. Read it again, then decide."
        )
    about = recovery if recovery and recovery.pk == checkpoint.target_id else None
    return _consequence(_Answer(trace, checkpoint, about, option, note.strip(), by, now))


@dataclass(frozen=True)
class _Answer:
    """One answer with everything it touches, all of it locked."""

    trace: LoopTrace
    checkpoint: HumanCheckpoint
    recovery: RecoveryCandidate | None
    option: Resolution
    note: str
    by: Actor
    now: datetime

    @property
    def person(self) -> User:
        assert self.by.user is not None  # only people may decide
        return self.by.user


def _consequence(answer: _Answer) -> Decision:
    kind = CheckpointType(answer.checkpoint.checkpoint_type)
    consequence = _CONSEQUENCES.get((kind, answer.option))
    if consequence is None:
        raise WrongState(f"The console does not know what follows from {answer.option!r} here.")
    return consequence(answer)


def _locked(checkpoint_id: str, *, by: Actor) -> tuple[LoopTrace, HumanCheckpoint]:
    """The checkpoint with its loop, both locked: the loop first, as everywhere."""
    mine = HumanCheckpoint.objects.for_tenant(by.tenant).filter(pk=checkpoint_id)
    trace_id = mine.values_list("trace_id", flat=True).first()
    if trace_id is None:
        raise NotFound("There is no such checkpoint.")
    trace = LoopTrace.objects.locked().get(pk=trace_id)
    checkpoint = mine.select_related("resolved_by").locked().get()
    return trace, checkpoint


def _apply_recovery(answer: _Answer) -> Decision:
    """One more yes; the last one needed applies the recovery and lets the loop go on."""
    recovery = answer.recovery
    if recovery is None:  # the likeness itself was in question
        return _go_on(answer)
    agreed = _confirm(recovery, answer)
    if not agreed.enough:
        recovery.save(update_fields=["confirmations_received", "updated_at"])
        _record(answer, is_final=False)
        return Decision(answer.checkpoint, False, False, agreed.missing)
    _settle(recovery, RecoveryStatus.APPLIED, answer)
    return _go_on(answer)


def _confirm(recovery: RecoveryCandidate, answer: _Answer) -> Confirmations[int]:
    """Store this person's yes; who has agreed so far, and how many must."""
    known = frozenset(recovery.confirmations.values_list("reviewer_id", flat=True))
    permissions.check_agrees_once(has_agreed=answer.person.pk in known)
    agreed = add_confirmation(
        confirmed_by=known, reviewer=answer.person.pk, required=recovery.requires_confirmation
    )
    RecoveryConfirmation.objects.create(
        tenant=answer.by.tenant,
        recovery=recovery,
        reviewer=answer.person,
        note=answer.note,
        at=answer.now,
    )
    recovery.confirmations_received = len(agreed.confirmed_by)
    recovery.updated_at = answer.now
    return agreed


def _settle(recovery: RecoveryCandidate, status: RecoveryStatus, answer: _Answer) -> None:
    """Move the recovery to its decided state, with its audit row."""
    old = RecoveryStatus(recovery.status)
    permissions.check_move(old, status)
    recovery.status = status
    recovery.decided_at = recovery.updated_at = answer.now
    recovery.decided_by = answer.person
    recovery.review_note = answer.note
    recovery.save(
        update_fields=[
            "status",
            "confirmations_received",
            "decided_at",
            "decided_by",
            "review_note",
            "updated_at",
        ]
    )
    RecoveryAudit.objects.create(
        tenant=answer.by.tenant,
        candidate=recovery,
        action=answer.option,
        actor=answer.by.label,
        old_decision=old,
        new_decision=status,
        note=answer.note,
        created_at=answer.now,
    )


def _go_on(answer: _Answer) -> Decision:
    """Close the checkpoint and make the loop due; its stage decides what the answer means."""
    _close(answer)
    trace = answer.trace
    trace.failure_state = None
    trace.next_run_at = answer.now
    _unblock(answer)
    return Decision(answer.checkpoint, True, True)


def _reject(answer: _Answer) -> Decision:
    """The stage fails and the loop ends there; a recovery in question is rejected."""
    _close(answer)
    if answer.recovery is not None:
        _settle(answer.recovery, RecoveryStatus.REJECTED, answer)
    trace = answer.trace
    LoopEvent.objects.filter(pk=answer.checkpoint.event_id, status=EventStatus.BLOCKED).update(
        status=EventStatus.FAILED,
        failure_state=FailureState.HUMAN_CHECKPOINT_REJECTED,
        finished_at=answer.now,
    )
    trace.failure_state = FailureState.HUMAN_CHECKPOINT_REJECTED
    trace.failure_detail = answer.note
    trace.stages["failed"].append(trace.current_stage)
    _unblock(answer)
    return Decision(answer.checkpoint, True, False)


def _defer(answer: _Answer) -> Decision:
    """Not now: only the note and the moment are kept, and the loop stays blocked."""
    answer.checkpoint.deferred_at = answer.now
    answer.checkpoint.save(update_fields=["deferred_at"])
    _record(answer, is_final=False)
    return Decision(answer.checkpoint, False, False)


_CONSEQUENCES = {
    (CheckpointType.APPROVE_RECOVERY, Resolution.APPLY): _apply_recovery,
    (CheckpointType.APPROVE_RECOVERY, Resolution.REJECT): _reject,
    (CheckpointType.APPROVE_RECOVERY, Resolution.DEFER): _defer,
    (CheckpointType.SIMULATE_ROUTING, Resolution.APPLY): _go_on,
    (CheckpointType.SIMULATE_ROUTING, Resolution.CANCEL): _go_on,
    (CheckpointType.OVERRIDE_GUARDRAIL, Resolution.OVERRIDE): _go_on,
    (CheckpointType.OVERRIDE_GUARDRAIL, Resolution.RESPECT): _go_on,
}


def _close(answer: _Answer) -> None:
    checkpoint = answer.checkpoint
    checkpoint.resolution = answer.option
    checkpoint.resolved_at = answer.now
    checkpoint.resolved_by = answer.person
    checkpoint.note = answer.note
    checkpoint.save(update_fields=["resolution", "resolved_at", "resolved_by", "note"])
    _record(answer, is_final=True)


def _unblock(answer: _Answer) -> None:
    trace = answer.trace
    trace.is_blocked = False
    trace.pending_checkpoints = []
    trace.last_activity_at = answer.now
    trace.version += 1
    trace.save(
        update_fields=[
            "is_blocked",
            "pending_checkpoints",
            "failure_state",
            "failure_detail",
            "stages",
            "next_run_at",
            "last_activity_at",
            "version",
        ]
    )


def _record(answer: _Answer, *, is_final: bool) -> None:
    """The history of this answer: a decision row, an audit row, and word to open pages."""
    checkpoint = answer.checkpoint
    CheckpointDecision.objects.create(
        tenant=answer.by.tenant,
        checkpoint=checkpoint,
        person=answer.person,
        option=answer.option,
        is_final=is_final,
        note=answer.note,
        door=answer.by.door,
        contract_digest=checkpoint.contract_digest,
        at=answer.now,
    )
    audit.record(
        by=answer.by,
        action=f"checkpoint.{answer.option}",
        about=checkpoint,
        before={"resolution": None},
        after={"resolution": checkpoint.resolution, "contract": checkpoint.contract_digest},
        note=answer.note,
        now=answer.now,
    )
    tell_pages(answer.trace, kind="decision", now=answer.now)
