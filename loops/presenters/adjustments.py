"""Changes of routing weight: in a list, on a page of their own, and on that of their loop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from loops import permissions
from loops.domain.forecast import Change
from loops.domain.kpi import Judgement, judge, measured_from, share_words
from loops.domain.narrative import signed_percent
from loops.domain.routing import kpi_drop
from loops.domain.states import AdjustmentState
from loops.models import Agent, RoutingAdjustment
from loops.models.routing import RoutingAdjustmentQuerySet
from loops.presenters.bars import LARGE, Bars
from loops.presenters.looks import ADJUSTMENTS, KPI_VERDICTS
from loops.presenters.traffic import DAY, Hour, chart_of, hours_of
from m25console import keyset
from m25console.access import Actor, Verdict, verdict
from m25console.keyset import Order, Page, Place
from m25console.looks import Look
from m25console.models import Tenant

NEWEST: Final = Order("created_at")
WATCHED: Final = timedelta(days=3)  # after the change, in the chart
STATES: Final[Mapping[str, str]] = {
    "": "All",
    AdjustmentState.ACTIVE: "In effect",
    AdjustmentState.ROLLED_BACK: "Taken back",
    AdjustmentState.EXPIRED: "Over",
}


@dataclass(frozen=True)
class AdjustmentCard:
    """One change of routing weight."""

    adjustment: RoutingAdjustment
    look: Look
    planned: str
    effective: str
    in_effect: bool
    kpi: Look
    judged: Judgement


@dataclass(frozen=True)
class AdjustmentPage:
    """One change in full: what it was, what it led to, and whether it may be taken back."""

    card: AdjustmentCard
    agent: Agent | None
    baseline: str
    observed: str
    drop: str
    limit: str
    faint_at: datetime | None
    hours: Sequence[Hour]
    chart: Bars | None
    may_roll_back: Verdict


def card_of(one: RoutingAdjustment, *, now: datetime) -> AdjustmentCard:
    """The card with what is left of the change now, and what its KPI says."""
    effective = one.effective(now)
    judged = judged_of(one, now=now)
    over = one.is_active and not effective  # the clock ends it within minutes
    return AdjustmentCard(
        adjustment=one,
        look=ADJUSTMENTS[AdjustmentState.EXPIRED if over else one.state],
        planned=signed_percent(one.magnitude),
        effective=signed_percent(effective),
        in_effect=bool(effective),
        kpi=KPI_VERDICTS[judged.verdict],
        judged=judged,
    )


def judged_of(one: RoutingAdjustment, *, now: datetime) -> Judgement:
    """The verdict on a change, as of when its KPI was measured last."""
    return judge(
        baseline=one.kpi_baseline,
        current=one.kpi_current,
        decisions=one.kpi_decisions,
        since=measured_from(created_at=one.created_at, now=one.kpi_checked_at or now),
        threshold=one.rollback_threshold,
    )


def state_from(query: Mapping[str, str]) -> AdjustmentState | None:
    """The state an address names; None for all."""
    wanted = query.get("state", "")
    return AdjustmentState(wanted) if wanted in set(AdjustmentState) else None


def adjustment_list(
    tenant: Tenant, *, state: AdjustmentState | None, place: Place, now: datetime
) -> tuple[Page[RoutingAdjustment], list[AdjustmentCard]]:
    """A page of changes, the newest first; one query."""
    page = keyset.page(_rows(tenant).in_state(state), order=NEWEST, place=place)
    return page, [card_of(one, now=now) for one in page.rows]


def latest_of(tenant: Tenant, agent_id: str, *, now: datetime, most: int) -> list[AdjustmentCard]:
    """The newest changes of one agent; one query."""
    rows = _rows(tenant).filter(agent_id=agent_id).newest_first()
    return [card_of(one, now=now) for one in rows[:most]]


def adjustment_page(one: RoutingAdjustment, *, actor: Actor, now: datetime) -> AdjustmentPage:
    """The page of a change that comes with its policy and loop; two queries."""
    agent = Agent.objects.for_tenant(actor.tenant).filter(agent_id=one.agent_id).first()
    hours = _hours(one, agent, now=now)
    drop = kpi_drop(baseline=one.kpi_baseline, current=one.kpi_current)
    return AdjustmentPage(
        card=card_of(one, now=now),
        agent=agent,
        baseline="" if one.kpi_baseline is None else share_words(one.kpi_baseline),
        observed="" if one.kpi_current is None else share_words(one.kpi_current),
        drop="" if drop is None else signed_percent(-drop),
        limit=signed_percent(-one.rollback_threshold),
        faint_at=Change(one.magnitude, one.created_at, one.expires_at).faint_at,
        hours=hours,
        chart=_chart(one, hours),
        may_roll_back=verdict(permissions.check_roll_back, actor, one),
    )


def _rows(tenant: Tenant) -> RoutingAdjustmentQuerySet:
    return RoutingAdjustment.objects.for_tenant(tenant).select_related("source_policy")


def _hours(one: RoutingAdjustment, agent: Agent | None, *, now: datetime) -> list[Hour]:
    """The day before the change, and three days after it as far as they have come."""
    if agent is None:
        return []
    until = min(now, one.created_at + WATCHED)
    found = hours_of([agent.pk], tenant=one.tenant, since=one.created_at - DAY, until=until)[
        agent.pk
    ]
    return [Hour(h.at, h.decisions, h.successes, is_after=h.at > one.created_at) for h in found]


def _chart(one: RoutingAdjustment, hours: Sequence[Hour]) -> Bars | None:
    if not any(hour.decisions for hour in hours):
        return None
    baseline = one.kpi_baseline
    allowed = None if baseline is None else baseline * (1 - float(one.rollback_threshold))
    return chart_of(
        hours,
        height=LARGE,
        levels={"baseline": baseline, "limit": allowed},
        mark=sum(not hour.is_after for hour in hours),
    )
