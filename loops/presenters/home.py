"""The first page: what waits, runs, failed and ended, and how the last day went."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from loops.domain.states import CheckpointPriority, LoopOutcome, PolicyMode
from loops.presenters.looks import MODES, OUTCOMES
from loops.presenters.recently import (
    RecentDecision,
    RecentFailure,
    decision_of,
    failure_of,
    latest_decided,
    latest_failed,
)
from loops.presenters.shares import Share, shares_of
from loops.presenters.wordings import PRIORITIES
from m25console.looks import Look
from m25console.models import Tenant
from m25console.together import Row, Select, fetch_together

PERIOD: Final = timedelta(hours=24)
COUNTED_AT_MOST: Final = 1000
ENOUGH_FOR_MEDIAN: Final = 5  # decisions; fewer make no figure worth reading
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
class Overview:
    """All that the first page shows."""

    is_new: bool  # nothing was ever reported
    waiting: list[Tally]  # checkpoints by priority, the most urgent first
    loops: list[Tally]
    policies: list[Tally]
    day: Day
    failures: list[RecentFailure]
    decisions: list[RecentDecision]

    @property
    def waiting_total(self) -> str:
        return _bounded(sum(tally.count for tally in self.waiting))

    @property
    def oldest_waiting(self) -> datetime | None:
        return min((one.oldest for one in self.waiting if one.oldest), default=None)


def overview(tenant: Tenant, *, now: datetime) -> Overview:
    """What a tenant's first page shows; one query, of bounded cost."""
    states, day = _states(tenant), _last_day(tenant, since=now - PERIOD)
    failed, decided = latest_failed(tenant), latest_decided(tenant)
    fetch_together(states, day, failed, decided)
    standing, [figures] = _standing(states.rows), day.rows
    return Overview(
        is_new=not figures["ever"],
        waiting=standing["waiting"],
        loops=standing["loops"],
        policies=standing["policies"],
        day=_day(figures),
        failures=[failure_of(row) for row in failed],
        decisions=[decision_of(row) for row in decided],
    )


_STANDING: Final = """
SELECT 'waiting' AS kind, wanted.priority AS state, found.count, found.oldest
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
    (SELECT extract(epoch FROM avg(completed_at - started_at)) FROM (
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
    decided.count AS decided,
    CASE WHEN decided.count >= %(enough)s THEN decided.median END AS median_decision
FROM (
    SELECT count(*) AS count,
        extract(epoch FROM percentile_cont(0.5) WITHIN GROUP (ORDER BY resolved_at - created_at))
            AS median
    FROM (
        SELECT resolved_at, created_at FROM human_checkpoints
        WHERE tenant_id = %(tenant)s AND resolved_at >= %(since)s AND resolved_by_id IS NOT NULL
        ORDER BY resolved_at DESC, id DESC LIMIT %(limit)s) AS counted) AS decided
"""
_COUNTED: Final = (
    "incidents",
    "patterns_new",
    "patterns_known",
    "completed",
    "activated",
    "prevented",
    "decided",
)


def _states(tenant: Tenant) -> Select:
    """What waits by priority, loops by outcome and policies by mode."""
    return _select(
        _STANDING,
        tenant,
        priorities=[one.value for one in PRIORITIES],
        outcomes=[one.value for one in SHOWN_OUTCOMES],
        modes=[mode.value for mode in PolicyMode],
    )


def _last_day(tenant: Tenant, *, since: datetime) -> Select:
    return _select(_FIGURES, tenant, since=since, enough=ENOUGH_FOR_MEDIAN)


def _standing(rows: Sequence[Row]) -> Mapping[str, list[Tally]]:
    found = {(row["kind"], row["state"]): row for row in rows}
    shown: list[tuple[str, StrEnum, Look]] = [
        *(("waiting", one, PRIORITIES[one]) for one in CheckpointPriority),
        *(("loops", one, OUTCOMES[one]) for one in SHOWN_OUTCOMES),
        *(("policies", one, MODES[one]) for one in SHOWN_MODES),
    ]
    tallies: dict[str, list[Tally]] = defaultdict(list)
    for kind, state, look in shown:
        count, oldest = found[kind, state.value]["count"], found[kind, state.value]["oldest"]
        if count or kind != "waiting":
            since = datetime.fromisoformat(oldest) if oldest else None
            tallies[kind].append(Tally(state.value, look, count, since))
    return tallies


def _day(figures: Row) -> Day:
    return Day(
        **{name: _bounded(figures[name]) for name in _COUNTED},
        took=_lasting(figures["took"]),
        bands=shares_of(figures["bands"]),
        median_decision=_lasting(figures["median_decision"]),
    )


def _lasting(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def _select(sql: str, tenant: Tenant, **named: Any) -> Select:
    return Select(sql, {"tenant": tenant.pk, "limit": COUNTED_AT_MOST + 1, **named})


def _bounded(count: int) -> str:
    return f"{COUNTED_AT_MOST:,}+" if count > COUNTED_AT_MOST else f"{count:,}"
