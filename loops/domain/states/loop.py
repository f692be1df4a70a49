"""The stations of a loop, why it stops, and the state of each try."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Stage(StrEnum):
    """The stations of a loop, named after what has happened when it stands there."""

    INCIDENT_CREATED = "incident_created"
    PATTERN_MATCHED = "pattern_matched"
    RECOVERY_SUGGESTED = "recovery_suggested"
    POLICY_GENERATED = "policy_generated"
    ROUTING_ADJUSTED = "routing_adjusted"
    LOOP_COMPLETE = "loop_complete"  # a resting place, never dispatched and never counted


STAGES: Final = tuple(stage for stage in Stage if stage is not Stage.LOOP_COMPLETE)


def next_stage(stage: Stage) -> Stage | None:
    """The stage after this one; None once the loop is complete."""
    order = tuple(Stage)
    position = order.index(stage) + 1
    return order[position] if position < len(order) else None


class FailureState(StrEnum):
    """Why a stage did not succeed. A stage without one succeeded."""

    MATCH_FAILED = "match_failed"  # matching raised an error
    MATCH_LOW_CONFIDENCE = "match_low_confidence"  # the result is in the novel band
    RECOVERY_REJECTED = "recovery_rejected"  # no acceptable suggestion could be made
    RECOVERY_NOT_APPLICABLE = "recovery_not_applicable"  # no pattern to recover from
    POLICY_LOW_CONFIDENCE = "policy_low_confidence"  # no recovery good enough to learn from
    POLICY_REJECTED = "policy_rejected"  # making the policy raised an error, or it was refused
    POLICY_SHADOW_MODE = "policy_shadow_mode"  # kept for old records; shadow no longer stops loops
    ROUTING_ADJUSTMENT_SKIPPED = "routing_adjustment_skipped"  # nothing to adjust, or not allowed
    ROUTING_GUARDRAIL_BLOCKED = "routing_guardrail_blocked"  # every adjustment hit the floor
    HUMAN_CHECKPOINT_PENDING = "human_checkpoint_pending"  # waiting for a person
    TIMEOUT = "timeout"  # the stage took longer than allowed
    ERROR = "error"  # an exception nobody expected
    HUMAN_CHECKPOINT_REJECTED = "human_checkpoint_rejected"  # a person said no
    HUMAN_CHECKPOINT_EXPIRED = "human_checkpoint_expired"  # nobody answered in time
    ROUTING_KPI_REGRESSION = "routing_kpi_regression"  # undone: the agent succeeded less often
    REVERTED = "reverted"  # a person undid the whole loop


BLOCKING_FAILURES: Final = frozenset(
    {FailureState.HUMAN_CHECKPOINT_PENDING, FailureState.POLICY_SHADOW_MODE}
)
# A rule or a person stopped the loop; nobody has to repair anything. What a bridge
# sets when it raises, or when a pattern is not where it should be, counts as failed.
ENDED_STATES: Final = frozenset(
    {
        FailureState.POLICY_LOW_CONFIDENCE,
        FailureState.ROUTING_ADJUSTMENT_SKIPPED,
        FailureState.ROUTING_GUARDRAIL_BLOCKED,
        FailureState.HUMAN_CHECKPOINT_REJECTED,
        FailureState.HUMAN_CHECKPOINT_EXPIRED,
        FailureState.REVERTED,
    }
)
FAILED_STATES: Final = frozenset(FailureState) - ENDED_STATES - BLOCKING_FAILURES


class EventStatus(StrEnum):
    """One attempt at one stage."""

    CLAIMED = "claimed"  # somebody is working on it
    DONE = "done"
    FAILED = "failed"  # final: a retry is a new attempt
    BLOCKED = "blocked"  # claimed and waiting for a person; resuming goes on with this attempt


EVENT_MOVES: Final[Mapping[EventStatus, frozenset[EventStatus]]] = {
    EventStatus.CLAIMED: frozenset({EventStatus.DONE, EventStatus.FAILED, EventStatus.BLOCKED}),
    EventStatus.DONE: frozenset(),
    EventStatus.FAILED: frozenset(),
    EventStatus.BLOCKED: frozenset({EventStatus.CLAIMED, EventStatus.DONE, EventStatus.FAILED}),
}


class LoopOutcome(StrEnum):
    """A loop in one word, for lists and badges; always derived from the other columns."""

    RUNNING = "running"
    WAITING = "waiting"  # blocked on a person
    COMPLETE = "complete"
    ENDED = "ended"  # stopped by a rule or a decision; nothing is broken
    FAILED = "failed"  # something went wrong that somebody should look at
