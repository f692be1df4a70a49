"""The first page: what waits, runs, failed and ended, and how the last day went."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.db import connection

from loops.domain.states import CheckpointPriority, LoopOutcome, PolicyMode, Resolution
from loops.models import HumanCheckpoint, LoopTrace
from loops.presenters.looks import MODES, OUTCOMES, Look
from loops.presenters.shares import Share, shares_of
from loops.presenters.wordings import ANSWERS, PRIORITIES, kind_of
from m25console.models import Tenant

PERIOD: Final = timedelta(hours=24)
COUNTED_AT_MOST: Final = 1000
ENOUGH_FOR_MEDIAN: Final = 5  # decisions; fewer make no figure worth reading
SHOWN: Final = 6  # of recent failures and decisions
SHOWN_OUTCOMES: Final = (
    LoopOutcome.RUNNING,
    LoopOutcome.FAILED,
    LoopOutcome.ENDED,
    LoopOutcome.COMPLETE,
)

SHOWN_MODES: Final = (
    PolicyMode.ACTIVE,
    PolicyMode.SHADOW,
    PolicyMode.PENDING,
    PolicyMode.DISABLED,
)


@dataclass(frozen=True)
class Tally:
    """How many there are in one state, no further than it is worth counting."""

    value: str  # of the state, for the address of its list
    look: Look
    count: int
    oldest: datetime | None = None

    @property
    def text(self) -> str:
        return _bounded(self.count)


@dataclass(frozen=True)
class Day:
    """The last 24 hours in figures."""

    incidents: str
    patterns_new: str
    patterns_known: str
    completed: str
    took: timedelta | None  # a completed loop, on average; None without one
    activated: str
    prevented: str
    bands: list[Share]  # of the newest incidents by how well they matched
    decided: str
    median_decision: timedelta | None  # None if too few were decided to say


@dataclass(frozen=True)
class RecentDecision:
    """One checkpoint that was decided lately."""

    checkpoint_id: str
    who: str
    at: datetime
    answer: Look
    kind: str
    incident_title: str
    note: str


@dataclass(frozen=True)
class Overview:
    """All that the first page shows."""

    is_new: bool  # nothing was ever reported
    waiting: list[Tally]  # checkpoints by priority, the most urgent first
    loops: list[Tally]
    policies: list[Tally]
    day: Day
    failures: list[LoopTrace]
    decisions: list[RecentDecision]

    @property
    def waiting_total(self) -> str:
        return _bounded(sum(tally.count for tally in self.waiting))

    @property
    def oldest_waiting(self) -> datetime | None:
        return min((one.oldest for one in self.waiting if one.oldest), default=None)


def overview(tenant: Tenant, *, now: datetime) -> Overview:
    """What a tenant's first page shows; four queries, each of bounded cost."""
    standing = _standing(tenant)
    figures = _figures(tenant, since=now - PERIOD)
    return Overview(
        is_new=not figures["ever"],
        waiting=standing["waiting"],
        loops=standing["loops"],
        policies=standing["policies"],
        day=Day(
            **{
                name: _bounded(figures[name])
                for name in _FIGURE_NAMES
                if name not in ("ever", "median_decision", "took", "bands")
            },
            took=figures["took"],
            bands=shares_of(figures["bands"]),
            median_decision=figures["median_decision"],
        ),
        failures=_failures(tenant),
        decisions=_decisions(tenant),
    )


_STANDING: Final = """
SELECT 'waiting', wanted.priority, found.count, found.oldest
FROM unnest(%(priorities)s::text[]) AS wanted(priority)
CROSS JOIN LATERAL (
    SELECT count(*) AS count, min(created_at) AS oldest
    FROM (
        SELECT created_at FROM human_checkpoints c
        WHERE c.tenant_id = %(tenant)s AND c.priority = wanted.priority AND c.resolved_at IS NULL
        ORDER BY created_at, id LIMIT %(limit)s
    ) AS counted
) AS found
UNION ALL
SELECT 'loops', wanted.outcome, (
    SELECT count(*) FROM (
        SELECT 1 FROM loop_traces t
        WHERE t.tenant_id = %(tenant)s AND t.outcome = wanted.outcome LIMIT %(limit)s
    ) AS counted
), NULL
FROM unnest(%(outcomes)s::text[]) AS wanted(outcome)
UNION ALL
SELECT 'policies', wanted.mode, (
    SELECT count(*) FROM (
        SELECT 1 FROM policy_rules p
        WHERE p.tenant_id = %(tenant)s AND p.mode = wanted.mode LIMIT %(limit)s
    ) AS counted
), NULL
FROM unnest(%(modes)s::text[]) AS wanted(mode)
"""
_FIGURES: Final = """
SELECT
    EXISTS (SELECT 1 FROM incidents WHERE tenant_id = %(tenant)s) AS ever,
    (SELECT count(*) FROM (
        SELECT 1 FROM incidents WHERE tenant_id = %(tenant)s AND created_at >= %(since)s
        LIMIT %(limit)s) AS counted) AS incidents,
    (SELECT count(*) FROM (
        SELECT 1 FROM failure_patterns
        WHERE tenant_id = %(tenant)s AND last_occurrence_at >= %(since)s AND created_at >= %(since)s
        LIMIT %(limit)s) AS counted) AS patterns_new,
    (SELECT count(*) FROM (
        SELECT 1 FROM failure_patterns
        WHERE tenant_id = %(tenant)s AND last_occurrence_at >= %(since)s AND created_at < %(since)s
        LIMIT %(limit)s) AS counted) AS patterns_known,
    (SELECT count(*) FROM (
        SELECT 1 FROM loop_traces
        WHERE tenant_id = %(tenant)s AND outcome = 'complete' AND last_activity_at >= %(since)s
        LIMIT %(limit)s) AS counted) AS completed,
    (SELECT avg(completed_at - started_at) FROM (
        SELECT completed_at, started_at FROM loop_traces
        WHERE tenant_id = %(tenant)s AND outcome = 'complete' AND last_activity_at >= %(since)s
        ORDER BY last_activity_at DESC, id DESC LIMIT %(limit)s) AS counted) AS took,
    (SELECT count(*) FROM (
        SELECT 1 FROM policy_activation_audit
        WHERE tenant_id = %(tenant)s AND activated_at >= %(since)s AND new_mode = 'active'
        LIMIT %(limit)s) AS counted) AS activated,
    (SELECT count(*) FROM (
        SELECT 1 FROM prevention_records
        WHERE tenant_id = %(tenant)s AND created_at >= %(since)s
          AND outcome IN ('prevented', 'mitigated') AND NOT is_simulated AND NOT is_synthetic
        LIMIT %(limit)s) AS counted) AS prevented,
    (SELECT jsonb_object_agg(band, count) FROM (
        SELECT match_confidence_band AS band, count(*) AS count FROM (
            SELECT match_confidence_band FROM incidents
            WHERE tenant_id = %(tenant)s AND created_at >= %(since)s
            ORDER BY created_at DESC, id DESC LIMIT %(limit)s) AS newest
        WHERE match_confidence_band IS NOT NULL GROUP BY 1) AS counted) AS bands,
    decided.count,
    CASE WHEN decided.count >= %(enough)s THEN decided.median END
FROM (
    SELECT count(*) AS count,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY resolved_at - created_at) AS median
    FROM (
        SELECT resolved_at, created_at FROM human_checkpoints
        WHERE tenant_id = %(tenant)s AND resolved_at >= %(since)s AND resolved_by_id IS NOT NULL
        ORDER BY resolved_at DESC, id DESC LIMIT %(limit)s) AS counted) AS decided
"""
_FIGURE_NAMES: Final = (
    "ever",
    "incidents",
    "patterns_new",
    "patterns_known",
    "completed",
    "took",
    "activated",
    "prevented",
    "bands",
    "decided",
    "median_decision",
)


def _standing(tenant: Tenant) -> Mapping[str, list[Tally]]:
    """What waits by priority, loops by outcome and policies by mode; one query."""
    rows = _rows(
        _STANDING,
        tenant,
        priorities=[one.value for one in PRIORITIES],
        outcomes=[one.value for one in SHOWN_OUTCOMES],
        modes=[mode.value for mode in PolicyMode],
    )
    found = {(kind, state): (count, oldest) for kind, state, count, oldest in rows}
    shown: list[tuple[str, StrEnum, Look]] = [
        *(("waiting", one, PRIORITIES[one]) for one in CheckpointPriority),
        *(("loops", one, OUTCOMES[one]) for one in SHOWN_OUTCOMES),
        *(("policies", one, MODES[one]) for one in SHOWN_MODES),
    ]
    tallies: dict[str, list[Tally]] = defaultdict(list)
    for kind, state, look in shown:
        count, oldest = found[kind, state.value]
        if count or kind != "waiting":
            tallies[kind].append(Tally(state.value, look, count, oldest))
    return tallies


def _figures(tenant: Tenant, *, since: datetime) -> Mapping[str, Any]:
    [row] = _rows(_FIGURES, tenant, since=since, enough=ENOUGH_FOR_MEDIAN)
    return dict(zip(_FIGURE_NAMES, row, strict=True))


def _failures(tenant: Tenant) -> list[LoopTrace]:
    """The loops that failed last, with what their titles say."""
    failed = LoopTrace.objects.for_tenant(tenant).filter(outcome=LoopOutcome.FAILED)
    rows = failed.select_related("incident").order_by("-last_activity_at", "-id")
    return list(
        rows.only(
            "failure_state", "failure_detail", "last_activity_at", "incident__title", "outcome"
        )[:SHOWN]
    )


def _decisions(tenant: Tenant) -> list[RecentDecision]:
    decided = HumanCheckpoint.objects.for_tenant(tenant).resolved().latest_decided_first()
    rows = decided.select_related("incident", "resolved_by").only(
        "checkpoint_type",
        "stage",
        "resolution",
        "resolved_at",
        "note",
        "incident__title",
        "resolved_by__username",
        "resolved_by__full_name",
    )
    return [
        RecentDecision(
            checkpoint_id=one.pk,
            who=str(one.resolved_by or "The console"),
            at=one.resolved_at,
            answer=ANSWERS[Resolution(one.resolution or "")],
            kind=kind_of(one),
            incident_title=one.incident.title,
            note=one.note,
        )
        for one in rows[:SHOWN]
        if one.resolved_at
    ]


def _rows(sql: str, tenant: Tenant, **named: Any) -> Sequence[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"tenant": tenant.pk, "limit": COUNTED_AT_MOST + 1, **named})
        rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _bounded(count: int) -> str:
    return f"{COUNTED_AT_MOST:,}+" if count > COUNTED_AT_MOST else f"{count:,}"
