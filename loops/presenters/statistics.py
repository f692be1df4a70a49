"""How a tenant's loops did lately, in figures."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, F, Q

from loops.domain.confidence import Band
from loops.domain.states import PolicyMode, RecoveryStatus
from loops.models import (
    FailurePattern,
    HumanCheckpoint,
    Incident,
    LoopTrace,
    PolicyRule,
    RecoveryCandidate,
    RoutingAdjustment,
)
from m25console.models import Tenant


@dataclass(frozen=True)
class Figures:
    """Counts of what began within the period and how it stands now.

    `patterns_matched` are matches that were not novel; the first incident of a pattern matches
    itself. `checkpoints_pending` are all that wait now; `checkpoints_resolved` were decided
    within the period.
    """

    period_hours: int
    total_incidents: int
    loops_complete: int
    loops_blocked: int
    completion_rate: float  # share of total_incidents, 0 without any
    avg_completion_ms: float | None  # None if none is complete
    patterns_matched: int
    patterns_created: int
    strong_matches: int
    weak_matches: int
    novel_matches: int
    recoveries_suggested: int
    recoveries_applied: int
    recoveries_rejected: int
    policies_generated: int
    policies_in_shadow: int
    policies_active: int
    routing_adjustments: int
    routing_rolled_back: int
    checkpoints_pending: int
    checkpoints_resolved: int


def figures_of(tenant: Tenant, *, hours: int, now: datetime) -> Figures:
    """The figures of the last `hours` hours; seven queries."""
    since = now - timedelta(hours=hours)
    return Figures(
        period_hours=hours,
        patterns_created=FailurePattern.objects.for_tenant(tenant)
        .filter(created_at__gte=since)
        .count(),
        **_loops(tenant, since),
        **_matches(tenant, since),
        **_recoveries(tenant, since),
        **_policies(tenant, since),
        **_routing(tenant, since),
        **_checkpoints(tenant, since),
    )


def _loops(tenant: Tenant, since: datetime) -> dict[str, Any]:
    found = (
        LoopTrace.objects.for_tenant(tenant)
        .filter(started_at__gte=since)
        .aggregate(
            total=Count("pk"),
            complete=Count("pk", filter=Q(is_complete=True)),
            blocked=Count("pk", filter=Q(is_blocked=True)),
            took=Avg(F("completed_at") - F("started_at"), filter=Q(is_complete=True)),
        )
    )
    total, complete, took = found["total"], found["complete"], found["took"]
    return {
        "total_incidents": total,
        "loops_complete": complete,
        "loops_blocked": found["blocked"],
        "completion_rate": round(complete / total, 4) if total else 0.0,
        "avg_completion_ms": round(took.total_seconds() * 1000, 1) if took is not None else None,
    }


def _matches(tenant: Tenant, since: datetime) -> dict[str, int]:
    bands = {
        f"{word}_matches": Count("pk", filter=Q(match_confidence_band=band.value))
        for word, band in (("strong", Band.STRONG), ("weak", Band.WEAK), ("novel", Band.NOVEL))
    }
    found = Incident.objects.for_tenant(tenant).reported_since(since).aggregate(**bands)
    return {**found, "patterns_matched": found["strong_matches"] + found["weak_matches"]}


def _recoveries(tenant: Tenant, since: datetime) -> dict[str, int]:
    """By the loops that made them, for which there is an index by time."""
    rows = RecoveryCandidate.objects.filter(trace__tenant=tenant, trace__started_at__gte=since)
    return rows.aggregate(
        recoveries_suggested=Count("pk"),
        recoveries_applied=Count("pk", filter=Q(status=RecoveryStatus.APPLIED)),
        recoveries_rejected=Count("pk", filter=Q(status=RecoveryStatus.REJECTED)),
    )


def _policies(tenant: Tenant, since: datetime) -> dict[str, int]:
    rows = PolicyRule.objects.for_tenant(tenant).filter(created_at__gte=since)
    return rows.aggregate(
        policies_generated=Count("pk"),
        policies_in_shadow=Count("pk", filter=Q(mode=PolicyMode.SHADOW)),
        policies_active=Count("pk", filter=Q(mode=PolicyMode.ACTIVE)),
    )


def _routing(tenant: Tenant, since: datetime) -> dict[str, int]:
    rows = RoutingAdjustment.objects.for_tenant(tenant).filter(created_at__gte=since)
    return rows.aggregate(
        routing_adjustments=Count("pk"),
        routing_rolled_back=Count("pk", filter=Q(was_rolled_back=True)),
    )


def _checkpoints(tenant: Tenant, since: datetime) -> dict[str, int]:
    wanted = Q(resolved_at__isnull=True) | Q(resolved_at__gte=since)
    return (
        HumanCheckpoint.objects.for_tenant(tenant)
        .filter(wanted)
        .aggregate(
            checkpoints_pending=Count("pk", filter=Q(resolved_at__isnull=True)),
            checkpoints_resolved=Count("pk", filter=Q(resolved_at__isnull=False)),
        )
    )
