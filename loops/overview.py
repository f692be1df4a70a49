"""What happened in a tenant, in a few counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Count

from loops.domain.checkpoints import MAX_PENDING
from loops.domain.states import LoopOutcome, Risk
from loops.models import (
    FailurePattern,
    HumanCheckpoint,
    Incident,
    LoopTrace,
    PeriodicJob,
    PolicyRule,
    PreventionRecord,
)
from m25console.keyset import counted
from m25console.models import Tenant, User


def platform_figures(*, now: datetime) -> dict[str, str]:
    """How all tenants' loops stand together, for platform staff; four queries of bounded size."""
    return {
        "Active tenants": counted(Tenant.objects.filter(is_active=True)),
        "Loops due": counted(LoopTrace.objects.filter(next_run_at__lte=now)),
        "Checkpoints waiting": counted(HumanCheckpoint.objects.pending()),
        "Jobs whose last run failed": counted(PeriodicJob.objects.exclude(last_error="")),
    }


@dataclass(frozen=True)
class Overview:
    """Exact counts, so not for pages of big tenants."""

    incidents: int
    patterns: int
    loops: dict[str, int]  # by outcome
    checkpoints_waiting: int
    policies: dict[str, int]  # by mode
    preventions: int


def of_tenant(tenant: Tenant) -> Overview:
    """The counts of one tenant as they stand."""
    return Overview(
        incidents=Incident.objects.for_tenant(tenant).count(),
        patterns=FailurePattern.objects.for_tenant(tenant).count(),
        loops=dict(
            LoopTrace.objects.for_tenant(tenant)
            .values_list("outcome")
            .annotate(Count("pk"))
            .order_by("outcome")
        ),
        checkpoints_waiting=HumanCheckpoint.objects.for_tenant(tenant).pending().count(),
        policies=dict(
            PolicyRule.objects.for_tenant(tenant)
            .values_list("mode")
            .annotate(Count("pk"))
            .order_by("mode")
        ),
        preventions=PreventionRecord.objects.for_tenant(tenant).real().count(),
    )


_QUEUES: Final = """
SELECT t.id, coalesce(c.max_pending_checkpoints, %(usual)s) AS bearable
FROM tenants t LEFT JOIN checkpoint_configs c ON c.tenant_id = t.id
CROSS JOIN LATERAL (
    SELECT count(*) AS waiting FROM (
        SELECT 1 FROM human_checkpoints h WHERE h.tenant_id = t.id AND h.resolved_at IS NULL
        LIMIT coalesce(c.max_pending_checkpoints, %(usual)s) + 1
    ) AS counted
) AS queue
WHERE t.is_active AND (%(tenant)s::text IS NULL OR t.id = %(tenant)s)
  AND queue.waiting > coalesce(c.max_pending_checkpoints, %(usual)s)
"""
WAITING: Final = f"""
SELECT json_build_object(
    'limit', (SELECT q.bearable FROM ({_QUEUES}) q),
    'unread', (
        SELECT count(*) FROM (
            SELECT 1 FROM notifications n
            WHERE n.tenant_id = %(tenant)s AND n.person_id = %(person)s AND n.read_at IS NULL
            LIMIT %(unread)s
        ) AS bounded
    ),
    'by_risk', json_object_agg(r.risk, counted.waiting)
)
FROM (VALUES (3), (2), (1)) AS r (risk)
CROSS JOIN LATERAL (
    SELECT count(*) AS waiting FROM (
        SELECT 1 FROM human_checkpoints h
        WHERE h.tenant_id = %(tenant)s AND h.resolved_at IS NULL AND h.risk = r.risk
        LIMIT %(counted)s
    ) AS bounded
) AS counted
"""  # noqa: S608 - made of constants


@dataclass(frozen=True)
class Waiting:
    """What waits in a tenant: how many checkpoints of each risk, none counted beyond a bound."""

    by_risk: Mapping[Risk, int]
    limit: int | None  # how many the tenant wants to wait at most, if more do
    unread: int  # notifications of one person


def waiting_parameters(
    tenant: Tenant, *, person: User | None, at_most: int, unread_at_most: int
) -> dict[str, str | int | datetime | None]:
    """For WAITING: how many checkpoints of each risk wait, each counted up to `at_most` and one,
    and likewise what this person has not read."""
    return {
        "usual": MAX_PENDING,
        "tenant": tenant.pk,
        "counted": at_most + 1,
        "person": person.pk if person else None,
        "unread": unread_at_most + 1,
    }


def waiting_of(told: Mapping[str, Any]) -> Waiting:
    """What WAITING answered."""
    by_risk = {Risk(int(risk)): count for risk, count in told["by_risk"].items() if count}
    return Waiting(by_risk, told["limit"], told["unread"])


def queues_too_long() -> int:
    """How many tenants have more checkpoints waiting than their rules bear."""
    with connection.cursor() as cursor:
        cursor.execute(_QUEUES, {"usual": MAX_PENDING, "tenant": None})
        return len(cursor.fetchall())


def is_at_work(tenant: Tenant) -> bool:
    """Whether a loop of the tenant is due or being advanced."""
    running = LoopTrace.objects.for_tenant(tenant).filter(next_run_at__isnull=False)
    return running.exists()


def rows(overview: Overview) -> list[tuple[str, object]]:
    """The counts by their names, in the order to show them."""
    loops = overview.loops
    return [
        ("incidents", overview.incidents),
        ("patterns", overview.patterns),
        ("loops complete", loops.get(LoopOutcome.COMPLETE, 0)),
        ("loops blocked", loops.get(LoopOutcome.WAITING, 0)),
        ("loops ended", loops.get(LoopOutcome.ENDED, 0)),
        ("loops failed", loops.get(LoopOutcome.FAILED, 0)),
        ("checkpoints waiting", overview.checkpoints_waiting),
        *((f"policies {mode}", number) for mode, number in overview.policies.items()),
        ("preventions", overview.preventions),
    ]


def as_table(lines: Sequence[tuple[str, object]]) -> str:
    """Names and values as lines for a terminal."""
    width = max(len(name) for name, _ in lines)
    return "\n".join(f"{name:<{width}}  {value:>6}" for name, value in lines)
