"""Watching what routing changes lead to: they end in time, and one that does harm is undone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import F, Q

from loops.actions import routing
from loops.domain.kpi import Judgement, KpiVerdict, Reading, judge, measured_from
from loops.domain.routing import KPI_WINDOW
from loops.domain.traffic import CLOCK_SKEW, OLDEST
from loops.engine.bulk import update_rows
from loops.models import RoutingAdjustment, TrafficReport
from m25console.access import system_actor

MOST: Final = 5000  # adjustments in one run; those looked at longest ago come first
BATCH: Final = 500
WATCHER: Final = "routing watch"
KPI_FIELDS: Final = ("kpi_current", "kpi_decisions", "kpi_checked_at")

# The hour in which a change was made tells of both times, and counts for neither.
_SINCE = """
SELECT r.id, coalesce(sum(t.decisions), 0)::bigint, coalesce(sum(t.successes), 0)::bigint
FROM routing_policy_adjustments r
JOIN agents a ON a.tenant_id = r.tenant_id AND a.agent_id = r.agent_id
JOIN agent_traffic t ON t.agent_id = a.id
    AND t.hour > greatest(date_trunc('hour', r.created_at, 'UTC'), %s) AND t.hour <= %s
WHERE r.id = ANY(%s) GROUP BY r.id
"""


def watch(now: datetime) -> Mapping[str, Any]:
    """End what has expired, measure what is in effect, and take back what did harm."""
    expired = _expire(now)
    told = {verdict.value: 0 for verdict in KpiVerdict}
    rolled_back, seen = 0, 0
    while seen < MOST and (batch := _measured(now)):
        seen += len(batch)
        for one in batch:
            judged = _judged(one, now)
            told[judged.verdict] += 1
            if judged.verdict is KpiVerdict.FAILED:
                rolled_back += _regress(one, reason=judged.sentence, now=now)
    return {"expired": expired, "rolled_back": rolled_back, **told}


def forget_reports(now: datetime) -> Mapping[str, Any]:
    """Forget the names of reports so old that their hours would be refused today anyway."""
    old = TrafficReport.objects.filter(received_at__lt=now - OLDEST - CLOCK_SKEW)
    forgotten, _ = old.delete()
    return {"forgotten": forgotten}


def _expire(now: datetime) -> int:
    """Deactivate what has faded to nothing. A row that somebody holds is left for the next run."""
    with transaction.atomic():
        over = RoutingAdjustment.objects.active().filter(expires_at__lte=now).order_by("pk")
        held = over.select_for_update(skip_locked=True).values_list("pk", flat=True)[:MOST]
        return RoutingAdjustment.objects.filter(pk__in=list(held)).update(is_active=False)


def _measured(now: datetime) -> list[RoutingAdjustment]:
    """Some adjustments in effect that were not measured at this moment yet, with their KPI."""
    with transaction.atomic():
        waiting = RoutingAdjustment.objects.active().filter(
            Q(kpi_checked_at__isnull=True) | Q(kpi_checked_at__lt=now)
        )
        longest_ago = F("kpi_checked_at").asc(nulls_first=True)
        oldest = waiting.order_by(longest_ago, "pk").values_list("pk", flat=True)[:BATCH]
        batch = list(
            RoutingAdjustment.objects.active()
            .filter(pk__in=list(oldest))
            .select_related("tenant")
            .order_by("pk")
            .select_for_update(skip_locked=True, of=("self",))
        )
        readings = _readings([one.pk for one in batch], now)
        for one in batch:
            reading = readings.get(one.pk, Reading())
            one.kpi_current, one.kpi_decisions = reading.share, reading.decisions
            one.kpi_checked_at = now
        update_rows(batch, fields=KPI_FIELDS)
    return batch


def _readings(ids: list[str], now: datetime) -> dict[str, Reading]:
    with connection.cursor() as cursor:
        cursor.execute(_SINCE, [now - KPI_WINDOW, now, ids])
        return {
            adjustment_id: Reading(decisions=decisions, successes=successes)
            for adjustment_id, decisions, successes in cursor.fetchall()
        }


def _judged(one: RoutingAdjustment, now: datetime) -> Judgement:
    return judge(
        baseline=one.kpi_baseline,
        current=one.kpi_current,
        decisions=one.kpi_decisions,
        since=measured_from(created_at=one.created_at, now=now),
        threshold=one.rollback_threshold,
    )


def _regress(one: RoutingAdjustment, *, reason: str, now: datetime) -> bool:
    watcher = system_actor(one.tenant, label=WATCHER)
    return routing.regress(adjustment_id=one.pk, reason=reason, by=watcher, now=now)
