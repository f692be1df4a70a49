"""Knowing the agents that incidents and evaluations name, without slowing down who sends those."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

LOOKED_BACK: Final = timedelta(days=1)
MOST: Final = 5000  # rows of each kind and tenant in one run

# The newest rows first: what a very busy tenant leaves unread, its next rows say again.
_LEARN = """
WITH named AS (
    SELECT t.id AS tenant_id, i.agent_id, i.capability, i.created_at
    FROM tenants t CROSS JOIN LATERAL (
        SELECT affected_agent_id AS agent_id, agent_capability AS capability, created_at
        FROM incidents WHERE tenant_id = t.id AND created_at >= %(since)s
        ORDER BY created_at DESC, id DESC LIMIT %(most)s
    ) i
    UNION ALL
    SELECT t.id, e.agent_id, NULL, e.created_at
    FROM tenants t CROSS JOIN LATERAL (
        SELECT agent_id, created_at
        FROM policy_evaluations WHERE tenant_id = t.id AND created_at >= %(since)s
        ORDER BY created_at DESC, id DESC LIMIT %(most)s
    ) e
)
INSERT INTO agents (tenant_id, agent_id, capability, first_seen_at, last_seen_at)
SELECT tenant_id, agent_id, (array_agg(capability ORDER BY created_at DESC)
           FILTER (WHERE capability IS NOT NULL))[1], min(created_at), max(created_at)
FROM named WHERE agent_id <> ''
GROUP BY tenant_id, agent_id ORDER BY tenant_id, agent_id
ON CONFLICT (tenant_id, agent_id) DO UPDATE
SET last_seen_at = greatest(agents.last_seen_at, excluded.last_seen_at),
    first_seen_at = least(agents.first_seen_at, excluded.first_seen_at),
    capability = coalesce(agents.capability, excluded.capability)
RETURNING xmax = 0
"""


def know(now: datetime) -> Mapping[str, Any]:
    """Note the agents that the last day's incidents and evaluations name.

    An incident's word on a capability counts until somebody reports traffic with another.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LEARN, {"since": now - LOOKED_BACK, "most": MOST})
        found = [is_new for (is_new,) in cursor.fetchall()]
    return {"named": len(found), "new": sum(found)}
