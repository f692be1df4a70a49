"""What a loop of ours promises, and how its stages keep it: each loop is a run under the runtime
audit contract.

A stage that is done acknowledges what it stands for. A loop that stops acknowledges the rest
itself, so that every loop at rest reconciles: where a rule or a person ended it, what was left is
acknowledged as not needed; where it failed, as failed. Either way the run is finalized.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from loops.domain.governance import status_in
from loops.domain.runtime_audit import (
    COMPLETE_TRACE,
    CREATE_INCIDENT,
    DEADLINES_MS,
    EVALUATE_POLICY,
    FINALIZE_RUN,
    KEYS,
    START_TRACE,
    Ack,
    Key,
    Promise,
)
from loops.domain.states import (
    ENDED_STATES,
    AckStatus,
    FailureState,
    RunPhase,
    RunStatus,
    Stage,
)

PROMISES: Final = tuple(Promise(key, DEADLINES_MS[key]) for key in KEYS)
KEPT_BY: Final[Mapping[Key, Stage]] = {
    CREATE_INCIDENT: Stage.INCIDENT_CREATED,
    START_TRACE: Stage.INCIDENT_CREATED,
    EVALUATE_POLICY: Stage.RECOVERY_SUGGESTED,
    COMPLETE_TRACE: Stage.ROUTING_ADJUSTED,
    FINALIZE_RUN: Stage.ROUTING_ADJUSTED,
}
PHASES: Final[Mapping[Stage, RunPhase]] = {
    Stage.INCIDENT_CREATED: RunPhase.EXECUTING,
    Stage.PATTERN_MATCHED: RunPhase.EXECUTING,
    Stage.RECOVERY_SUGGESTED: RunPhase.GOVERNANCE_CHECK,
    Stage.POLICY_GENERATED: RunPhase.GOVERNANCE_CHECK,
    Stage.ROUTING_ADJUSTED: RunPhase.FINALIZING,
    Stage.LOOP_COMPLETE: RunPhase.COMPLETED,
}
# A person took these back; every other ended loop did all there was to do.
CANCELLED: Final = frozenset({FailureState.HUMAN_CHECKPOINT_REJECTED, FailureState.REVERTED})
MAX_ERROR: Final = 2000  # characters


@dataclass(frozen=True)
class Standing:
    """Where a loop stands, and the stages done since its last word."""

    loop_id: str
    incident_id: str
    stage: Stage
    completed: Collection[Stage]
    done: Sequence[Stage] = ()
    stopped_by: FailureState | None = None  # not while it waits for a person
    detail: str = ""
    policy_id: str | None = None


@dataclass(frozen=True)
class Word:
    """What a loop has to say about its run."""

    phase: RunPhase
    status: RunStatus
    status_code: str
    acks: tuple[Ack, ...]


def word_of(loop: Standing) -> Word:
    """The phase and status of a loop's run, and the acknowledgements it owes now."""
    acks = [
        Ack(key, result_id=_result(loop, key)) for stage in loop.done for key in _kept_by(stage)
    ]
    if loop.stopped_by is None:
        phase = PHASES[loop.stage]
        return Word(phase, status_in(phase) or RunStatus.RUNNING, "", tuple(acks))
    acks += [_left(loop, key) for key in owed(loop.completed)]
    phase, status = _end(loop.stopped_by)
    return Word(phase, status, loop.stopped_by, tuple(acks))


def owed(completed: Collection[Stage]) -> list[Key]:
    """What no completed stage has kept."""
    return [key for key, stage in KEPT_BY.items() if stage not in completed]


def _kept_by(stage: Stage) -> list[Key]:
    return [key for key, keeper in KEPT_BY.items() if keeper is stage]


def _end(state: FailureState) -> tuple[RunPhase, RunStatus]:
    if state in CANCELLED:
        return RunPhase.FAILED, RunStatus.CANCELLED
    if state in ENDED_STATES:
        return RunPhase.COMPLETED, RunStatus.SUCCEEDED
    return RunPhase.FAILED, RunStatus.FAILED


def _left(loop: Standing, key: Key) -> Ack:
    """The last word about what a stopped loop did not come to."""
    assert loop.stopped_by is not None
    if key == FINALIZE_RUN:
        return Ack(key, result_id=loop.loop_id, metadata={"stopped_by": loop.stopped_by})
    why = f"Stage {loop.stage}: {loop.detail or loop.stopped_by}"[:MAX_ERROR]
    if loop.stopped_by in ENDED_STATES:
        return Ack(key, metadata={"not_needed": why})
    return Ack(key, AckStatus.FAILED, error=why)


def _result(loop: Standing, key: Key) -> str | None:
    """The id of what was made."""
    if key == CREATE_INCIDENT:
        return loop.incident_id
    return loop.policy_id if key == EVALUATE_POLICY else loop.loop_id
