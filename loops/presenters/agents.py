"""Agents as the routing pages show them: how much weight each keeps, and how it does."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db.models import Exists, OuterRef

from loops.domain.kpi import KpiVerdict, Reading
from loops.domain.routing import effective_weight
from loops.models import Agent, RoutingAdjustment
from loops.models.agents import AgentQuerySet
from loops.presenters.adjustments import AdjustmentCard, judged_of, latest_of
from loops.presenters.bars import LARGE, SMALL, Bars
from loops.presenters.forecasts import AgentForecast, forecasts_of, weight_percent
from loops.presenters.looks import KPI_VERDICTS
from loops.presenters.traffic import DAY, Hour, chart_of, hours_of, reading_of
from m25console import keyset
from m25console.keyset import Order, Page, Place
from m25console.looks import Look
from m25console.models import Tenant

LATEST: Final = Order("last_seen_at", tie_kind=int)
SIZE: Final = 25
CHANGES: Final = 20  # on the page of an agent
# What wants somebody comes first.
WORST: Final = (KpiVerdict.FAILED, KpiVerdict.INCONCLUSIVE, KpiVerdict.SUCCESS)


@dataclass(frozen=True)
class AgentRow:
    """One agent in the list."""

    agent: Agent
    weight: str
    is_reduced: bool
    changes: int
    verdict: Look | None  # the worst of its changes in effect; None without any
    reading: Reading
    chart: Bars


@dataclass(frozen=True)
class AgentPage:
    """One agent: its weight now and ahead, its traffic, and what was changed about it."""

    agent: Agent
    ahead: AgentForecast
    hours: Sequence[Hour]
    chart: Bars | None
    cards: Sequence[AdjustmentCard]

    @property
    def has_more(self) -> bool:
        return len(self.cards) == CHANGES


def changed_in(query: Mapping[str, str]) -> bool:
    """Whether an address wants only agents whose weight is not their own now."""
    return query.get("changed") == "1"


def wanted(tenant: Tenant, *, changed: bool, now: datetime) -> AgentQuerySet:
    """The agents of a list, unordered."""
    agents = Agent.objects.for_tenant(tenant)
    return _changed(agents, now=now) if changed else agents


def agent_list(
    tenant: Tenant, *, changed: bool, place: Place, now: datetime
) -> tuple[Page[Agent], list[AgentRow]]:
    """A page of agents, the latest heard of first; three queries. `changed`: only those whose
    weight is not their own now."""
    rows = wanted(tenant, changed=changed, now=now)
    page = keyset.page(rows, order=LATEST, place=place, size=SIZE)
    changes = _in_force(tenant, [one.agent_id for one in page.rows], now=now)
    hours = hours_of([one.pk for one in page.rows], tenant=tenant, since=now - DAY, until=now)
    return page, [_row(one, changes[one.agent_id], hours[one.pk], now=now) for one in page.rows]


def agent_page(agent: Agent, *, now: datetime) -> AgentPage:
    """The page of one agent; six queries."""
    [ahead] = forecasts_of(agent.tenant, [agent.agent_id], now=now)
    hours = hours_of([agent.pk], tenant=agent.tenant, since=now - 2 * DAY, until=now)[agent.pk]
    reported = any(hour.decisions for hour in hours)
    return AgentPage(
        agent=agent,
        ahead=ahead,
        hours=hours,
        chart=chart_of(hours, height=LARGE) if reported else None,
        cards=latest_of(agent.tenant, agent.agent_id, now=now, most=CHANGES),
    )


def _changed(agents: AgentQuerySet, *, now: datetime) -> AgentQuerySet:
    theirs = RoutingAdjustment.objects.filter(
        tenant=OuterRef("tenant"), agent_id=OuterRef("agent_id")
    )
    return agents.filter(Exists(theirs.in_force(now)))


def _in_force(
    tenant: Tenant, names: Sequence[str], *, now: datetime
) -> Mapping[str, list[RoutingAdjustment]]:
    found: dict[str, list[RoutingAdjustment]] = defaultdict(list)
    rows = RoutingAdjustment.objects.for_tenant(tenant).filter(agent_id__in=names)
    for one in rows.in_force(now).oldest_first():
        found[one.agent_id].append(one)
    return found


def _row(
    agent: Agent, changes: Sequence[RoutingAdjustment], hours: Sequence[Hour], *, now: datetime
) -> AgentRow:
    weight = effective_weight([one.effective(now) for one in changes])
    verdicts = {judged_of(one, now=now).verdict for one in changes}
    worst = next((one for one in WORST if one in verdicts), None)
    return AgentRow(
        agent=agent,
        weight=weight_percent(weight),
        is_reduced=weight < Decimal(1),
        changes=len(changes),
        verdict=KPI_VERDICTS[worst] if worst else None,
        reading=reading_of(hours, now=now),
        chart=chart_of(hours, height=SMALL),
    )
