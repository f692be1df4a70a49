"""Prices as their page shows them: the list, a tenant's own, and what has none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db.models import Min, Q, Sum

from integrations.actions.prices import own_price
from integrations.domain.pricing import PRICES, VERSION, Price, drift, drifts
from integrations.models import OwnPrice, RepricingRun, UsageSlice
from m25console.access import Actor, Verdict, check_connects, verdict
from m25console.models import Tenant

DAYS: Final = 90
MOST_MODELS: Final = 100
RUNS: Final = 5
_MILLION: Final = Decimal(1000)  # prices are kept per thousand tokens


@dataclass(frozen=True)
class PriceLine:
    """One price in dollars of a million tokens; `own` where the tenant entered it."""

    model: str
    dollars_in: str
    dollars_out: str
    source: str
    own: OwnPrice | None = None
    holds: bool = True
    begins_later: bool = False


@dataclass(frozen=True)
class ModelLine:
    """What was called of one model: cents by our price and as its callers thought."""

    model: str
    calls: int
    unpriced: int
    reported_cents: int  # of the calls without a price
    our_cents: int
    their_cents: int
    first: date | None  # of the calls without a price

    @property
    def drift(self) -> float | None:
        """By how much of our figure the callers' is off; None without a figure of ours."""
        return drift(ours=self.our_cents, theirs=self.their_cents)

    @property
    def is_off(self) -> bool:
        return drifts(ours=self.our_cents, theirs=self.their_cents)


@dataclass(frozen=True)
class RunLine:
    """One pass over past calls; `share` of its span is looked at."""

    run: RepricingRun
    percent: int


@dataclass(frozen=True)
class PricesPage:
    """Everything about a tenant's prices."""

    unpriced: Sequence[ModelLine]
    models: Sequence[ModelLine]
    prices: Sequence[PriceLine]
    runs: Sequence[RunLine]
    may_change: Verdict

    @property
    def unpriced_calls(self) -> int:
        return sum(one.unpriced for one in self.unpriced)

    @property
    def unpriced_since(self) -> date | None:
        return min((one.first for one in self.unpriced if one.first), default=None)

    @property
    def is_repricing(self) -> bool:
        return any(one.run.finished_at is None for one in self.runs)


def prices_page(actor: Actor, *, now: datetime) -> PricesPage:
    """The list with the tenant's prices, and the models of ninety days: three queries."""
    models = _models(actor.tenant, now)
    runs = RepricingRun.objects.filter(tenant=actor.tenant).select_related("started_by")
    return PricesPage(
        unpriced=[one for one in models if one.unpriced],
        models=[one for one in models if one.our_cents or one.their_cents],
        prices=[*_own(actor.tenant, now), *_listed()],
        runs=[_run(one) for one in runs.order_by("-created_at", "-id")[:RUNS]],
        may_change=verdict(check_connects, actor),
    )


def _models(tenant: Tenant, now: datetime) -> list[ModelLine]:
    """The models called most, as the days were last summed up."""
    since = now.astimezone(UTC).date() - timedelta(days=DAYS)
    sums = (
        UsageSlice.objects.filter(tenant=tenant, date__gte=since)
        .order_by()
        .values("model")
        .annotate(
            calls=Sum("total_calls"), unpriced=Sum("unpriced_count"), cents=Sum("total_cost_cents"),
            ours=Sum("our_cents"), theirs=Sum("their_cents"),
            first=Min("date", filter=Q(unpriced_count__gt=0)),
        )
        .order_by("-unpriced", "-calls", "model")[:MOST_MODELS]
    )  # fmt: skip
    return [_model(one) for one in sums]


def _model(one: Mapping[str, Any]) -> ModelLine:
    return ModelLine(
        model=one["model"], calls=one["calls"], unpriced=one["unpriced"],
        reported_cents=one["cents"] - one["ours"], our_cents=one["ours"],
        their_cents=one["theirs"], first=one["first"],
    )  # fmt: skip


def _own(tenant: Tenant, now: datetime) -> list[PriceLine]:
    rows = OwnPrice.objects.for_tenant(tenant).select_related("created_by").newest_first()
    lines, taken = [], set[str]()
    for row in rows:
        own = own_price(row)
        holds = own.holds_at(now) and own.model not in taken
        taken |= {own.model} if holds else set()
        later = row.ended_at is None and row.valid_from > now
        lines.append(
            PriceLine(own.model, *_dollars(own.price), "own", row, holds, begins_later=later)
        )
    return lines


def _listed() -> list[PriceLine]:
    return [PriceLine(one, *_dollars(PRICES[one]), VERSION) for one in sorted(PRICES)]


def _dollars(price: Price) -> tuple[str, str]:
    return _plain(price.tokens_in * _MILLION), _plain(price.tokens_out * _MILLION)


def _plain(amount: Decimal) -> str:
    """Dollars with two decimals, or as many more as there are."""
    whole, _, rest = f"{amount.normalize():f}".partition(".")
    return f"${int(whole):,}.{rest.ljust(2, '0')}"


def _run(run: RepricingRun) -> RunLine:
    """With how much of its span of time it has passed."""
    span = run.until - run.since
    passed = (run.place_at - run.since) / span if span else 1.0
    return RunLine(run, 100 if run.finished_at else round(passed * 100))
