"""Telling that a month's limit is nearly or quite used: each threshold once in a month."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Q

from integrations.actions.enforcement import limits_of
from integrations.domain import limits, months
from integrations.engine import reporting
from integrations.engine.reporting import Trouble
from integrations.models import EnforcementConfig, Integration, LimitWarning
from m25console import audit
from m25console.access import system_actor

AT_ONCE: Final = 500  # integrations of one transaction
SPENT: Final = 100  # percent: a breach, of which the loop is told
NOUNS: Final[Mapping[str, str]] = {"budget": "budget", "tokens": "token limit"}


def warn(now: datetime) -> Mapping[str, Any]:
    """Note every threshold that was come to and not told of this month."""
    month = months.month_of(now)[0].date()
    limited = (
        Integration.objects.enabled()
        .filter(Q(budget_limit_cents__gt=0) | Q(token_limit_month__gt=0))
        .with_use(month=month)
        .select_related("tenant", "raised")
        .order_by("id")
    )
    told, last = 0, ""
    while rows := list(limited.filter(pk__gt=last)[:AT_ONCE]):
        told, last = told + _warned(rows, month, now), rows[-1].pk
    return {"told": told}


def _warned(rows: Sequence[Integration], month: date, now: datetime) -> int:
    chosen = dict(
        EnforcementConfig.objects.filter(pk__in={one.tenant_id for one in rows}).values_list(
            "pk", "warn_at"
        )
    )
    due = [
        warning
        for row in rows
        for warning in _reached(row, chosen.get(row.tenant_id, limits.WARN_AT), month, now)
    ]
    known = set(
        LimitWarning.objects.filter(
            integration__in={one.integration_id for one in due}, month=month
        ).values_list("integration_id", "limit_type", "percent")
    )
    fresh = [one for one in due if (one.integration_id, one.limit_type, one.percent) not in known]
    return _kept(fresh, now) if fresh else 0


def _reached(
    row: Integration, thresholds: Sequence[int], month: date, now: datetime
) -> Iterator[LimitWarning]:
    kept, used = limits_of(row, now=now), _used(row)
    for kind, limit in (("budget", kept.budget_cents), ("tokens", kept.tokens)):
        for percent in limits.reached(thresholds, used=used[kind], limit=limit):
            yield LimitWarning(
                tenant=row.tenant, integration=row, limit_type=kind, month=month,
                percent=percent, used=used[kind], limit_value=limit, at=now,
            )  # fmt: skip


def _used(row: Any) -> Mapping[str, int]:
    return {"budget": row.cents_used, "tokens": row.tokens_used}  # annotated by `with_use`


@transaction.atomic
def _kept(warnings: Sequence[LimitWarning], now: datetime) -> int:
    """Store those that nobody stored meanwhile, and put them on record."""
    LimitWarning.objects.bulk_create(warnings, ignore_conflicts=True)
    mine = LimitWarning.objects.filter(pk__in=[one.pk for one in warnings])
    stored = set(mine.values_list("pk", flat=True))
    for one in warnings:
        if one.pk in stored:
            _tell(one, now)
    return len(stored)


def _tell(one: LimitWarning, now: datetime) -> None:
    noun = NOUNS[one.limit_type]
    after = {
        "limit": one.limit_type, "percent": one.percent, "used": one.used,
        "limit_value": one.limit_value,
    }  # fmt: skip
    audit.record(
        by=system_actor(one.tenant), action="integration.limit_reached", about=one.integration,
        after=after, now=now, note=f"{one.percent}% of the {noun}",
    )  # fmt: skip
    if one.percent == SPENT:
        name = one.integration.name
        trouble = Trouble(
            external_id=f"limit:{one.integration_id}:{one.limit_type}:{one.month:%Y-%m}",
            error_type="budget_breach",
            error_code=f"{one.limit_type}_exceeded",
            message=f"The {noun} of “{name}” for {one.month:%B %Y} is used up.",
            context=after | {"integration_id": one.integration_id},
        )
        reporting.report(trouble, tenant=one.tenant, now=now)
