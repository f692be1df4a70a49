"""What happens day by day, as files: checkpoints, loops, incidents, recoveries, runs."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from loops.models import AuditRun, HumanCheckpoint, LoopTrace, RecoveryCandidate
from loops.presenters import incidents, loops, queue_filters, queue_rows, recoveries, run_list
from m25console.access import Actor
from m25console.exports import Column, Maker, Query, Table, field, listed
from m25console.keyset import Order

BY_BEGIN: Final = Order("started_at")


def _seconds(begin: str, end: str) -> Callable[[Any], float | None]:
    def value(row: Any) -> float | None:
        first, last = getattr(row, begin), getattr(row, end)
        return None if last is None else round((last - first).total_seconds(), 3)

    return value


def _keys(run: AuditRun, kind: str) -> str:
    return ", ".join((run.findings or {}).get(kind, ()))


_LONG_TEXTS: Final = (
    "incident__error_message",
    "incident__context",
    "incident__description",
    "incident__action_details",
)
CHECKPOINT_COLUMNS: Final[Sequence[Column[Any]]] = (
    field("id"),
    field("type", "checkpoint_type"),
    field("stage"),
    field("priority"),
    Column("risk", lambda row: row.get_risk_display()),
    field("confidence"),
    field("confidence_band"),
    field("target_id"),
    field("incident_id"),
    field("incident_title", "incident.title"),
    field("pattern_id", "incident.matched_pattern_id"),
    field("loop_id", "trace_id"),
    field("asked_at", "created_at"),
    field("resolution"),
    field("resolved_at"),
    Column("resolved_by", lambda row: str(row.resolved_by or "")),
    field("was_dismissed_by_silence", "auto_dismissed"),
    Column("waited_seconds", _seconds("created_at", "resolved_at")),
    field("note"),
)
LOOP_COLUMNS: Final[Sequence[Column[Any]]] = (
    field("id"),
    field("outcome"),
    field("current_stage"),
    Column("stages_completed", lambda row: len(row.stages["completed"])),
    field("failure_state"),
    field("failure_detail"),
    field("incident_id"),
    field("incident_title", "incident.title"),
    field("severity", "incident.severity"),
    field("agent", "incident.affected_agent_id"),
    field("started_at"),
    field("last_activity_at"),
    field("completed_at"),
    Column("took_seconds", _seconds("started_at", "completed_at")),
    field("reverted_at"),
    field("reverted_by"),
)
INCIDENT_COLUMNS: Final[Sequence[Column[Any]]] = (
    field("id"),
    field("title"),
    field("severity"),
    field("status"),
    field("error_type"),
    field("error_code"),
    field("error_message"),
    field("agent", "affected_agent_id"),
    field("capability", "agent_capability"),
    field("endpoint", "api_endpoint"),
    field("status_code"),
    field("external_id"),
    field("pattern_id", "matched_pattern_id"),
    field("match_confidence"),
    field("match_band", "match_confidence_band"),
    field("loop_id", "loop.id"),
    field("loop_outcome", "loop.outcome"),
    field("happened_at", "started_at"),
    field("reported_at", "created_at"),
    field("is_synthetic"),
)
RECOVERY_COLUMNS: Final[Sequence[Column[Any]]] = (
    field("id"),
    field("status"),
    field("suggestion"),
    field("action_type"),
    field("confidence"),
    field("confidence_band"),
    field("confidence_version"),
    field("confirmations_required", "requires_confirmation"),
    field("confirmations_received"),
    field("execution_status"),
    field("executed_at"),
    field("verification"),
    field("verified_at"),
    field("incident_id", "source_incident_id"),
    field("pattern_id", "source_pattern_id"),
    field("loop_id", "trace_id"),
    field("created_at"),
    field("decided_at"),
    Column("decided_by", lambda row: str(row.decided_by or "")),
    field("review_note"),
)
RUN_COLUMNS: Final[Sequence[Column[Any]]] = (
    field("run_id"),
    field("phase"),
    field("status"),
    field("reconciliation"),
    Column("missing", lambda row: _keys(row, "missing")),
    Column("failed", lambda row: _keys(row, "failed")),
    Column("drift", lambda row: _keys(row, "drift")),
    field("overdue_since"),
    field("reconciled_at"),
    field("created_at"),
)


def checkpoint_table(actor: Actor, query: Query, now: datetime) -> Table[HumanCheckpoint]:
    """The queue, or what was decided, as it is filtered and ordered."""
    filters = queue_filters.filters_in(query)
    rows = queue_filters.wanted(actor, filters, now=now)
    return listed(
        "checkpoints",
        rows.select_related("incident", "resolved_by").defer(*_LONG_TEXTS, "contract", "words"),
        order=queue_rows.order_of(filters),
        columns=CHECKPOINT_COLUMNS,
        filters=query,
    )


def loop_table(actor: Actor, query: Query, now: datetime) -> Table[LoopTrace]:
    rows = loops.filters_from(query).of(actor.tenant, now=now)
    return listed(
        "loops",
        rows.select_related("incident").defer("narrative", *_LONG_TEXTS),
        order=BY_BEGIN,
        columns=LOOP_COLUMNS,
        filters=query,
    )


def incident_table(actor: Actor, query: Query, now: datetime) -> Table[Any]:
    filters = incidents.filters_from(query)
    rows = filters.rows(actor.tenant, now=now).select_related("loop")
    return listed(
        "incidents",
        rows.defer("context", "action_details", "loop__narrative"),
        order=filters.order,
        columns=INCIDENT_COLUMNS,
        filters=query,
    )


def recovery_table(actor: Actor, query: Query, _now: datetime) -> Table[RecoveryCandidate]:
    chosen = recoveries.chosen_from(query)
    rows = RecoveryCandidate.objects.for_tenant(actor.tenant).filter(**chosen)
    return listed(
        "recoveries",
        rows.select_related("decided_by").defer("explain", "rules_evaluated", "execution_result"),
        order=recoveries.NEWEST,
        columns=RECOVERY_COLUMNS,
        filters=query,
    )


def run_table(actor: Actor, query: Query, _now: datetime) -> Table[AuditRun]:
    finding = run_list.finding_from(query)
    return listed(
        "runs",
        run_list.of_finding(actor.tenant, finding),
        order=run_list.NEWEST if finding else run_list.LONGEST_OVERDUE,
        columns=RUN_COLUMNS,
        filters=query,
    )


TABLES: Final[Mapping[str, Maker]] = {
    "checkpoints": checkpoint_table,
    "loops": loop_table,
    "incidents": incident_table,
    "recoveries": recovery_table,
    "runs": run_table,
}
