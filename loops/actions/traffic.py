"""Taking in how agents' decisions went: counted once, however often it is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from loops.actions.incidents import Intake
from loops.domain.traffic import TrafficRow, check_rows, report_hash, summed
from loops.models import TrafficReport
from m25console.models import Tenant


@dataclass(frozen=True)
class TrafficReceipt:
    """What became of a report, and of how many agents and hours it told."""

    status: Intake
    agents: int
    hours: int


# Agents are locked in one order, by name, so that two reports never wait for each other crosswise.
_AGENTS = """
INSERT INTO agents (tenant_id, agent_id, capability, first_seen_at, last_seen_at)
SELECT %s, agent_id, capability, %s, %s
FROM unnest(%s::text[], %s::text[]) AS s(agent_id, capability) ORDER BY agent_id
ON CONFLICT (tenant_id, agent_id) DO UPDATE
SET last_seen_at = greatest(agents.last_seen_at, excluded.last_seen_at),
    capability = coalesce(excluded.capability, agents.capability)
"""
_TRAFFIC = """
INSERT INTO agent_traffic (tenant_id, agent_id, hour, decisions, successes)
SELECT a.tenant_id, a.id, s.hour, s.decisions, s.successes
FROM unnest(%s::text[], %s::timestamptz[], %s::bigint[], %s::bigint[])
    AS s(agent_id, hour, decisions, successes)
JOIN agents a ON a.tenant_id = %s AND a.agent_id = s.agent_id
ORDER BY s.agent_id, s.hour
ON CONFLICT (agent_id, hour) DO UPDATE
SET decisions = agent_traffic.decisions + excluded.decisions,
    successes = agent_traffic.successes + excluded.successes
"""


@transaction.atomic
def report(
    *, tenant: Tenant, report_id: str, rows: Sequence[TrafficRow], now: datetime
) -> TrafficReceipt:
    """Add a report to the agents' hours, unless it was counted before.

    A report under a name already used is a duplicate if its rows are the same, else a conflict;
    either way nothing is counted. Raises PayloadFault at a row whose figures cannot be.
    """
    check_rows(rows, now=now)
    hours = summed(rows)
    agents = {row.agent_id: row.capability for row in hours if row.capability}
    names = sorted({row.agent_id for row in hours})
    receipt = TrafficReceipt(Intake.ACCEPTED, agents=len(names), hours=len(hours))
    body_hash = report_hash(rows)
    known, is_new = TrafficReport.objects.get_or_create(
        tenant=tenant,
        report_id=report_id,
        defaults={"body_hash": body_hash, "received_at": now},
    )
    if not is_new:
        same = known.body_hash == body_hash
        status = Intake.DUPLICATE if same else Intake.CONFLICT
        return TrafficReceipt(status, agents=receipt.agents, hours=receipt.hours)
    with connection.cursor() as cursor:
        capabilities = [agents.get(name) for name in names]
        cursor.execute(_AGENTS, [tenant.pk, now, now, names, capabilities])
        cursor.execute(_TRAFFIC, [*_columns(hours), tenant.pk])
    return receipt


def _columns(hours: Sequence[TrafficRow]) -> list[list[object]]:
    return [
        [row.agent_id for row in hours],
        [row.hour for row in hours],
        [row.decisions for row in hours],
        [row.successes for row in hours],
    ]
