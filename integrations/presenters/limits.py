"""Limits as their pages show them: how much is used, and what they stopped or would have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from integrations.actions.enforcement import limits_of
from integrations.domain import months, usage
from integrations.models import EnforcementDecision, Integration, LimitRaise, LimitWarning
from integrations.permissions import check_can_enforce, check_can_observe, check_can_raise
from integrations.presenters.decisions import DecisionLine, lines_of
from integrations.presenters.integrations import NEWEST, Gauge, gauges_of
from integrations.presenters.observed import Observed, observed_by
from integrations.presenters.spending import paces
from integrations.templatetags.cents import dollars
from loops.domain.figures import DAY
from m25console import keyset
from m25console.access import Actor, Verdict, check_connects, verdict
from m25console.keyset import Page, Place

WARNINGS: Final = 20
DECISIONS: Final = 10


@dataclass(frozen=True)
class LimitRow:
    """One integration with how it stands against its limits."""

    row: Integration
    gauges: Sequence[Gauge]
    rate: int  # calls a minute that are let through; 0: any
    raised: LimitRaise | None
    observed: Observed | None
    spent_on: date | None  # when its budget is used up at the pace of the last days

    @property
    def has_limits(self) -> bool:
        return bool(self.gauges or self.rate)


@dataclass(frozen=True)
class WarningLine:
    """That a threshold was come to."""

    warning: LimitWarning
    used: str
    limit: str


@dataclass(frozen=True)
class LimitsPage:
    """The limits of a tenant's integrations."""

    page: Page[Integration]
    rows: Sequence[LimitRow]
    warnings: Sequence[WarningLine]
    resets_at: datetime
    may_change: Verdict


@dataclass(frozen=True)
class LimitPage:
    """The limits of one integration."""

    one: LimitRow
    warnings: Sequence[WarningLine]
    decisions: Sequence[DecisionLine]
    began_at: datetime
    resets_at: datetime
    may_enforce: Verdict
    may_observe: Verdict
    may_raise: Verdict


def limits_page(actor: Actor, *, place: Place, now: datetime) -> LimitsPage:
    """A page of integrations with their limits: four queries."""
    begins, ends = months.month_of(now)
    rows = Integration.objects.for_tenant(actor.tenant).with_use(month=begins.date())
    page = keyset.page(rows, order=NEWEST, place=place)
    seen, a_day = observed_by(actor.tenant, now=now), paces(actor.tenant, now=now)
    return LimitsPage(
        page=page,
        rows=[_row(one, seen, a_day, now) for one in page.rows],
        warnings=_warnings(LimitWarning.objects.filter(tenant=actor.tenant)),
        resets_at=ends,
        may_change=verdict(check_connects, actor),
    )


def limit_page(row: Integration, *, actor: Actor, now: datetime) -> LimitPage:
    """One integration, which must be `with_use`: four queries besides its own."""
    begins, ends = months.month_of(now)
    decisions = EnforcementDecision.objects.for_tenant(actor.tenant).filter(integration_id=row.pk)
    seen = observed_by(actor.tenant, now=now, integration_id=row.pk)
    return LimitPage(
        one=_row(row, seen, paces(actor.tenant, now=now), now),
        warnings=_warnings(LimitWarning.objects.filter(tenant=actor.tenant, integration=row)),
        decisions=lines_of(list(decisions.order_by("-at", "-id")[:DECISIONS]), names={}),
        began_at=begins,
        resets_at=ends,
        may_enforce=verdict(check_can_enforce, row, actor),
        may_observe=verdict(check_can_observe, row, actor),
        may_raise=verdict(check_can_raise, row, actor),
    )


def _row(
    row: Integration, seen: Mapping[str, Observed], a_day: Mapping[str, float], now: datetime
) -> LimitRow:
    kept = limits_of(row, now=now)
    return LimitRow(
        row=row,
        gauges=gauges_of(row, now=now),
        rate=kept.calls_per_minute,
        raised=row.raised_at(now),
        observed=None if row.enforces else seen.get(row.pk),
        spent_on=_spent_on(row, kept.budget_cents, a_day.get(row.pk, 0.0), now),
    )


def _spent_on(row: Any, limit: int, a_day: float, now: datetime) -> date | None:
    """The day ahead on which its budget is used up; None if it lasts, or is used up already."""
    used = int(row.cents_used)  # annotated by `with_use`
    if used >= limit:
        return None
    today, ends = now.astimezone(UTC).date(), months.month_of(now)[1] - DAY
    return usage.spent_on(used=used, limit=limit, a_day=a_day, today=today, ends=ends.date())


def _warnings(rows: Any) -> list[WarningLine]:
    newest = rows.select_related("integration").order_by("-at", "-id")[:WARNINGS]
    # Of what was reached at one moment the highest comes first.
    in_order = sorted(newest, key=lambda one: (one.at, one.integration_id, one.percent))
    return [_warning(one) for one in reversed(in_order)]


def _warning(one: LimitWarning) -> WarningLine:
    if one.limit_type == "budget":
        return WarningLine(one, dollars(one.used), dollars(one.limit_value))
    return WarningLine(one, f"{one.used:,} tokens", f"{one.limit_value:,}")
