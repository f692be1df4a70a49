"""What one integration used: sums of days, single calls, and what its limits said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from integrations import overview
from integrations.domain.usage import success_rate
from integrations.models import EnforcementDecision, Integration, UsageRecord, UsageSlice
from integrations.models.usage import SUMS
from integrations.presenters import spending
from integrations.presenters.decisions import DecisionLine, lines_of
from m25console import keyset
from m25console.keyset import Order, Page, Place

NEWEST: Final = Order("created_at")
DAYS: Final = 30
DECISIONS: Final = 30


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


def usage_page(
    row: Integration, slices: Sequence[UsageSlice], *, place: Place, now: datetime
) -> UsagePage:
    """The last thirty days, a page of calls, the newest decisions: three queries."""
    records = UsageRecord.objects.filter(tenant_id=row.tenant_id, integration_id=row.pk)
    records = records.with_cost_now()
    decisions = EnforcementDecision.objects.filter(
        tenant_id=row.tenant_id, integration_id=row.pk
    ).order_by("-at", "-id")[:DECISIONS]
    return UsagePage(
        days=_days(row, slices, now),
        calls=keyset.page(records, order=NEWEST, place=place),
        decisions=lines_of(list(decisions), names={}),
    )


def _days(row: Integration, slices: Sequence[UsageSlice], now: datetime) -> list[DayLine]:
    """Today's calls as they are, and the days before as they were last summed up."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    calls = UsageRecord.objects.filter(
        tenant_id=row.tenant_id, integration_id=row.pk, created_at__gte=today
    )
    current = overview.told(calls.aggregate(**SUMS))
    first = today.date() - timedelta(days=DAYS - 1)
    before = [one for one in spending.days_of(slices) if first <= one.date < today.date()]
    days = [_day(today.date(), current)] if current["total_calls"] else []
    days += [_day(one.date, vars(one)) for one in before]
    most = max((one.cents for one in days), default=0) or 1
    return [replace(one, share=one.cents / most) for one in days]


def _day(day: date, sums: Mapping[str, Any]) -> DayLine:
    return DayLine(
        day=day,
        calls=sums["total_calls"],
        tokens=sums["total_tokens_in"] + sums["total_tokens_out"],
        cents=sums["total_cost_cents"],
        latency_ms=sums["avg_latency_ms"],
        success=success_rate(
            calls=sums["total_calls"], errors=sums["error_count"], blocked=sums["blocked_count"]
        ),
    )
