"""One loop under way, and what a bridge answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from loops.domain.checkpoints import Need
from loops.domain.confidence import Band
from loops.domain.states import CheckpointType, FailureState, Resolution, Stage
from loops.domain.story import DecisionFact
from loops.engine.traits import Traits
from loops.models import Incident, LoopEvent, LoopTrace, RecoveryCandidate


@dataclass(frozen=True)
class Decided:
    """An answer, and the subject of the contract that it was given to."""

    resolution: Resolution
    subject: Mapping[str, Any]


@dataclass(eq=False)
class Loop:
    """A loop with its rows. `event` is the open attempt at the trace's current stage."""

    trace: LoopTrace
    incident: Incident
    event: LoopEvent
    recovery: RecoveryCandidate | None = None
    decisions: Mapping[CheckpointType, Decided] = field(default_factory=dict)  # at this stage
    answers: Sequence[DecisionFact] = ()  # everything people decided in this loop so far
    is_first: bool = False  # it was never advanced before
    done: list[Stage] = field(default_factory=list)  # stages that succeeded in this batch

    @property
    def stage(self) -> Stage:
        return Stage(self.trace.current_stage)

    @cached_property
    def traits(self) -> Traits:
        return Traits(self.incident)

    def answer_to(self, kind: CheckpointType) -> Resolution | None:
        """What a person decided of this kind at this stage."""
        decided = self.decisions.get(kind)
        return decided.resolution if decided else None

    @property
    def payload(self) -> dict[str, Any]:
        """What the stages so far have handed on: ids, confidence, band, occurrences."""
        carried: dict[str, Any] = self.event.details.get("payload", {})
        return carried


@dataclass(frozen=True)
class Outcome:
    """What one stage came to.

    `result` is JSON-safe and kept with the event; `carry` goes on to the later stages. A stage
    with a failure state ends the loop; one with a need waits for a person and did nothing.
    """

    result: dict[str, Any] = field(default_factory=dict)
    carry: dict[str, Any] = field(default_factory=dict)
    confidence: float | None = None
    band: Band | None = None
    failure_state: FailureState | None = None
    need: Need | None = None
