"""Which agents a policy is about, and how they did before it touched them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from loops.domain.kpi import Reading
from loops.domain.routing import AFFECTED_LIMIT, AFFECTED_WINDOW, KPI_WINDOW
from loops.domain.states import PolicyMode, PolicyScope
from loops.models import PolicyRule

# Where no incident named an agent, those that share the incidents' capability stand in for it.
_AGENTS = """
WITH wanted AS (SELECT * FROM unnest(%(tenants)s::text[], %(patterns)s::text[])
                AS w(tenant_id, pattern_id)),
lately AS (
    SELECT w.tenant_id, w.pattern_id, i.affected_agent_id AS agent_id, i.agent_capability,
           count(*) AS times
    FROM wanted w JOIN incidents i
        ON i.tenant_id = w.tenant_id AND i.matched_pattern_id = w.pattern_id
    WHERE i.created_at >= %(since)s
    GROUP BY w.tenant_id, w.pattern_id, i.affected_agent_id, i.agent_capability
), met AS (
    SELECT tenant_id, pattern_id, agent_id, sum(times) AS times FROM lately
    WHERE agent_id IS NOT NULL GROUP BY tenant_id, pattern_id, agent_id
), alike AS (
    SELECT DISTINCT l.tenant_id, l.pattern_id, a.agent_id, 0 AS times
    FROM lately l JOIN agents a
        ON a.tenant_id = l.tenant_id AND a.capability = l.agent_capability
    WHERE l.pattern_id NOT IN (SELECT pattern_id FROM met)
)
SELECT pattern_id, agent_id FROM (
    SELECT found.pattern_id, found.agent_id, row_number() OVER (
        PARTITION BY found.pattern_id
        ORDER BY busy.decisions DESC, found.times DESC, found.agent_id
    ) AS place
    FROM (TABLE met UNION ALL TABLE alike) AS found
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(t.decisions), 0) AS decisions
        FROM agents a JOIN agent_traffic t ON t.agent_id = a.id AND t.hour >= %(since)s
        WHERE a.tenant_id = found.tenant_id AND a.agent_id = found.agent_id
    ) AS busy
) AS ranked
WHERE place <= %(limit)s ORDER BY pattern_id, place
"""
_READINGS = """
SELECT a.tenant_id, a.agent_id, sum(t.decisions)::bigint, sum(t.successes)::bigint
FROM unnest(%s::text[], %s::text[]) AS w(tenant_id, agent_id)
JOIN agents a ON a.tenant_id = w.tenant_id AND a.agent_id = w.agent_id
JOIN agent_traffic t ON t.agent_id = a.id AND t.hour > %s AND t.hour <= %s
GROUP BY a.tenant_id, a.agent_id
"""


def agents_of(policies: Mapping[str, PolicyRule], *, now: datetime) -> dict[str, list[str]]:
    """The agents that active policies are about, the busiest first, by pattern id; one query.

    A policy about one agent names it; any other is about those that met its pattern in the last
    seven days.
    """
    active = [one for one in policies.values() if one.mode == PolicyMode.ACTIVE]
    found = {
        one.source_pattern_id or "": [one.scope_id]
        for one in active
        if one.scope_type == PolicyScope.AGENT
    }
    return {**_met([one for one in active if one.source_pattern_id not in found], now=now), **found}


def _met(policies: Collection[PolicyRule], *, now: datetime) -> dict[str, list[str]]:
    if not policies:
        return {}
    found: dict[str, list[str]] = defaultdict(list)
    wanted: dict[str, Any] = {
        "tenants": [one.tenant_id for one in policies],
        "patterns": [one.source_pattern_id for one in policies],
        "since": now - AFFECTED_WINDOW,
        "limit": AFFECTED_LIMIT,
    }
    with connection.cursor() as cursor:
        cursor.execute(_AGENTS, wanted)
        for pattern_id, agent in cursor.fetchall():
            found[pattern_id].append(agent)
    return found


def readings_of(
    agents: Iterable[tuple[str, str]], *, now: datetime
) -> dict[tuple[str, str], Reading]:
    """How these agents' decisions went in the last day, by tenant and agent id; one query.

    An agent without any has no reading.
    """
    named = sorted(agents)
    if not named:
        return {}
    tenants, names = [one[0] for one in named], [one[1] for one in named]
    with connection.cursor() as cursor:
        cursor.execute(_READINGS, [tenants, names, now - KPI_WINDOW, now])
        return {
            (tenant_id, agent): Reading(decisions=decisions, successes=successes)
            for tenant_id, agent, decisions, successes in cursor.fetchall()
        }
