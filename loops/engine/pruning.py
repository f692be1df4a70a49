"""Forgetting old changes of policies, without an outdated book ever looking up to date."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction

KEPT_FOR: Final = timedelta(hours=1)
KEPT: Final = 50  # changes of a tenant that are not worth removing
_CROWDED: Final = """
SELECT tenant_id FROM policy_changes WHERE at < %s GROUP BY tenant_id HAVING count(*) > %s
ORDER BY tenant_id LIMIT 100
"""
# Books are known by how many changes there are and by the last one. Fewer changes could look like
# an earlier state, so a new one is made: no book that was read before has that as its last.
_PRUNE: Final = """
WITH gone AS (
    DELETE FROM policy_changes WHERE tenant_id = ANY(%s) AND at < %s RETURNING tenant_id
), marks AS (
    INSERT INTO policy_changes (tenant_id) SELECT DISTINCT tenant_id FROM gone
)
SELECT count(*) FROM gone
"""


@transaction.atomic
def prune_policy_changes(now: datetime) -> Mapping[str, Any]:
    """Remove changes older than an hour of tenants that have many."""
    before = now - KEPT_FOR
    with connection.cursor() as cursor:
        cursor.execute(_CROWDED, [before, KEPT])
        tenants = [tenant_id for (tenant_id,) in cursor.fetchall()]
        if not tenants:
            return {"removed": 0}
        cursor.execute(_PRUNE, [tenants, before])
        return {"removed": cursor.fetchone()[0], "tenants": len(tenants)}
