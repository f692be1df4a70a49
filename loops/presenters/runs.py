"""One run under the audit contract: what it promised beside what was said, and what is amiss."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.db.models import QuerySet

from loops.actions.run_facts import Facts, ack_of
from loops.domain.runtime_audit import (
    COMPLETE_TRACE,
    CREATE_INCIDENT,
    EVALUATE_POLICY,
    FINALIZE_RUN,
    START_TRACE,
    Expectation,
    Key,
    Reconciliation,
    is_late,
    reconcile,
)
from loops.domain.states import (
    RUN_MOVES,
    AckStatus,
    AlertSeverity,
    AlertType,
    AuditAction,
    AuditDomain,
    AuditStatus,
    ReconciliationStatus,
    RunPhase,
    RunStatus,
)
from loops.models import AuditAck, AuditAlert, AuditExpectation, AuditRun
from loops.presenters.strips import StripStage
from m25console.looks import Look
from m25console.together import fetch_together

ACTIONS: Final[Mapping[Key, str]] = {
    CREATE_INCIDENT: "Record the incident",
    EVALUATE_POLICY: "Evaluate policies",
    START_TRACE: "Begin the trace",
    COMPLETE_TRACE: "Complete the trace",
    FINALIZE_RUN: "Finalize the run",
}
FINDINGS: Final[Mapping[ReconciliationStatus, Look]] = {
    ReconciliationStatus.PENDING: Look("Under way", "accent", "player-play"),
    ReconciliationStatus.COMPLETE: Look("Complete", "ok", "check"),
    ReconciliationStatus.INCOMPLETE: Look("Incomplete", "warn", "alert-triangle"),
    ReconciliationStatus.STALE: Look("Stale", "bad", "hourglass"),
    ReconciliationStatus.INVALID: Look("Invalid", "bad", "circle-x"),
}
MEANINGS: Final[Mapping[ReconciliationStatus, str]] = {
    ReconciliationStatus.PENDING: "Nothing it promised is overdue.",
    ReconciliationStatus.COMPLETE: "Everything it promised was acknowledged.",
    ReconciliationStatus.INCOMPLETE: "Some of what it promised is missing, failed or drifted.",
    ReconciliationStatus.STALE: "Nobody finalized it in time.",
    ReconciliationStatus.INVALID: "It promised nothing, or something without a deadline.",
}
PROMISES: Final[Mapping[AuditStatus, Look]] = {
    AuditStatus.PENDING: Look("Awaited", "idle", "hourglass"),
    AuditStatus.ACKED: Look("Done", "ok", "check"),
    AuditStatus.MISSING: Look("Missing", "bad", "alert-triangle"),
    AuditStatus.FAILED: Look("Failed", "bad", "x"),
}
NOT_NEEDED: Final = Look("Not needed", "idle", "minus")
DRIFT: Final = Look("Drift", "warn", "arrows-split-2")
ACKS: Final[Mapping[AckStatus, str]] = {
    AckStatus.SUCCESS: "Done",
    AckStatus.FAILED: "Failed",
    AckStatus.ROLLED_BACK: "Taken back",
}
PHASES: Final[Mapping[RunPhase, str]] = {
    RunPhase.CREATED: "Created",
    RunPhase.AUTHORIZED: "Authorized",
    RunPhase.EXECUTING: "Executing",
    RunPhase.GOVERNANCE_CHECK: "Governance check",
    RunPhase.FINALIZING: "Finalizing",
    RunPhase.COMPLETED: "Completed",
    RunPhase.FAILED: "Failed",
}
STATUSES: Final[Mapping[RunStatus, str]] = {
    RunStatus.QUEUED: "queued",
    RunStatus.RUNNING: "running",
    RunStatus.SUCCEEDED: "succeeded",
    RunStatus.FAILED: "failed",
    RunStatus.FAILED_POLICY: "stopped by a policy",
    RunStatus.CANCELLED: "cancelled",
    RunStatus.RETRY: "to be tried again",
}
ALERTS: Final[Mapping[AlertType, str]] = {
    AlertType.MISSING_ACK: "Never acknowledged",
    AlertType.DRIFT: "Drift",
    AlertType.STALE_RUN: "Stale run",
    AlertType.RECONCILIATION_FAILED: "Not as promised",
    AlertType.EXPECTATION_TIMEOUT: "Late",
}
SEVERITIES: Final[Mapping[AlertSeverity, str]] = {
    AlertSeverity.LOW: "idle",
    AlertSeverity.MEDIUM: "warn",
    AlertSeverity.HIGH: "bad",
    AlertSeverity.CRITICAL: "bad",
}


@dataclass(frozen=True)
class AckLine:
    """One word about an action."""

    word: str
    at: datetime
    result_id: str
    why: str  # an error, or the reason it was taken back or not needed
    record: AuditAck


@dataclass(frozen=True)
class PromiseRow:
    """One action: what was promised of it, and everything that was said."""

    key: str
    action: str
    look: Look
    allowed: timedelta | None  # from the promise to the deadline; none if it was not promised
    due_at: datetime | None
    acked_at: datetime | None
    acks: Sequence[AckLine]


@dataclass(frozen=True)
class RunPanel:
    """What any page shows of a run."""

    run: AuditRun
    found: Reconciliation
    look: Look
    meaning: str
    rows: Sequence[PromiseRow]
    outcomes: Sequence[tuple[str, str]]  # missing, drift and failed, each in words
    is_finalized: bool


@dataclass(frozen=True)
class AlertLine:
    look: Look
    alert: AuditAlert


@dataclass(frozen=True)
class RunPage:
    """Everything the page of a run shows."""

    panel: RunPanel
    status: str
    strip: Sequence[StripStage]
    alerts: Sequence[AlertLine]
    fingerprint: str  # differs as soon as anything shown has changed


class Rows(NamedTuple):
    """What was promised in a run and what was said of it, each in its order."""

    promised: QuerySet[AuditExpectation]
    said: QuerySet[AuditAck]


def rows_of(run: AuditRun) -> Rows:
    """The rows of a run, not read yet."""
    return Rows(run.expectations.order_by("pk"), run.acks.order_by("pk"))


def run_page(run: AuditRun, *, now: datetime) -> RunPage:
    """The page of a run: one query."""
    rows, raised = rows_of(run), run.alerts.order_by("-created_at", "-pk")
    fetch_together(*rows, raised)
    panel = run_panel(run, rows, now=now)
    shown = (run.phase, run.status, [row.look for row in panel.rows], panel.found, len(raised))
    acks = [line.record.pk for row in panel.rows for line in row.acks]
    return RunPage(
        panel=panel,
        status=STATUSES[RunStatus(run.status)],
        strip=phase_strip(run),
        alerts=[_alert(one) for one in raised],
        fingerprint=hashlib.sha256(repr((shown, acks)).encode()).hexdigest()[:16],
    )


def run_panel(run: AuditRun, rows: Rows, *, now: datetime) -> RunPanel:
    """A run as it stands at this moment, whenever it was reconciled last."""
    promised, said = list(rows.promised), list(rows.said)
    facts = Facts([_expectation(one) for one in promised], [ack_of(one) for one in said])
    found = reconcile(facts.expectations, facts.acks, now)
    lines = [_row(_key(one), one, said, found, now) for one in promised]
    unpromised = {_key(one) for one in said} - {_key(one) for one in promised}
    lines += [_row(key, None, said, found, now) for key in sorted(unpromised)]
    last = {one.key: one for one in facts.acks}
    return RunPanel(
        run=run,
        found=found,
        look=FINDINGS[found.status],
        meaning=MEANINGS[found.status],
        rows=lines,
        outcomes=[
            ("Missing", _named(found.missing)),
            ("Drift", _named(found.drift)),
            ("Failed", _named(found.failed)),
        ],
        is_finalized=FINALIZE_RUN in last and last[FINALIZE_RUN].is_success,
    )


def _named(keys: Sequence[Key]) -> str:
    return ", ".join(ACTIONS[key] for key in keys)


def _key(one: AuditExpectation | AuditAck) -> Key:
    return Key(AuditDomain(one.domain), AuditAction(one.action))


def _expectation(one: AuditExpectation) -> Expectation:
    return Expectation(_key(one), one.deadline_ms, one.due_at, AuditStatus(one.status))


def _row(
    key: Key,
    one: AuditExpectation | None,
    said: Sequence[AuditAck],
    found: Reconciliation,
    now: datetime,
) -> PromiseRow:
    lines = [_line(ack) for ack in said if _key(ack) == key]
    return PromiseRow(
        key=str(key),
        action=ACTIONS[key],
        look=_look(key, one, lines, found, now),
        allowed=timedelta(milliseconds=one.deadline_ms) if one else None,
        due_at=one.due_at if one else None,
        acked_at=one.acked_at if one else None,
        acks=lines,
    )


def _look(
    key: Key,
    one: AuditExpectation | None,
    lines: Sequence[AckLine],
    found: Reconciliation,
    now: datetime,
) -> Look:
    if key in found.drift:
        return DRIFT
    if key in found.failed:
        return PROMISES[AuditStatus.FAILED]
    if lines and lines[-1].record.metadata.get("not_needed"):
        return NOT_NEEDED
    if lines:
        return PROMISES[AuditStatus.ACKED]
    late = one is not None and is_late(_expectation(one), now)
    return PROMISES[AuditStatus.MISSING if late else AuditStatus.PENDING]


def _line(ack: AuditAck) -> AckLine:
    why = ack.error or ack.rollback_reason or ack.metadata.get("not_needed") or ""
    needless = ack.status == AckStatus.SUCCESS and "not_needed" in ack.metadata
    return AckLine(
        word="Not needed" if needless else ACKS[AckStatus(ack.status)],
        at=ack.created_at,
        result_id=ack.result_id or "",
        why=str(why),
        record=ack,
    )


def phase_strip(run: AuditRun) -> list[StripStage]:
    """The phases in a row; a run that failed shows that in place of its completion."""
    here = RunPhase(run.phase)
    if here is RunPhase.FAILED:
        word = STATUSES[RunStatus(run.status)]
        state = "failed" if run.status != RunStatus.CANCELLED else "stopped"
        return [StripStage(PHASES[here], state, word, "✗")]
    order = [phase for phase in RUN_MOVES if phase is not RunPhase.FAILED]
    return [_phase(phase, order.index(phase) - order.index(here), here) for phase in order]


def _phase(phase: RunPhase, distance: int, here: RunPhase) -> StripStage:
    if distance < 0 or here is RunPhase.COMPLETED:
        return StripStage(PHASES[phase], "done", "done", "✓")
    if distance == 0:
        return StripStage(PHASES[phase], "current", "here", "…")
    return StripStage(PHASES[phase], "pending", "to come", "·")


def _alert(one: AuditAlert) -> AlertLine:
    tone = SEVERITIES[AlertSeverity(one.severity)]
    return AlertLine(Look(ALERTS[AlertType(one.alert_type)], tone, "bell"), one)
