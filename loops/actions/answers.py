"""One answer to a checkpoint, and the steps that what follows from it is made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from loops.actions import loop_audits
from loops.actions.claims import let_go
from loops.domain import claims
from loops.domain.states import CheckpointType, EventStatus, FailureState, Resolution
from loops.feed import tell_pages
from loops.models import (
    CheckpointDecision,
    DecisionSnapshot,
    HumanCheckpoint,
    LoopEvent,
    LoopTrace,
    PolicyRule,
    RecoveryCandidate,
)
from m25console import audit
from m25console.access import Actor
from m25console.models import User


@dataclass(frozen=True)
class Given:
    """An answer as a person gave it. `seen_digest` is of the contract they read, empty if they do
    not say; `page` what their page showed besides."""

    checkpoint_id: str
    resolution: str
    note: str = ""
    reason_code: str = ""
    seen_digest: str = ""
    page: Mapping[str, Any] = field(default_factory=dict)
    despite_claim: bool = False


@dataclass(frozen=True)
class Answer:
    """One answer with everything it touches, all of it locked."""

    trace: LoopTrace
    checkpoint: HumanCheckpoint
    recovery: RecoveryCandidate | None
    option: Resolution
    note: str
    by: Actor
    now: datetime
    policy: PolicyRule | None = None
    reason_code: str = ""
    seen: Mapping[str, Any] = field(default_factory=dict)  # what the person decided on
    agreed: Sequence[CheckpointDecision] = ()  # the yeses of others that count with this one

    @property
    def person(self) -> User:
        assert self.by.user is not None  # only people may decide
        return self.by.user

    @property
    def voice(self) -> User:
        """Whose agreement the answer counts as: the person's, or that of whom they stand in for."""
        return self.by.acts_for or self.person


@dataclass(frozen=True)
class Decision:
    """What an answer led to. `resumes` says whether the loop has something to do now, `obstacle`
    why what was agreed to was not done, `is_disputed` that a third person decides."""

    checkpoint: HumanCheckpoint
    is_final: bool
    resumes: bool
    approvals_missing: int = 0
    obstacle: str = ""
    is_disputed: bool = False


type Consequence = Callable[[Answer], Decision]
type Consequences = Mapping[tuple[CheckpointType, Resolution], Consequence]


def go_on(answer: Answer) -> Decision:
    """Close the checkpoint and make the loop due; its stage decides what the answer means."""
    close(answer)
    trace = answer.trace
    trace.failure_state = None
    trace.next_run_at = answer.now
    unblock(answer)
    loop_audits.resumed(trace, now=answer.now)
    return Decision(answer.checkpoint, True, True)


def fail(answer: Answer) -> Decision:
    """Close the checkpoint and fail its stage: the loop ends there."""
    close(answer)
    trace = answer.trace
    LoopEvent.objects.filter(pk=answer.checkpoint.event_id, status=EventStatus.BLOCKED).update(
        status=EventStatus.FAILED,
        failure_state=FailureState.HUMAN_CHECKPOINT_REJECTED,
        finished_at=answer.now,
    )
    trace.failure_state = FailureState.HUMAN_CHECKPOINT_REJECTED
    trace.failure_detail = answer.note
    trace.stages["failed"].append(trace.current_stage)
    unblock(answer)
    loop_audits.stopped(trace, now=answer.now)
    return Decision(answer.checkpoint, True, False)


def close(answer: Answer) -> None:
    checkpoint = answer.checkpoint
    checkpoint.resolution = answer.option
    checkpoint.resolved_at = answer.now
    checkpoint.resolved_by = answer.person
    checkpoint.note = answer.note
    checkpoint.save(update_fields=["resolution", "resolved_at", "resolved_by", "note"])
    record(answer, is_final=True)


def unblock(answer: Answer) -> None:
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


def record(answer: Answer, *, is_final: bool) -> None:
    """The history of this answer: a decision row with what it was taken on, an audit row, and word
    to open pages."""
    checkpoint = answer.checkpoint
    _keep(answer, is_final=is_final)
    audit.record(
        by=answer.by,
        action=f"checkpoint.{answer.option}",
        about=checkpoint,
        before={"resolution": None},
        after={
            "resolution": checkpoint.resolution,
            "contract": checkpoint.contract_digest,
            **_despite_claim(answer),
            **({"reason_code": answer.reason_code} if answer.reason_code else {}),
        },
        note=answer.note,
        now=answer.now,
    )
    _end_claim(answer, is_final=is_final)
    tell_pages(answer.trace, kind="decision", now=answer.now)


def _keep(answer: Answer, *, is_final: bool) -> None:
    decision = CheckpointDecision.objects.create(
        tenant=answer.by.tenant,
        checkpoint=answer.checkpoint,
        person=answer.person,
        option=answer.option,
        is_final=is_final,
        note=answer.note,
        on_behalf_of=answer.by.acts_for,
        reason_code=answer.reason_code,
        door=answer.by.door,
        contract_digest=answer.checkpoint.contract_digest,
        at=answer.now,
    )
    DecisionSnapshot.objects.create(
        decision=decision,
        tenant=answer.by.tenant,
        shown=dict(answer.seen),
        evidence_ids=_evidence(answer),
    )


def _end_claim(answer: Answer, *, is_final: bool) -> None:
    """One's own claim ends with one's answer, and anybody's with the last answer."""
    claimer = answer.checkpoint.claimed_by
    if claimer is not None and (is_final or claimer == answer.person):
        let_go(answer.checkpoint)


def _despite_claim(answer: Answer) -> dict[str, str]:
    """Whose claim the answer was given over, if somebody else's held."""
    asked = answer.checkpoint
    held = claims.is_in_force(until=asked.claimed_until, now=answer.now)
    is_anothers = held and asked.claimed_by != answer.person
    return {"despite_claim_of": str(asked.claimed_by)} if is_anothers else {}


def _evidence(answer: Answer) -> list[str]:
    """The ids of what there was to look at."""
    checkpoint, incident = answer.checkpoint, answer.trace.incident
    named = [incident.pk, incident.matched_pattern_id, answer.trace.pk, checkpoint.event_id]
    return [one for one in [*named, checkpoint.target_id] if one]
