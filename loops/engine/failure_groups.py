"""Failures that no pattern explains, grouped overnight for whoever keeps the catalogue."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.db import connection

from loops.domain import recovery_matching as matching

MOST: Final = 100  # groups
READ: Final = 10_000  # distinct failures before they are merged
EXAMPLES: Final = 3

_UNMATCHED: Final = """
SELECT tenant_id, code, message, count(*), (array_agg(id ORDER BY at DESC))[1:3] FROM (
    SELECT tenant_id, id, created_at AS at, coalesce(nullif(error_type, ''), error_code) AS code,
           left(coalesce(error_message, ''), 500) AS message
    FROM incidents WHERE matched_pattern_id IS NULL AND created_at >= %(since)s
    UNION ALL
    SELECT tenant_id, match_id::text, last_occurrence_at, error_code, left(error_message, 500)
    FROM failure_matches WHERE incident_id IS NULL AND last_occurrence_at >= %(since)s
) f
GROUP BY tenant_id, code, message ORDER BY count(*) DESC LIMIT %(read)s
"""


def aggregate(now: datetime) -> dict[str, Any]:
    """The largest groups of the last seven days, each tenant's apart, as kept with the job."""
    with connection.cursor() as cursor:
        cursor.execute(_UNMATCHED, {"since": now - matching.LOOKED_BACK, "read": READ})
        groups = _merged(cursor.fetchall())
    enough = [one for one in groups if one["occurrences"] >= matching.GROUPED_FROM]
    enough.sort(key=lambda one: -one["occurrences"])
    return {"groups": enough[:MOST]}


def _merged(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """One group for each signature of a tenant, whatever else its messages differ in."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for tenant_id, code, message, times, examples in rows:
        told = matching.without_secrets(message)
        signature = matching.group_signature(code=code or "UNKNOWN", message=told)
        group = found.setdefault((tenant_id, signature), _group(tenant_id, signature, code, told))
        group["occurrences"] += times
        group["examples"] = [*group["examples"], *examples][:EXAMPLES]
    return list(found.values())


def _group(tenant_id: str, signature: str, code: str, message: str) -> dict[str, Any]:
    return {
        "tenant_id": tenant_id,
        "signature": signature,
        "error_code": code,
        "category": matching.category_of(code=code, message=message),
        "recovery_mode": matching.mode_of(code=code, message=message),
        "occurrences": 0,
        "examples": [],
    }
