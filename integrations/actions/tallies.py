"""Counting what limits said, by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Min, QuerySet, Sum

from integrations.domain.states import Enforcement
from integrations.models import EnforcementTally
from m25console.models import Tenant

SHARES: Final = 8  # rows of one tally, so that those who ask seldom wait for each other

_COUNT: Final = """
INSERT INTO cus_enforcement_tallies AS tally
    (tenant_id, integration_id, day, share, result, would_be, reason, answers, wanted_cents)
SELECT %s, integration_id, %s, pg_backend_pid() %% %s, result, would_be, reason, count(*),
       sum(cents)
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[])
     AS told (integration_id, result, would_be, reason, cents)
GROUP BY 2, 5, 6, 7 ORDER BY 2, 5, 6, 7
ON CONFLICT (tenant_id, integration_id, day, result, would_be, reason, share) DO UPDATE
SET answers = tally.answers + excluded.answers,
    wanted_cents = tally.wanted_cents + excluded.wanted_cents
"""


@dataclass(frozen=True)
class Counted:
    """One answer; `integration_id` is "" where there was no such integration."""

    integration_id: str
    result: Enforcement
    would_be: Enforcement
    reason: str
    wanted_cents: int


def count(answers: Sequence[Counted], *, tenant: Tenant, now: datetime) -> None:
    """Add these to the tallies of their day."""
    told: list[list[Any]] = [
        [one.integration_id for one in answers],
        [one.result.value for one in answers],
        [one.would_be.value for one in answers],
        [one.reason for one in answers],
        [one.wanted_cents for one in answers],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [tenant.pk, now.astimezone(UTC).date(), SHARES, *told])


def observed(tenant: Tenant, *, since: date) -> QuerySet[Any, Any]:
    """What limits that only observe would have stopped since that day, by integration: `calls`,
    their `cents`, and the `first` day."""
    rows = EnforcementTally.objects.filter(
        tenant=tenant,
        day__gte=since,
        result=Enforcement.WARNED,
        would_be__in=(Enforcement.BLOCKED, Enforcement.THROTTLED),
    )
    return (
        rows.order_by()
        .values("integration_id")
        .annotate(calls=Sum("answers"), cents=Sum("wanted_cents"), first=Min("day"))
    )
