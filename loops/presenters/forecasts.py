"""What lies ahead of an agent's weight, as pages show it before and after a decision."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from loops.domain.forecast import Change, Forecast, Peer, Receiver, forecast, receivers
from loops.domain.kpi import Reading
from loops.domain.narrative import signed_percent
from loops.domain.routing import DECAY_DAYS, FLOOR, KPI_WINDOW
from loops.domain.states import CheckpointType
from loops.models import HumanCheckpoint
from loops.presenters.bars import DAYS, Bars, bars_of
from m25console.models import Tenant
from m25console.together import Row as Read
from m25console.together import Select, fetch_together

ROUTING: Final = frozenset({CheckpointType.SIMULATE_ROUTING, CheckpointType.OVERRIDE_GUARDRAIL})
PEERS: Final = 20  # of one capability, the busiest
# One row of lists: the agents themselves, who else does what they do, what is in force of all of
# them, and how the agents' own decisions went.
_AHEAD: Final = """
WITH named AS (
    SELECT a.id, a.agent_id, a.capability FROM agents a
    WHERE a.tenant_id = %(tenant)s AND a.agent_id = ANY(%(names)s::text[])
), peers AS MATERIALIZED (
    SELECT c.capability, p.agent_id, p.decisions
    FROM (SELECT DISTINCT n.capability FROM named n WHERE n.capability <> '') AS c
    CROSS JOIN LATERAL (
        SELECT a.agent_id, sum(t.decisions)::bigint AS decisions
        FROM agents a
        JOIN agent_traffic t ON t.agent_id = a.id AND t.hour > %(since)s AND t.hour <= %(now)s
        WHERE a.tenant_id = %(tenant)s AND a.capability = c.capability
        GROUP BY a.id ORDER BY decisions DESC, a.agent_id LIMIT %(peers)s
    ) AS p
), changes AS (
    SELECT r.agent_id, r.magnitude::text AS magnitude, r.created_at, r.expires_at, r.id,
           r.capability
    FROM routing_policy_adjustments r
    WHERE r.tenant_id = %(tenant)s AND r.is_active
      AND (r.expires_at IS NULL OR r.expires_at > %(now)s)
      AND r.agent_id = ANY(%(names)s::text[] || ARRAY(SELECT p.agent_id::text FROM peers p))
    ORDER BY r.created_at, r.id
), readings AS (
    SELECT n.agent_id, sum(t.decisions)::bigint AS decisions, sum(t.successes)::bigint AS successes
    FROM named n
    JOIN agent_traffic t ON t.agent_id = n.id AND t.hour > %(since)s AND t.hour <= %(now)s
    GROUP BY n.agent_id
)
SELECT (SELECT coalesce(json_agg(named), '[]') FROM named) AS agents,
       (SELECT coalesce(json_agg(peers), '[]') FROM peers) AS peers,
       (SELECT coalesce(json_agg(changes), '[]') FROM changes) AS changes,
       (SELECT coalesce(json_agg(readings), '[]') FROM readings) AS readings
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


def forecasts_of(tenant: Tenant, names: Sequence[str], *, now: datetime) -> list[AgentForecast]:
    """The forecast of each of these agents with what is in force; one query."""
    found = _ahead_of(tenant, names, now=now)
    fetch_together(found)
    return _told_of(found.rows, names, now=now)


def ahead_of_answer(checkpoint: HumanCheckpoint, *, tenant: Tenant, now: datetime) -> Select:
    """What there is to forecast from, for an open question about routing; else no agent at all."""
    return _ahead_of(tenant, _agents_in(checkpoint), now=now)


def forecasts_before(
    checkpoint: HumanCheckpoint, rows: Sequence[Read], *, now: datetime
) -> list[AgentForecast]:
    """What lies ahead if an open question about routing is answered with yes, by the rows of
    `ahead_of_answer`; else nothing.

    Peers that the same proposal touches count as penalised by it.
    """
    names = _agents_in(checkpoint)
    if not names:
        return []
    proposed = Decimal(str(checkpoint.contract["subject"]["magnitude"]))
    return _told_of(rows, names, now=now, proposed=proposed)


def _agents_in(checkpoint: HumanCheckpoint) -> Sequence[str]:
    if checkpoint.checkpoint_type not in ROUTING or not checkpoint.is_pending:
        return []
    agents: Sequence[str] = checkpoint.contract["subject"]["agents"]
    return agents


def _ahead_of(tenant: Tenant, names: Sequence[str], *, now: datetime) -> Select:
    return Select(
        _AHEAD,
        {
            "tenant": tenant.pk,
            "names": list(names),
            "since": now - KPI_WINDOW,
            "now": now,
            "peers": PEERS + 1,
        },
    )


def _told_of(
    rows: Sequence[Read], names: Sequence[str], *, now: datetime, proposed: Decimal | None = None
) -> list[AgentForecast]:
    """The forecasts by the one row of `_ahead_of`, `proposed` stacked on what is in force."""
    [row] = rows
    known = {one["agent_id"]: one for one in row["agents"]}
    changes = _changes(row["changes"])
    if proposed is not None:
        proposal = Change(proposed, now, now + timedelta(days=DECAY_DAYS))
        for name in names:
            changes[name].append(proposal)
    readings = {one.pop("agent_id"): Reading(**one) for one in row["readings"]}
    return [
        _forecast(
            name,
            known.get(name, {}),
            forecast(changes[name], now=now),
            reading=readings.get(name, Reading()),
            peers=_others(name, known.get(name, {}), row["peers"], changes, now=now),
        )
        for name in names
    ]


def _changes(rows: Sequence[Read]) -> dict[str, list[Change]]:
    found: dict[str, list[Change]] = defaultdict(list)
    for one in rows:
        ends = one["expires_at"]
        change = Change(
            Decimal(one["magnitude"]),
            datetime.fromisoformat(one["created_at"]),
            datetime.fromisoformat(ends) if ends else None,
            one["id"],
            one["capability"],
        )
        found[one["agent_id"]].append(change)
    return found


def _others(
    name: str,
    agent: Read,
    peers: Sequence[Read],
    changes: Mapping[str, Sequence[Change]],
    *,
    now: datetime,
) -> list[Peer]:
    """Who else does what this agent does, and how much each is penalised."""
    alike = [one for one in peers if one["capability"] == agent.get("capability")]
    return [
        Peer(
            peer["agent_id"],
            peer["decisions"],
            sum((one.at(now) for one in changes.get(peer["agent_id"], ())), Decimal(0)),
        )
        for peer in alike
        if peer["agent_id"] != name
    ][:PEERS]


def _forecast(
    name: str, agent: Read, ahead: Forecast, *, reading: Reading, peers: Sequence[Peer]
) -> AgentForecast:
    made = [change for change in ahead.changes if change.adjustment_id]
    before = forecast(made, now=ahead.now.at, days=0)
    return AgentForecast(
        agent_id=name,
        agent_pk=agent.get("id"),
        capability=agent.get("capability") or "",
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
