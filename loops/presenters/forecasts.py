"""What lies ahead of an agent's weight, as pages show it before and after a decision."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from loops.domain.forecast import Change, Forecast, Peer, Receiver, forecast, receivers
from loops.domain.kpi import Reading
from loops.domain.narrative import signed_percent
from loops.domain.routing import DECAY_DAYS, FLOOR, KPI_WINDOW
from loops.domain.states import CheckpointType
from loops.engine.affected import readings_of
from loops.models import Agent, HumanCheckpoint, RoutingAdjustment
from loops.presenters.bars import DAYS, Bars, bars_of
from m25console.models import Tenant

ROUTING: Final = frozenset({CheckpointType.SIMULATE_ROUTING, CheckpointType.OVERRIDE_GUARDRAIL})
PEERS: Final = 20  # of one capability, the busiest
_PEERS = """
SELECT c.capability, p.agent_id, p.decisions FROM unnest(%s::text[]) AS c(capability)
CROSS JOIN LATERAL (
    SELECT a.agent_id, sum(t.decisions)::bigint AS decisions
    FROM agents a JOIN agent_traffic t ON t.agent_id = a.id AND t.hour > %s AND t.hour <= %s
    WHERE a.tenant_id = %s AND a.capability = c.capability
    GROUP BY a.id ORDER BY decisions DESC, a.agent_id LIMIT %s
) AS p
"""


@dataclass(frozen=True)
class Column:
    """One change in the table of days."""

    label: str
    capability: str
    adjustment_id: str  # empty: only proposed
    faint_at: datetime | None


@dataclass(frozen=True)
class Row:
    """One day."""

    at: datetime
    parts: Sequence[str]
    total: str
    weight: str
    is_floored: bool


@dataclass(frozen=True)
class AgentForecast:
    """The days ahead of one agent, and who would get the traffic it loses."""

    agent_id: str
    agent_pk: int | None  # None: nothing but incidents was heard of it yet
    capability: str
    reading: Reading
    weight_now: str
    weight_after: str  # with what is proposed; as now where nothing is
    lowest: str
    whole_again: datetime | None
    is_floored: bool
    columns: Sequence[Column]
    rows: Sequence[Row]
    chart: Bars
    receivers: Sequence[Receiver]


def forecasts_of(
    tenant: Tenant, names: Sequence[str], *, now: datetime, proposed: Decimal | None = None
) -> list[AgentForecast]:
    """The forecast of each of these agents, `proposed` stacked on what is in force; four queries.

    Peers that the same proposal touches count as penalised by it.
    """
    known = {
        one.agent_id: one for one in Agent.objects.for_tenant(tenant).filter(agent_id__in=names)
    }
    peers = _peers(tenant, {one.capability for one in known.values() if one.capability}, now=now)
    everyone = {*names, *(peer.agent_id for some in peers.values() for peer in some)}
    changes = _in_force(tenant, everyone, now=now)
    if proposed is not None:
        proposal = Change(proposed, now, now + timedelta(days=DECAY_DAYS))
        for name in names:
            changes[name].append(proposal)
    standing = {name: sum((one.at(now) for one in changes[name]), Decimal(0)) for name in everyone}
    readings = readings_of({(tenant.pk, name) for name in names}, now=now)
    return [
        _forecast(
            name,
            known.get(name),
            forecast(changes[name], now=now),
            reading=readings.get((tenant.pk, name), Reading()),
            peers=_others(name, known.get(name), peers, standing),
        )
        for name in names
    ]


def forecasts_before(
    checkpoint: HumanCheckpoint, *, tenant: Tenant, now: datetime
) -> list[AgentForecast]:
    """What lies ahead if an open question about routing is answered with yes; else nothing."""
    if checkpoint.checkpoint_type not in ROUTING or not checkpoint.is_pending:
        return []
    subject = checkpoint.contract["subject"]
    proposed = Decimal(str(subject["magnitude"]))
    return forecasts_of(tenant, subject["agents"], now=now, proposed=proposed)


def _in_force(tenant: Tenant, names: Iterable[str], *, now: datetime) -> dict[str, list[Change]]:
    found: dict[str, list[Change]] = defaultdict(list)
    rows = RoutingAdjustment.objects.for_tenant(tenant).filter(agent_id__in=names).in_force(now)
    for one in rows.oldest_first():
        change = Change(one.magnitude, one.created_at, one.expires_at, one.pk, one.capability)
        found[one.agent_id].append(change)
    return found


def _peers(tenant: Tenant, capabilities: set[str], *, now: datetime) -> dict[str, list[Peer]]:
    found: dict[str, list[Peer]] = defaultdict(list)
    if not capabilities:
        return found
    with connection.cursor() as cursor:
        wanted: list[Any] = [sorted(capabilities), now - KPI_WINDOW, now, tenant.pk, PEERS + 1]
        cursor.execute(_PEERS, wanted)
        for capability, agent_id, decisions in cursor.fetchall():
            found[capability].append(Peer(agent_id, decisions))
    return found


def _others(
    name: str,
    agent: Agent | None,
    peers: Mapping[str, Sequence[Peer]],
    standing: Mapping[str, Decimal],
) -> list[Peer]:
    alike = peers.get(agent.capability or "", ()) if agent else ()
    return [
        Peer(peer.agent_id, peer.decisions, standing[peer.agent_id])
        for peer in alike
        if peer.agent_id != name
    ][:PEERS]


def _forecast(
    name: str, agent: Agent | None, ahead: Forecast, *, reading: Reading, peers: Sequence[Peer]
) -> AgentForecast:
    made = [change for change in ahead.changes if change.adjustment_id]
    before = forecast(made, now=ahead.now.at, days=0)
    return AgentForecast(
        agent_id=name,
        agent_pk=agent.pk if agent else None,
        capability=(agent.capability if agent else None) or "",
        reading=reading,
        weight_now=weight_percent(before.now.weight),
        weight_after=weight_percent(ahead.now.weight),
        lowest=weight_percent(ahead.lowest.weight),
        whole_again=ahead.whole_again,
        is_floored=any(day.is_floored for day in ahead.days),
        columns=[_column(change) for change in ahead.changes],
        rows=[
            Row(
                at=day.at,
                parts=[signed_percent(part) for part in day.parts],
                total=signed_percent(day.total),
                weight=weight_percent(day.weight),
                is_floored=day.is_floored,
            )
            for day in ahead.days
        ],
        chart=_chart(ahead),
        receivers=receivers(peers),
    )


def _column(change: Change) -> Column:
    return Column(
        label=signed_percent(change.magnitude),
        capability=change.capability or "",
        adjustment_id=change.adjustment_id,
        faint_at=change.faint_at,
    )


def _chart(ahead: Forecast) -> Bars:
    first, last = weight_percent(ahead.now.weight), weight_percent(ahead.days[-1].weight)
    label = f"Weight on each of the next {len(ahead.days) - 1} days: {first} now, {last} at the end"
    weights = [float(day.weight) for day in ahead.days]
    return bars_of(weights, label=label, height=DAYS, levels={"floor": float(1 + FLOOR)})


def weight_percent(weight: Decimal) -> str:
    """A weight such as "95%" or "92.9%"."""
    return f"{(weight * 100).quantize(Decimal('0.1')).normalize():f}%"
