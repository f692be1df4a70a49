"""Checkpoints in the words of the people who decide them."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from loops.domain.states import (
    CheckpointPriority,
    CheckpointType,
    PolicyScope,
    RejectReason,
    Resolution,
    Risk,
    Stage,
)
from loops.models import HumanCheckpoint, RecoveryCandidate
from m25console.looks import Look

PRIORITIES: Final[Mapping[CheckpointPriority, Look]] = {
    CheckpointPriority.CRITICAL: Look(_("Critical"), "bad", "flame"),
    CheckpointPriority.HIGH: Look(_("High"), "warn", "chevron-up"),
    CheckpointPriority.NORMAL: Look(_("Normal"), "info", "minus"),
    CheckpointPriority.LOW: Look(_("Low"), "idle", "chevron-down"),
    CheckpointPriority.ADVISORY: Look(_("Advisory"), "idle", "info-circle"),
}
TYPES: Final[Mapping[CheckpointType, str]] = {
    CheckpointType.APPROVE_RECOVERY: _("Recovery"),
    CheckpointType.SIMULATE_ROUTING: _("Routing change"),
    CheckpointType.OVERRIDE_GUARDRAIL: _("Routing floor"),
    CheckpointType.APPROVE_POLICY: _("Policy"),
    CheckpointType.REVERT_LOOP: _("Revert"),
}
SCOPE_WORDS: Final[Mapping[PolicyScope, str]] = {
    PolicyScope.TENANT: _("every request"),
    PolicyScope.AGENT: _("the requests of one agent"),
    PolicyScope.GLOBAL: _("every request of every tenant"),
}
LIKENESS: Final = _("Likeness")  # an approve_recovery that asks about the match, not the remedy
ANSWERS: Final[Mapping[Resolution, Look]] = {
    Resolution.APPROVE: Look(_("Approved"), "ok", "check"),
    Resolution.REJECT: Look(_("Rejected"), "bad", "x"),
    Resolution.MODIFY: Look(_("Sent back to change"), "warn", "pencil"),
    Resolution.APPLY: Look(_("Approved"), "ok", "check"),
    Resolution.DEFER: Look(_("Deferred"), "warn", "clock"),
    Resolution.CANCEL: Look(_("Left as it is"), "idle", "ban"),
    Resolution.CONFIRM_REVERT: Look(_("Revert confirmed"), "warn", "arrow-back-up"),
    Resolution.OVERRIDE: Look(_("Floor crossed"), "warn", "lock-open"),
    Resolution.RESPECT: Look(_("Floor respected"), "ok", "lock"),
    Resolution.EXPIRED: Look(_("Closed unanswered"), "idle", "clock"),
}

REASONS: Final[Mapping[RejectReason, str]] = {
    RejectReason.WRONG_PATTERN: "Wrong pattern",
    RejectReason.WRONG_ACTION: "Wrong action",
    RejectReason.TOO_BROAD: "Too broad",
    RejectReason.UNSAFE: "Unsafe",
    RejectReason.STALE: "Out of date",
    RejectReason.OTHER: "Something else",
}
RISKS: Final[Mapping[Risk, Look]] = {
    Risk.HIGH: Look("High risk", "bad", "alert-triangle"),
    Risk.MEDIUM: Look("Medium risk", "warn", "alert-circle"),
    Risk.LOW: Look("Low risk", "idle", "circle-check"),
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
        return gettext(LIKENESS)
    return gettext(TYPES[CheckpointType(checkpoint.checkpoint_type)])


def question_of(checkpoint: HumanCheckpoint) -> str:
    """What is asked, in the shortest sentence that says it."""
    recovery = recovery_of(checkpoint)
    if recovery is not None:
        return f"{recovery.suggestion.rstrip('.?')}?"
    if asks_about_match(checkpoint):
        return "Treat this incident as the same failure?"
    return checkpoint.description
