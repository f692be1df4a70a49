"""How the states of the loop look."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_noop as _

from loops.domain.confidence import Band
from loops.domain.kpi import KpiVerdict
from loops.domain.progress import BADGES, Tone
from loops.domain.states import (
    AdjustmentState,
    EventStatus,
    ExecutionStatus,
    LoopOutcome,
    PolicyMode,
    RecoveryStatus,
    Risk,
    Severity,
    Verification,
)
from loops.models import RecoveryCandidate
from m25console.looks import Look

_TONES: Final[Mapping[Tone, str]] = {
    Tone.SUCCESS: "ok",
    Tone.WARNING: "warn",
    Tone.DANGER: "bad",
    Tone.ACTIVE: "accent",
    Tone.NEUTRAL: "idle",
}
_OUTCOME_ICONS: Final[Mapping[LoopOutcome, str]] = {
    LoopOutcome.RUNNING: "player-play",
    LoopOutcome.WAITING: "hand-stop",
    LoopOutcome.COMPLETE: "check",
    LoopOutcome.ENDED: "player-stop",
    LoopOutcome.FAILED: "alert-triangle",
}
OUTCOMES: Final[Mapping[LoopOutcome, Look]] = {
    outcome: Look(badge.label, _TONES[badge.tone], _OUTCOME_ICONS[outcome])
    for outcome, badge in BADGES.items()
}
RISKS: Final[Mapping[Risk, Look]] = {
    Risk.HIGH: Look(_("High risk"), "bad", "alert-triangle"),
    Risk.MEDIUM: Look(_("Medium risk"), "warn", "alert-circle"),
    Risk.LOW: Look(_("Low risk"), "ok", "circle-check"),
}
SEVERITIES: Final[Mapping[Severity, Look]] = {
    Severity.CRITICAL: Look(_("Critical"), "bad", "flame"),
    Severity.HIGH: Look(_("High"), "warn", "chevron-up"),
    Severity.MEDIUM: Look(_("Medium"), "info", "minus"),
    Severity.LOW: Look(_("Low"), "idle", "chevron-down"),
}
RECOVERIES: Final[Mapping[RecoveryStatus, Look]] = {
    RecoveryStatus.PENDING: Look(_("Suggested"), "warn", "hourglass"),
    RecoveryStatus.APPROVED: Look(_("Approved"), "accent", "thumb-up"),
    RecoveryStatus.APPLIED: Look(_("Applied"), "ok", "check"),
    RecoveryStatus.REJECTED: Look(_("Rejected"), "idle", "x"),
    RecoveryStatus.ROLLED_BACK: Look(_("Rolled back"), "idle", "arrow-back-up"),
}
EXECUTIONS: Final[Mapping[ExecutionStatus, Look]] = {
    ExecutionStatus.PENDING: Look(_("Waits to be carried out"), "warn", "hourglass"),
    ExecutionStatus.EXECUTING: Look(_("Being carried out"), "accent", "player-play"),
    ExecutionStatus.SUCCEEDED: Look(_("Carried out"), "ok", "send"),
    ExecutionStatus.FAILED: Look(_("Not carried out"), "bad", "alert-triangle"),
    ExecutionStatus.ROLLED_BACK: Look(_("Undone"), "idle", "arrow-back-up"),
    ExecutionStatus.SKIPPED: Look(_("Not sent"), "idle", "ban"),
}
RECORDED: Final = Look(_("Recorded only"), "idle", "notes")  # nobody was asked to carry it out
VERIFICATIONS: Final[Mapping[Verification, Look]] = {
    Verification.WATCHING: Look(_("Watched"), "accent", "eye"),
    Verification.VERIFIED: Look(_("It helped"), "ok", "checks"),
    Verification.FAILED: Look(_("It came back"), "bad", "alert-triangle"),
    Verification.INCONCLUSIVE: Look(_("Not known whether it helped"), "idle", "zoom-question"),
}
NOTED: Final = Look(_("Noted"), "idle", "notes")  # needed nobody, and nothing was executed
MODES: Final[Mapping[PolicyMode, Look]] = {
    PolicyMode.SHADOW: Look(_("Shadow"), "info", "eye"),
    PolicyMode.PENDING: Look(_("Waits for confirmations"), "warn", "hourglass"),
    PolicyMode.ACTIVE: Look(_("Active"), "ok", "shield-check"),
    PolicyMode.DISABLED: Look(_("Disabled"), "idle", "ban"),
}
EVENTS: Final[Mapping[EventStatus, Look]] = {
    EventStatus.CLAIMED: Look(_("Running"), "accent", "player-play"),
    EventStatus.DONE: Look(_("Done"), "ok", "check"),
    EventStatus.FAILED: Look(_("Failed"), "bad", "x"),
    EventStatus.BLOCKED: Look(_("Waits for a person"), "warn", "hand-stop"),
}
STOPPED: Final = Look(_("Ended here"), "idle", "player-stop")  # failed, yet nothing is broken
ADJUSTMENTS: Final[Mapping[AdjustmentState, Look]] = {
    AdjustmentState.ACTIVE: Look(_("In effect"), "accent", "route"),
    AdjustmentState.ROLLED_BACK: Look(_("Taken back"), "warn", "arrow-back-up"),
    AdjustmentState.EXPIRED: Look(_("Over"), "idle", "check"),
}
KPI_VERDICTS: Final[Mapping[KpiVerdict, Look]] = {
    KpiVerdict.SUCCESS: Look(_("Success"), "ok", "check"),
    KpiVerdict.FAILED: Look(_("Failed"), "bad", "trending-down"),
    KpiVerdict.INCONCLUSIVE: Look(_("Inconclusive"), "idle", "help-circle"),
}
BANDS: Final[Mapping[Band, Look]] = {
    Band.STRONG: Look(_("Strong"), "ok", ""),
    Band.WEAK: Look(_("Weak"), "warn", ""),
    Band.NOVEL: Look(_("Novel"), "info", ""),
}


def look_of_recovery(recovery: RecoveryCandidate) -> Look:
    """How a recovery looks; one that is still a suggestion but asks nobody is only noted."""
    if recovery.status == RecoveryStatus.PENDING and not recovery.requires_confirmation:
        return NOTED
    return RECOVERIES[RecoveryStatus(recovery.status)]


def marks_of(recovery: RecoveryCandidate) -> list[Look]:
    """What was decided, what was done and whether it helped, each apart: none says the next."""
    marks = [look_of_recovery(recovery)]
    if recovery.execution_status:
        recorded = bool((recovery.execution_result or {}).get("recorded"))
        marks.append(look_of_execution(recovery.execution_status, recorded=recorded))
    if recovery.verification:
        marks.append(VERIFICATIONS[Verification(recovery.verification)])
    return marks


def look_of_execution(status: str, *, recorded: bool) -> Look:
    """How an execution looks; one that nobody was asked to carry out does not look done."""
    done = status == ExecutionStatus.SUCCEEDED
    return RECORDED if done and recorded else EXECUTIONS[ExecutionStatus(status)]
