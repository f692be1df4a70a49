"""Stored policies made ready to judge, by whoever judges."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import structlog
from django.db.models import QuerySet

from loops.domain.conditions import ConditionFault, compile_condition
from loops.domain.evaluation import Exempt, Rule
from loops.domain.states import PolicyAction, PolicyMode, PolicyScope
from loops.models import PolicyException, PolicyRule, PolicyVersion

COLUMNS: Final = (
    "pk", "tenant_id", "revision", "name", "mode", "actions", "priority", "created_at",
    "conditions", "scope_type", "scope_id", "activated_at", "source_pattern_id",
    "source_incident_id",
)  # fmt: skip
_EDITED: Final = ("revision", "name", "conditions", "actions", "scope_type", "scope_id")
log = structlog.get_logger(__name__)


def rule_of(policy: PolicyRule, *, exceptions: Iterable[Mapping[str, Any]]) -> Rule | None:
    """A policy ready to judge, whatever its mode, with these of its `standing_exceptions`; None
    if what is stored of it cannot be read."""
    row = {name: getattr(policy, name) for name in COLUMNS}
    return next(rules_of_row(row, by_policy(exceptions)[policy.pk]), None)


def rule_at(policy: PolicyRule, version: PolicyVersion) -> Rule | None:
    """A policy as one of its revisions was, without exceptions; None if it cannot be read."""
    row = {name: getattr(policy, name) for name in COLUMNS}
    row |= {name: getattr(version, name) for name in _EDITED}
    return next(rules_of_row(row, []), None)


def standing_exceptions(tenant_id: str, **of_policies: Any) -> QuerySet[PolicyException, Any]:
    """The exceptions that stand, of policies that these conditions choose."""
    standing = PolicyException.objects.filter(
        tenant=tenant_id, ended_at__isnull=True, **of_policies
    )
    return standing.values("policy_id", "conditions", "expires_at")


def by_policy(exceptions: Iterable[Mapping[str, Any]]) -> dict[str, list[Exempt]]:
    """These of the `standing_exceptions`, by the policy they are of."""
    found: dict[str, list[Exempt]] = defaultdict(list)
    for one in exceptions:
        policy_id, expires_at = one["policy_id"], one["expires_at"]
        try:
            applies = compile_condition(one["conditions"]).applies
            found[policy_id].append(Exempt(applies, expires_at))
        except ConditionFault as fault:
            log.warning("exception cannot be read", policy=policy_id, fault=str(fault))
    return found


def rules_of_row(row: dict[str, Any], exceptions: list[Exempt]) -> Iterator[Rule]:
    """The rule of a stored policy; none if what is stored cannot be read, as it never matches."""
    try:
        condition = compile_condition(row["conditions"])
        action = PolicyAction(row["actions"].get("type"))
    except ValueError as fault:
        log.warning("policy cannot be read", policy=row["pk"], fault=str(fault))
        return
    yield Rule(
        policy_id=row["pk"],
        tenant_id=row["tenant_id"],
        revision=row["revision"],
        name=row["name"],
        mode=PolicyMode(row["mode"]),
        action=action,
        params=row["actions"].get("params") or {},
        priority=row["priority"],
        created_at=row["created_at"],
        condition=condition,
        agent_id=row["scope_id"] if row["scope_type"] == PolicyScope.AGENT else None,
        exceptions=tuple(exceptions),
        activated_at=row["activated_at"],
        source_pattern_id=row["source_pattern_id"],
        source_incident_id=row["source_incident_id"],
    )
