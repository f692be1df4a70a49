"""Counting stored evaluations into the tallies of policies: each once, whoever counts."""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Max, Q

from loops.domain.evaluation import EVALUATED_MODES
from loops.domain.states import PolicyMode, PolicyScope
from loops.domain.tallies import Asked, Counted, Sum, count, stints_of
from loops.models import PolicyActivationAudit, PolicyEvaluation, PolicyRule, PolicyVersion

BATCH: Final = 2000  # evaluations
MOST_SECONDS: Final = 20.0  # a run begins no further batch after this long
_UPSERT: Final = """
INSERT INTO policy_tallies AS t (tenant_id, policy_id, day, mode, evaluations, matched, decided,
                                 excepted)
SELECT * FROM unnest(%s::text[], %s::text[], %s::date[], %s::text[], %s::bigint[], %s::bigint[],
                     %s::bigint[], %s::bigint[])
         AS n(tenant_id, policy_id, day, mode, evaluations, matched, decided, excepted)
ORDER BY policy_id, day, mode
ON CONFLICT (policy_id, day, mode) DO UPDATE SET
    evaluations = t.evaluations + excluded.evaluations, matched = t.matched + excluded.matched,
    decided = t.decided + excluded.decided, excepted = t.excepted + excluded.excepted
"""
_RAISE: Final = """
UPDATE policy_rules p SET shadow_evaluations = p.shadow_evaluations + n.evaluations,
                          shadow_would_block = p.shadow_would_block + n.would_block
FROM unnest(%s::text[], %s::bigint[], %s::bigint[]) AS n(id, evaluations, would_block)
WHERE p.id = n.id
"""


def count_evaluations(_now: datetime) -> Mapping[str, Any]:
    """Count what is not counted yet. Several may run at once: each row is one's alone."""
    began, counted = time.monotonic(), 0
    while time.monotonic() - began < MOST_SECONDS:
        taken = _count_batch()
        counted += taken
        if taken < BATCH:
            break
    return {"counted": counted}


@transaction.atomic
def _count_batch() -> int:
    rows = list(
        PolicyEvaluation.objects.filter(is_counted=False)
        .select_for_update(skip_locked=True, no_key=True, of=("self",))
        .only("tenant_id", "agent_id", "policy_id", "matched", "created_at")
        .order_by("created_at")[:BATCH]
    )
    if not rows:
        return 0
    by_tenant: dict[str, list[PolicyEvaluation]] = defaultdict(list)
    for row in rows:
        by_tenant[row.tenant_id].append(row)
    for tenant_id in sorted(by_tenant):
        _count_tenant(tenant_id, by_tenant[tenant_id])
    PolicyEvaluation.objects.filter(pk__in=[row.pk for row in rows]).update(is_counted=True)
    return len(rows)


def _count_tenant(tenant_id: str, rows: Sequence[PolicyEvaluation]) -> None:
    asked = [Asked(row.created_at, row.agent_id, row.policy_id, row.matched) for row in rows]
    named = {verdict["policy_id"] for row in rows for verdict in row.matched}
    since = min(row.created_at for row in rows)
    policies = _policies(tenant_id, named=named, since=since)
    sums = {key: one for key, one in count(asked, policies).items() if one.cells}
    _keep(tenant_id, sums)


def _policies(tenant_id: str, *, named: set[str], since: datetime) -> list[Counted]:
    """The policies that may have been asked since then, locked so that none is edited meanwhile."""
    asked = Q(mode__in=EVALUATED_MODES) | Q(mode_since__gte=since) | Q(pk__in=named)
    rules = list(
        PolicyRule.objects.filter(asked, tenant=tenant_id)
        .only("mode", "mode_since", "revision", "scope_type", "scope_id", "created_at")
        .locked()
    )
    changes = _changes(tenant_id, since=since)
    edits = dict(
        PolicyVersion.objects.filter(tenant=tenant_id, at__gt=since)
        .values_list("policy_id")
        .annotate(last=Max("at"))
    )
    return [
        Counted(
            policy_id=rule.pk,
            revision=rule.revision,
            edited_at=edits.get(rule.pk, rule.created_at),
            stints=stints_of(
                created_at=rule.created_at,
                mode=PolicyMode(rule.mode),
                mode_since=rule.mode_since,
                changes=changes[rule.pk],
            ),
            agent_id=rule.scope_id if rule.scope_type == PolicyScope.AGENT else None,
        )
        for rule in rules
    ]


def _changes(tenant_id: str, *, since: datetime) -> dict[str, list[tuple[datetime, PolicyMode]]]:
    """When policies left a mode since then, and which, by policy id."""
    changes: dict[str, list[tuple[datetime, PolicyMode]]] = defaultdict(list)
    history = PolicyActivationAudit.objects.filter(tenant=tenant_id, activated_at__gt=since)
    for policy_id, moment, left in history.order_by("activated_at", "pk").values_list(
        "policy_id", "activated_at", "old_mode"
    ):
        if left:
            changes[policy_id].append((moment, PolicyMode(left)))
    return changes


def _keep(tenant_id: str, sums: Mapping[str, Sum]) -> None:
    cells = [
        (tenant_id, policy_id, day, mode.value, one.evaluations, one.matched, one.decided,
         one.excepted)
        for policy_id, total in sums.items()
        for (day, mode), one in total.cells.items()
        if one.evaluations
    ]  # fmt: skip
    grown = [
        (policy_id, total.shadow_evaluations, total.shadow_would_block)
        for policy_id, total in sums.items()
        if total.shadow_evaluations
    ]
    with connection.cursor() as cursor:
        if cells:
            cursor.execute(_UPSERT, [list(column) for column in zip(*cells, strict=True)])
        if grown:
            cursor.execute(_RAISE, [list(column) for column in zip(*grown, strict=True)])
