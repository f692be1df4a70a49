"""What bridge 2 knows of the catalogue of actions and of earlier executions, read per batch."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from django.db import connection

from loops.models import SuggestionAction, WebhookEndpoint

LOOKED_BACK: Final = 20  # recoveries of a pattern, the newest


@dataclass(frozen=True)
class Past:
    """How the latest executions for a pattern went; `usual_action` succeeded most often."""

    tried: int = 0
    succeeded: int = 0
    usual_action: str | None = None


@dataclass(frozen=True)
class Remedies:
    """The actions in use by code, the tenants with an endpoint, and the past by pattern id."""

    actions: Mapping[str, SuggestionAction] = field(default_factory=dict)
    endpoints: frozenset[str] = frozenset()
    pasts: Mapping[str, Past] = field(default_factory=dict)

    def past_of(self, pattern_id: str) -> Past:
        return self.pasts.get(pattern_id, NOTHING_TRIED)


NOTHING_TRIED: Final = Past()


def load(*, tenant_ids: Collection[str], pattern_ids: Collection[str]) -> Remedies:
    """What a batch needs: three queries, or two where nobody has an endpoint."""
    rows = WebhookEndpoint.objects.filter(tenant__in=tenant_ids)
    known = dict(rows.values_list("tenant", "is_enabled"))
    return Remedies(
        actions={one.action_code: one for one in SuggestionAction.objects.filter(is_active=True)},
        endpoints=frozenset(tenant_id for tenant_id, is_enabled in known.items() if is_enabled),
        pasts=_pasts(list(known), pattern_ids) if known else {},
    )


# Only what an endpoint carried out: what was merely written down proves nothing.
_PAST: Final = """
SELECT p.id, count(*), count(*) FILTER (WHERE e.status = 'succeeded'),
       mode() WITHIN GROUP (ORDER BY a.action_code) FILTER (WHERE e.status = 'succeeded')
FROM (
    SELECT tenant_id, id FROM failure_patterns WHERE id = ANY(%s) AND tenant_id = ANY(%s)
) p
CROSS JOIN LATERAL (
    SELECT r.id FROM recovery_candidates r
    WHERE r.tenant_id = p.tenant_id AND r.source_pattern_id = p.id
    ORDER BY r.created_at DESC LIMIT %s
) r
JOIN recovery_executions e ON e.recovery_id = r.id
    AND e.executor = 'webhook' AND e.status IN ('succeeded', 'failed') AND NOT e.is_dry_run
LEFT JOIN suggestion_action a ON a.id = e.action_id
GROUP BY p.id
"""


def _pasts(tenant_ids: Collection[str], pattern_ids: Collection[str]) -> dict[str, Past]:
    with connection.cursor() as cursor:
        cursor.execute(_PAST, [list(pattern_ids), list(tenant_ids), LOOKED_BACK])
        return {row[0]: Past(*row[1:]) for row in cursor.fetchall()}
