"""Checkpoints in the words of the people who decide them."""

from collections.abc import Mapping
from typing import Final

from loops.domain.states import (
    CheckpointPriority,
    CheckpointType,
    PolicyScope,
    Resolution,
    Stage,
)
from loops.models import HumanCheckpoint, RecoveryCandidate
from loops.presenters.looks import Look

PRIORITIES: Final[Mapping[CheckpointPriority, Look]] = {
    CheckpointPriority.CRITICAL: Look("Critical", "bad", "flame"),
    CheckpointPriority.HIGH: Look("High", "warn", "chevron-up"),
    CheckpointPriority.NORMAL: Look("Normal", "info", "minus"),
    CheckpointPriority.LOW: Look("Low", "idle", "chevron-down"),
    CheckpointPriority.ADVISORY: Look("Advisory", "idle", "info-circle"),
}
TYPES: Final[Mapping[CheckpointType, str]] = {
    CheckpointType.APPROVE_RECOVERY: "Recovery",
    CheckpointType.SIMULATE_ROUTING: "Routing change",
    CheckpointType.OVERRIDE_GUARDRAIL: "Routing floor",
    CheckpointType.APPROVE_POLICY: "Policy",
    CheckpointType.REVERT_LOOP: "Revert",
}
SCOPE_WORDS: Final[Mapping[PolicyScope, str]] = {
    PolicyScope.TENANT: "every request",
    PolicyScope.AGENT: "the requests of one agent",
    PolicyScope.GLOBAL: "every request of every tenant",
}
LIKENESS: Final = "Likeness"  # an approve_recovery that asks about the match, not the remedy
ANSWERS: Final[Mapping[Resolution, Look]] = {
    Resolution.APPROVE: Look("Approved", "ok", "check"),
    Resolution.REJECT: Look("Rejected", "bad", "x"),
    Resolution.MODIFY: Look("Sent back to change", "warn", "pencil"),
    Resolution.APPLY: Look("Approved", "ok", "check"),
    Resolution.DEFER: Look("Deferred", "warn", "clock"),
    Resolution.CANCEL: Look("Left as it is", "idle", "ban"),
    Resolution.CONFIRM_REVERT: Look("Revert confirmed", "warn", "arrow-back-up"),
    Resolution.OVERRIDE: Look("Floor crossed", "warn", "lock-open"),
    Resolution.RESPECT: Look("Floor respected", "ok", "lock"),
    Resolution.EXPIRED: Look("Closed unanswered", "idle", "clock"),
}


def asks_about_match(checkpoint: HumanCheckpoint) -> bool:
    """Whether the likeness to the pattern is in question rather than a remedy."""
    asked = (CheckpointType(checkpoint.checkpoint_type), Stage(checkpoint.stage))
    return asked == (CheckpointType.APPROVE_RECOVERY, Stage.PATTERN_MATCHED)


def recovery_of(checkpoint: HumanCheckpoint) -> RecoveryCandidate | None:
    """The remedy in question; load the checkpoint with its loop's recovery."""
    found: RecoveryCandidate | None = getattr(checkpoint.trace, "recovery", None)
    return found if found is not None and found.pk == checkpoint.target_id else None


def kind_of(checkpoint: HumanCheckpoint) -> str:
    """What sort of decision this is, in a word or two."""
    if asks_about_match(checkpoint):
        return LIKENESS
    return TYPES[CheckpointType(checkpoint.checkpoint_type)]


def question_of(checkpoint: HumanCheckpoint) -> str:
    """What is asked, in the shortest sentence that says it."""
    recovery = recovery_of(checkpoint)
    if recovery is not None:
        return f"{recovery.suggestion.rstrip('.?')}?"
    if asks_about_match(checkpoint):
        return "Treat this incident as the same failure?"
    return checkpoint.description
