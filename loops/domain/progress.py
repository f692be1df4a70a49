"""Where a loop stands: how far it came, what each stage shows, and one word for the whole."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from loops.domain.states import (
    STAGES,
    LoopOutcome,
    Stage,
)


class StageState(StrEnum):
    """What a stage shows. Derived for display, never stored."""

    COMPLETED = "completed"
    FAILED = "failed"
    IN_PROGRESS = "in_progress"
    NOT_STARTED = "not_started"


class Tone(StrEnum):
    """The colour family of a badge; the label always says the same in words."""

    SUCCESS = "success"
    WARNING = "warning"
    DANGER = "danger"
    ACTIVE = "active"
    NEUTRAL = "neutral"


@dataclass(frozen=True)
class Badge:
    label: str
    tone: Tone


@dataclass(frozen=True)
class StageMark:
    """One stage in the row of five."""

    stage: Stage
    label: str
    state: StageState
    symbol: str


LABELS: Final[Mapping[Stage, str]] = {
    Stage.INCIDENT_CREATED: "Incident",
    Stage.PATTERN_MATCHED: "Pattern",
    Stage.RECOVERY_SUGGESTED: "Recovery",
    Stage.POLICY_GENERATED: "Policy",
    Stage.ROUTING_ADJUSTED: "Routing",
    Stage.LOOP_COMPLETE: "Complete",
}
SYMBOLS: Final[Mapping[StageState, str]] = {
    StageState.COMPLETED: "✓",
    StageState.FAILED: "✗",
    StageState.IN_PROGRESS: "…",
    StageState.NOT_STARTED: "·",
}
BADGES: Final[Mapping[LoopOutcome, Badge]] = {
    LoopOutcome.RUNNING: Badge("In progress", Tone.ACTIVE),
    LoopOutcome.WAITING: Badge("Waiting for a person", Tone.WARNING),
    LoopOutcome.COMPLETE: Badge("Complete", Tone.SUCCESS),
    LoopOutcome.ENDED: Badge("Ended", Tone.NEUTRAL),
    LoopOutcome.FAILED: Badge("Failed", Tone.DANGER),
}


def completion_pct(completed: Collection[Stage]) -> int:
    """Completed stages in percent of five: each counts once, so never above 100."""
    return 100 * len(set(completed) & set(STAGES)) // len(STAGES)


def stage_state(
    *, stage: Stage, current: Stage, completed: Collection[Stage], failed: Collection[Stage]
) -> StageState:
    """What one stage shows; a stage that failed first and was completed later is completed."""
    if stage in completed:
        return StageState.COMPLETED
    if stage in failed:
        return StageState.FAILED
    return StageState.IN_PROGRESS if stage is current else StageState.NOT_STARTED


def stage_marks(
    *, current: Stage, completed: Collection[Stage], failed: Collection[Stage]
) -> tuple[StageMark, ...]:
    """The five stages in their order, as a page shows them."""
    states = (
        stage_state(stage=stage, current=current, completed=completed, failed=failed)
        for stage in STAGES
    )
    return tuple(
        StageMark(stage, LABELS[stage], state, SYMBOLS[state])
        for stage, state in zip(STAGES, states, strict=True)
    )


def duration_words(seconds: float) -> str:
    """A duration as tiles show it: "850 ms", "12.5 s" or "3.2 min"."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:.1f} min"
