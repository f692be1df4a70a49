"""What one integration used: sums of days, single calls, and what its limits said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.db.models import Avg, Count, Q, Sum

from integrations.domain.states import Enforcement, PolicyResult
from integrations.domain.usage import success_rate
from integrations.models import EnforcementDecision, Integration, UsageDay, UsageRecord
from integrations.presenters.looks import ANSWERS
from m25console import keyset
from m25console.keyset import Order, Page, Place
from m25console.looks import Look

NEWEST: Final = Order("created_at")
DAYS: Final = 30
DECISIONS: Final = 30
SUMS: Final = {
    "calls": Count("id"),
    "tokens": Sum("tokens_in") + Sum("tokens_out"),
    "cents": Sum("cost_cents"),
    "latency": Avg("latency_ms"),
    "errors": Count("id", filter=Q(error_code__isnull=False)),
    "blocked": Count("id", filter=Q(policy_result=PolicyResult.BLOCKED)),
}


@dataclass(frozen=True)
class DayLine:
    """The sums of one day in UTC; cents, tokens, and milliseconds on average."""

    day: date
    calls: int
    tokens: int
    cents: int
    latency_ms: int | None
    success: float
    share: float = 0  # of the day that cost most


@dataclass(frozen=True)
class DecisionLine:
    """One answer that was not a plain yes."""

    decision: EnforcementDecision
    look: Look
    would_be: Look | None  # where the limits only observe


@dataclass(frozen=True)
class UsagePage:
    """What an integration used."""

    days: Sequence[DayLine]
    calls: Page[UsageRecord]
    decisions: Sequence[DecisionLine]

    @property
    def cents(self) -> int:
        return sum(one.cents for one in self.days)

    @property
    def count(self) -> int:
        return sum(one.calls for one in self.days)


def usage_page(row: Integration, *, place: Place, now: datetime) -> UsagePage:
    """The last thirty days, a page of calls, the newest decisions: four queries."""
    records = UsageRecord.objects.filter(tenant_id=row.tenant_id, integration_id=row.pk)
    decisions = EnforcementDecision.objects.filter(
        tenant_id=row.tenant_id, integration_id=row.pk
    ).order_by("-at", "-id")[:DECISIONS]
    return UsagePage(
        days=_days(row, now),
        calls=keyset.page(records, order=NEWEST, place=place),
        decisions=[_decision(one) for one in decisions],
    )


def _days(row: Integration, now: datetime) -> list[DayLine]:
    """Today's calls as they are, and the days before as they were last summed up."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    calls = UsageRecord.objects.filter(
        tenant_id=row.tenant_id, integration_id=row.pk, created_at__gte=today
    )
    current = calls.aggregate(**SUMS)
    before = UsageDay.objects.filter(
        tenant_id=row.tenant_id,
        integration_id=row.pk,
        date__gte=today.date() - timedelta(days=DAYS - 1),
        date__lt=today.date(),
    ).order_by("-date")
    days = [_day(today.date(), current)] if current["calls"] else []
    days += [_day(one.date, _sums_of(one)) for one in before]
    most = max((one.cents for one in days), default=0) or 1
    return [replace(one, share=one.cents / most) for one in days]


def _sums_of(day: UsageDay) -> Mapping[str, Any]:
    return {
        "calls": day.total_calls,
        "tokens": day.total_tokens_in + day.total_tokens_out,
        "cents": day.total_cost_cents,
        "latency": day.avg_latency_ms,
        "errors": day.error_count,
        "blocked": day.blocked_count,
    }


def _day(day: date, sums: Mapping[str, Any]) -> DayLine:
    return DayLine(
        day=day,
        calls=sums["calls"],
        tokens=sums["tokens"],
        cents=sums["cents"],
        latency_ms=None if sums["latency"] is None else round(sums["latency"]),
        success=success_rate(calls=sums["calls"], errors=sums["errors"], blocked=sums["blocked"]),
    )


def _decision(one: EnforcementDecision) -> DecisionLine:
    observed = one.would_be != one.result
    return DecisionLine(
        one,
        ANSWERS[Enforcement(one.result)],
        ANSWERS[Enforcement(one.would_be)] if observed else None,
    )
