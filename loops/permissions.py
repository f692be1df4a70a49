"""Who may do what to a loop. Each check raises a Refusal with the sentence the person reads."""

from datetime import datetime

from loops.domain import snoozing
from loops.domain.checkpoints import MAX_NOTE, REASON_REQUIRED
from loops.domain.narrative import DECISION_WORDS, SUBJECT_WORDS
from loops.domain.states import (
    RECOVERY_MOVES,
    STAGES,
    CheckpointPriority,
    CheckpointType,
    FailureState,
    LoopOutcome,
    RecoveryStatus,
    Resolution,
    Stage,
)
from loops.models import HumanCheckpoint, LoopTrace, RoutingAdjustment
from m25console.access import Actor, check_reviews
from m25console.models import User
from m25console.refusals import InvalidInput, NotFound, WrongState
from m25console.vocabulary import Door


class AlreadyDecided(WrongState):
    """Somebody was faster; says who, what and when."""

    code = "already_decided"


class StaleContract(WrongState):
    """What was shown is not what would be decided now."""

    code = "stale_contract"


class ClaimedByAnother(WrongState):
    """Somebody else has said that they look at this; says who, and until when."""

    code = "claimed"


def check_decide(actor: Actor, checkpoint: HumanCheckpoint) -> None:
    """Whether this actor may answer this checkpoint now. Load it with its resolver."""
    if checkpoint.tenant_id != actor.tenant.pk:
        raise NotFound("There is no such checkpoint.")
    check_reviews(actor)
    if checkpoint.resolved_at is not None:
        who = checkpoint.resolved_by or "the console"
        raise AlreadyDecided(
            f"This was already decided: {who} {_answer_words(checkpoint)} "
            f"on {checkpoint.resolved_at:%-d %B %Y at %H:%M:%S} UTC."
        )


def _answer_words(checkpoint: HumanCheckpoint) -> str:
    verb = DECISION_WORDS[Resolution(checkpoint.resolution or "")]
    return f"{verb} {SUBJECT_WORDS[CheckpointType(checkpoint.checkpoint_type)]}"


def claimer_but(actor: Actor, checkpoint: HumanCheckpoint, *, now: datetime) -> User | None:
    """Whose claim holds, if it is not the actor's own. Load the checkpoint with its claimer."""
    claimer = checkpoint.claimed_by if checkpoint.is_claimed(now=now) else None
    return None if claimer == actor.user else claimer


def check_claim(
    actor: Actor, checkpoint: HumanCheckpoint, *, now: datetime, take_over: bool = False
) -> None:
    """Whether this actor may claim this checkpoint now."""
    check_decide(actor, checkpoint)
    other = claimer_but(actor, checkpoint, now=now)
    if other and not take_over:
        raise ClaimedByAnother(f"{_claim_words(checkpoint)} You can take it over.")


def check_unclaimed(
    actor: Actor, checkpoint: HumanCheckpoint, *, now: datetime, despite_claim: bool = False
) -> None:
    """Whether nobody else has claimed this, or the actor answers all the same."""
    if claimer_but(actor, checkpoint, now=now) and not despite_claim:
        told = f"{_claim_words(checkpoint)} Confirm that you answer all the same."
        raise ClaimedByAnother(told)


def check_release(actor: Actor, checkpoint: HumanCheckpoint) -> None:
    """Whether there is a claim of this actor's to give back."""
    check_decide(actor, checkpoint)
    if checkpoint.claimed_by_id is None or checkpoint.claimed_by != actor.user:
        raise WrongState("You have not claimed this, so there is nothing to release.")


def _claim_words(checkpoint: HumanCheckpoint) -> str:
    return f"{checkpoint.claimed_by} claimed this until {checkpoint.claimed_until:%H:%M} UTC."


def check_snooze(
    actor: Actor, checkpoint: HumanCheckpoint, *, until: datetime, now: datetime
) -> None:
    """Whether this actor may put this checkpoint out of their sight until that moment."""
    check_decide(actor, checkpoint)
    most = snoozing.latest(created_at=checkpoint.created_at, priority=checkpoint.priority, now=now)
    wrong = ""
    if checkpoint.priority == CheckpointPriority.CRITICAL and until > most:
        wrong = f"This is critical: snooze it until it escalates, {most:%H:%M} UTC, no longer."
    elif until > most:
        wrong = f"Choose a moment within {snoozing.MOST.days} days."
    elif until <= now:
        wrong = "Choose a moment that is yet to come."
    if wrong:
        raise InvalidInput(wrong, fields={"until": [wrong]})


def check_wake(actor: Actor, checkpoint: HumanCheckpoint) -> None:
    """Whether this actor may have it back in their queue: always, if they may decide at all."""
    if checkpoint.tenant_id != actor.tenant.pk:
        raise NotFound("There is no such checkpoint.")
    check_reviews(actor)


def check_agrees_once(*, has_agreed: bool) -> None:
    """Whether this person's yes would be a new one."""
    if has_agreed:
        raise WrongState("You have agreed to this already; another person must agree too.")


def check_shown(seen: str, present: str) -> None:
    """Whether what a person was shown is what they would decide on; empty skips the comparison."""
    if seen and seen != present:
        raise StaleContract("What you were shown has changed since. Read it again, then decide.")


def check_answer(checkpoint: HumanCheckpoint, *, resolution: str) -> None:
    """Whether the answer is one of those offered."""
    if resolution not in checkpoint.options:
        offered = ", ".join(checkpoint.options)
        raise UnknownOption(
            f"{resolution!r} is not an answer to this checkpoint; choose one of: {offered}."
        )


def check_reason(actor: Actor, *, resolution: Resolution, note: str) -> None:
    """Whether the answer says why, where it has to.

    A rejection through the API may come without one: its interface makes the note optional.
    """
    machine_rejects = actor.door is Door.API and resolution is Resolution.REJECT
    if resolution in REASON_REQUIRED and not machine_rejects and not note.strip():
        reason = "Give a reason: whoever meets this failure next will read it."
        raise InvalidInput(reason, fields={"note": [reason]})


class UnknownOption(InvalidInput):
    """An answer that was not offered."""

    status_code = 400
    code = "unknown_option"


def check_retry(actor: Actor, trace: LoopTrace, *, stage: str) -> None:
    """Whether this stage of this loop may be tried again."""
    if trace.tenant_id != actor.tenant.pk:
        raise NotFound("There is no such loop.")
    check_reviews(actor)
    if stage not in STAGES:
        raise NotRetriable(f"{stage!r} is not a stage of the loop.")
    if stage not in trace.stages["failed"] or trace.current_stage != stage:
        raise NotRetriable(f"Stage {stage} did not fail, so there is nothing to retry.")
    if trace.failure_state == FailureState.REVERTED:
        raise WrongState("This loop was reverted; it cannot go on.")
    if trace.failure_state == FailureState.HUMAN_CHECKPOINT_REJECTED:
        raise WrongState("A person decided against going on; that stands.")
    if trace.is_blocked:
        raise WrongState("This loop waits for a decision; it goes on when that is taken.")
    if trace.failure_state is None:
        raise WrongState("This stage is being tried again already.")


def check_revert(actor: Actor, trace: LoopTrace) -> None:
    """Whether this actor may undo this loop now."""
    if trace.tenant_id != actor.tenant.pk:
        raise NotFound("There is no such loop.")
    check_reviews(actor)
    if trace.reverted_at is not None:
        raise WrongState(
            f"This loop was reverted already: by {trace.reverted_by} "
            f"on {trace.reverted_at:%-d %B %Y at %H:%M:%S} UTC."
        )


def check_revert_is_meant(trace: LoopTrace, *, reason: str, confirmed: bool) -> None:
    """Whether a revert says why, and was confirmed where the loop did not fail by itself."""
    wrong: dict[str, list[str]] = {}
    if not reason.strip():
        wrong["reason"] = ["Give a reason: it is kept with everything that is undone."]
    if trace.outcome != LoopOutcome.FAILED and not confirmed:
        wrong["confirm"] = ["This loop did not fail. Confirm that you mean to undo it."]
    if wrong:
        raise InvalidInput.of(wrong)


def check_is_another(actor: Actor, *, asked_by: int | None) -> None:
    """Whether the actor is not the person who asked for this confirmation."""
    if asked_by in actor.people:
        raise WrongState("You asked for this yourself; somebody else must confirm it.")


class NotRetriable(InvalidInput):
    """A stage that cannot be tried again, whatever the caller's rights."""

    status_code = 400
    code = "not_retriable"


def check_move(here: RecoveryStatus, there: RecoveryStatus) -> None:
    """Whether a recovery may change from one state to the other."""
    if there not in RECOVERY_MOVES[here]:
        raise WrongState(f"This recovery is already {here}; it cannot become {there}.")


def retriable_stage(trace: LoopTrace) -> Stage | None:
    """The stage a retry button would name, if the loop rests at a failed one."""
    rests = trace.failure_state is not None and not trace.is_blocked
    failed = rests and trace.current_stage in trace.stages["failed"]
    return Stage(trace.current_stage) if failed else None


def check_roll_back(actor: Actor, adjustment: RoutingAdjustment) -> None:
    """Whether this actor may take this change of routing back."""
    if adjustment.tenant_id != actor.tenant.pk:
        raise NotFound("There is no such routing change.")
    check_reviews(actor)
    if adjustment.was_rolled_back:
        raise WrongState("This routing change was taken back already.")
    if not adjustment.is_active:
        raise WrongState("This routing change is over: it has faded to nothing by itself.")


def check_rollback_reason(reason: str) -> None:
    """Whether a rollback says why."""
    if not reason.strip():
        wanted = "Give a reason: whoever looks at this agent next will read it."
        raise InvalidInput(wanted, fields={"reason": [wanted]})
    if len(reason) > MAX_NOTE:
        wanted = f"Keep it under {MAX_NOTE:,} characters."
        raise InvalidInput(wanted, fields={"reason": [wanted]})


def check_pattern_reason(reason: str) -> str:
    """The reason for merging, splitting or telling apart, trimmed; there must be one."""
    note = reason.strip()
    wanted = "" if note else "Give a reason: it is kept with the patterns, for whoever doubts it."
    if len(note) > MAX_NOTE:
        wanted = f"Keep it under {MAX_NOTE:,} characters."
    if wanted:
        raise InvalidInput(wanted, fields={"reason": [wanted]})
    return note
