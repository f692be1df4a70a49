"""The five stages of a loop in a row, with where it stands and how sure each stage was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from loops.domain.confidence import Band
from loops.domain.progress import StageState, stage_marks
from loops.domain.states import ENDED_STATES, FailureState, Stage
from loops.models import LoopEvent, LoopTrace
from loops.presenters.looks import BANDS
from m25console.looks import Look


@dataclass(frozen=True)
class StripStage:
    """One stage as components/stages.html shows it."""

    label: str
    state: str
    note: str
    symbol: str
    band: Look | None = None
    url: str = ""


_STATES: Final[Mapping[StageState, tuple[str, str]]] = {
    StageState.COMPLETED: ("done", "done"),
    StageState.FAILED: ("failed", "failed"),
    StageState.IN_PROGRESS: ("current", "running"),
    StageState.NOT_STARTED: ("pending", "to come"),
}
TAKEN_BACK: Final = ("failed", "taken back")  # it was done, and undone since


def strip(trace: LoopTrace, *, events: Sequence[LoopEvent] = ()) -> list[StripStage]:
    """The five stages; bands are known where the loop's events are given, in their order."""
    bands = {event.stage: band for event in events if (band := band_of(event))}
    regressed = trace.failure_state == FailureState.ROUTING_KPI_REGRESSION
    taken_back = Stage.ROUTING_ADJUSTED if regressed else None
    marks = stage_marks(
        current=Stage(trace.current_stage),
        completed=[Stage(one) for one in trace.stages["completed"]],
        failed=[Stage(one) for one in trace.stages["failed"]],
    )
    return [
        StripStage(
            mark.label,
            *(TAKEN_BACK if mark.stage is taken_back else _state(trace, mark.state)),
            symbol=mark.symbol,
            band=bands.get(mark.stage),
        )
        for mark in marks
    ]


def band_of(event: LoopEvent) -> Look | None:
    """How sure a stage was; None where there is nothing to be sure of, as with a new pattern."""
    result = event.details.get("result") or {}
    if not event.confidence_band or result.get("is_new_pattern"):
        return None
    return BANDS[Band(event.confidence_band)]


def _state(trace: LoopTrace, state: StageState) -> tuple[str, str]:
    over = trace.failure_state is not None and not trace.is_blocked
    if state is StageState.IN_PROGRESS and trace.is_blocked:
        return "blocked", "waits for a person"
    if state is StageState.FAILED and trace.failure_state in ENDED_STATES:
        word = "reverted" if trace.failure_state == FailureState.REVERTED else "ended here"
        return "stopped", word
    if state is StageState.IN_PROGRESS and over:
        return "stopped", "ended here"
    if state is StageState.NOT_STARTED and over:
        return "pending", "not reached"
    return _STATES[state]
