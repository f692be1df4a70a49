"""What a tenant used through all of its integrations: by day, and who moved most."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db.models import Max, Sum

from integrations.domain import usage
from integrations.models import Integration, UsageDay
from integrations.presenters.spending import OTHERS, TOP, leading
from integrations.templatetags.cents import dollars
from loops.domain.figures import Period, Steps, steps_of
from m25console.access import Actor
from m25console.charts import Chart, Line
from m25console.looks import Look

DAYS: Final = 30
MOVERS: Final = 12


@dataclass(frozen=True)
class Mover:
    """What one integration cost in cents, and in the thirty days before."""

    integration_id: str
    name: str
    calls: int
    cents: int
    before: int
    unpriced: int

    @property
    def change(self) -> int:
        return self.cents - self.before

    @property
    def change_words(self) -> str:
        sign = "+" if self.change > 0 else "-" if self.change < 0 else ""
        return f"{sign}{dollars(abs(self.change))}"


@dataclass(frozen=True)
class TenantUsage:
    """The page of what a tenant used in the last thirty days."""

    calls: int
    cents: int
    before: int
    unpriced: int
    movers: Sequence[Mover]
    chart: Chart
    as_of: datetime | None

    @property
    def unpriced_share(self) -> float:
        return self.unpriced / self.calls if self.calls else 0.0

    @property
    def is_unpriced(self) -> bool:
        return usage.is_too_unpriced(calls=self.calls, unpriced=self.unpriced)


def page_for(actor: Actor, *, now: datetime) -> TenantUsage:
    """Thirty days beside the thirty before them: four queries."""
    steps = steps_of(Period.MONTH, now=now)
    first = steps.since.date()
    days = UsageDay.objects.filter(tenant=actor.tenant)
    sums = _by_integration(days.filter(date__gte=first))
    earlier = _by_integration(days.filter(date__gte=first - timedelta(days=DAYS), date__lt=first))
    mine = Integration.objects.filter(tenant=actor.tenant, pk__in=[*sums, *earlier])
    names = dict(mine.values_list("pk", "name"))
    movers = [_mover(one, names, sums, earlier) for one in {**sums, **earlier}]
    return TenantUsage(
        calls=sum(one.calls for one in movers),
        cents=sum(one.cents for one in movers),
        before=sum(one.before for one in movers),
        unpriced=sum(one.unpriced for one in movers),
        movers=sorted(movers, key=lambda one: (-abs(one.change), -one.cents, one.name))[:MOVERS],
        chart=_spend(days, steps, movers),
        as_of=max((one["as_of"] for one in sums.values()), default=None),
    )


def _by_integration(days: Any) -> dict[str, dict[str, Any]]:
    rows = days.order_by().values("integration_id").annotate(
        calls=Sum("total_calls"), cents=Sum("total_cost_cents"), unpriced=Sum("unpriced_count"),
        as_of=Max("updated_at"),
    )  # fmt: skip
    return {one["integration_id"]: one for one in rows}


def _mover(pk: str, names: dict[str, str], sums: Any, earlier: Any) -> Mover:
    now, before = sums.get(pk, {}), earlier.get(pk, {})
    return Mover(
        integration_id=pk, name=names.get(pk, "Unknown"), calls=now.get("calls", 0),
        cents=now.get("cents", 0), before=before.get("cents", 0), unpriced=now.get("unpriced", 0),
    )  # fmt: skip


def _spend(days: Any, steps: Steps, movers: Sequence[Mover]) -> Chart:
    """Of the few that cost most one line each, of the rest one together."""
    top = leading((one.integration_id, one.cents) for one in movers)
    names = {one.integration_id: one.name for one in movers}
    spent: dict[tuple[str, Any], int] = defaultdict(int)
    rows = days.filter(date__gte=steps.since.date()).order_by()
    for day, pk, cents in rows.values_list("date", "integration_id", "total_cost_cents"):
        spent[pk if pk in top else "", day] += cents
    dates = [one.astimezone(UTC).date() for one in steps.begins]
    looks = {pk: Look(names[pk], tone, "") for pk, tone in zip(top, TOP, strict=False)}
    lines = [
        Line(look, [spent[pk, day] / 100 for day in dates])
        for pk, look in {**looks, "": OTHERS}.items()
    ]
    total = sum(one.cents for one in movers)
    return Chart(
        key="spend", title="Spend", about="by integration", steps=steps, unit="dollars",
        summary=f"{dollars(total)} in thirty days.",
        lines=[one for one in lines if any(one.values)],
        empty="Nothing was spent in the last thirty days.",
    )  # fmt: skip
