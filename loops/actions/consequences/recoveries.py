"""What follows when a person is asked whether a recovery may be applied."""

from typing import Final

from loops import permissions
from loops.actions import answers, calibrations, executions, provenance
from loops.actions.answers import Answer, Consequences, Decision
from loops.actions.voices import check_lent_voice
from loops.domain.confidence import Confirmations, add_confirmation
from loops.domain.states import CheckpointType, ProvenanceEvent, RecoveryStatus, Resolution
from loops.models import RecoveryAudit, RecoveryCandidate, RecoveryConfirmation


def _apply(answer: Answer) -> Decision:
    """One more yes; the last one needed applies the recovery and lets the loop go on."""
    recovery = answer.recovery
    if recovery is None:  # the likeness itself was in question
        _judge_likeness(answer, was_right=True)
        return answers.go_on(answer)
    agreed = _confirm(recovery, answer)
    if not agreed.enough:
        recovery.save(
            update_fields=["requires_confirmation", "confirmations_received", "updated_at"]
        )
        answers.record(answer, is_final=False)
        return Decision(answer.checkpoint, False, False, agreed.missing)
    _settle(recovery, RecoveryStatus.APPLIED, answer)
    _note(recovery, ProvenanceEvent.APPROVED, answer)
    _have_executed(recovery, answer)
    return answers.go_on(answer)


def _reject(answer: Answer) -> Decision:
    """The stage fails and the loop ends there; a recovery in question is rejected."""
    if answer.recovery is None:
        _judge_likeness(answer, was_right=False)
    else:
        _settle(answer.recovery, RecoveryStatus.REJECTED, answer)
        _note(answer.recovery, ProvenanceEvent.REJECTED, answer)
    return answers.fail(answer)


def _judge_likeness(answer: Answer, *, was_right: bool) -> None:
    calibrations.record_outcome(
        incident_id=answer.trace.incident_id,
        was_correct=was_right,
        reason=f"{answer.person} {'confirmed' if was_right else 'rejected'} the likeness.",
        now=answer.now,
    )


def _defer(answer: Answer) -> Decision:
    """Not now: only the note and the moment are kept, and the loop stays blocked."""
    answer.checkpoint.deferred_at = answer.now
    answer.checkpoint.save(update_fields=["deferred_at"])
    answers.record(answer, is_final=False)
    return Decision(answer.checkpoint, False, False)


def _confirm(recovery: RecoveryCandidate, answer: Answer) -> Confirmations[int]:
    """Store this person's yes; who has agreed so far, and how many must."""
    known = frozenset(recovery.confirmations.values_list("reviewer_id", flat=True))
    permissions.check_agrees_once(has_agreed=answer.person.pk in known)
    check_lent_voice(answer, agreed_by=known)
    recovery.requires_confirmation = max(
        recovery.requires_confirmation, answer.checkpoint.approvers_required
    )
    agreed = add_confirmation(
        confirmed_by=known | {one.voice.pk for one in answer.agreed},
        reviewer=answer.voice.pk,
        required=recovery.requires_confirmation,
    )
    voices = [(one.voice, one.note, one.at) for one in answer.agreed]
    RecoveryConfirmation.objects.bulk_create(
        RecoveryConfirmation(
            tenant=answer.by.tenant, recovery=recovery, reviewer=voice, note=note, at=at
        )
        for voice, note, at in [*voices, (answer.voice, answer.note, answer.now)]
    )
    recovery.confirmations_received = len(agreed.confirmed_by)
    recovery.updated_at = answer.now
    return agreed


def _settle(recovery: RecoveryCandidate, status: RecoveryStatus, answer: Answer) -> None:
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
            "requires_confirmation",
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


def _note(recovery: RecoveryCandidate, event: ProvenanceEvent, answer: Answer) -> None:
    provenance.note_decision(recovery, event, note=answer.note, by=answer.by, now=answer.now)


def _have_executed(recovery: RecoveryCandidate, answer: Answer) -> None:
    """Write down that the recovery is to be carried out; workers do the rest."""
    goes_out = executions.has_endpoint(recovery.tenant_id)
    execution = executions.wanted(
        recovery,
        incident=recovery.source_incident,
        executor=executions.executor_for(has_endpoint=goes_out, by_person=True),
        requested_by=answer.by.label,
        now=answer.now,
    )
    execution.save(force_insert=True)
    executions.save_mirrored(recovery)


CONSEQUENCES: Final[Consequences] = {
    (CheckpointType.APPROVE_RECOVERY, Resolution.APPLY): _apply,
    (CheckpointType.APPROVE_RECOVERY, Resolution.REJECT): _reject,
    (CheckpointType.APPROVE_RECOVERY, Resolution.DEFER): _defer,
}
