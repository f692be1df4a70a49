"""Asking one policy about something that is to happen elsewhere in the console.

By the policy's own rules, as `/evaluate` asks them all: its scope, its condition, its exceptions,
and its mode, without which it observes only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from loops.actions.rules import rule_of, standing_exceptions
from loops.domain.condition_words import condition_words
from loops.domain.evaluation import PATTERN, exception_applies, in_scope
from loops.domain.states import PolicyAction, PolicyMode
from loops.models import Incident, PolicyRule
from m25console.models import Tenant

MOST_OFFERED: Final = 500


@dataclass(frozen=True)
class Policy:
    """A policy by its name, as somebody chooses it."""

    id: str
    name: str
    mode: PolicyMode


@dataclass(frozen=True)
class Told:
    """An incident, by whose id for it it was told of."""

    source: str
    external_id: str


@dataclass(frozen=True)
class Opinion:
    """What a policy says of a request; `condition` tells in words when it applies, and `params`
    how it does what it does."""

    policy_id: str
    name: str
    revision: int
    mode: PolicyMode
    action: PolicyAction
    params: Mapping[str, Any]
    condition: str
    matches: bool
    excepted: bool

    @property
    def acts(self) -> bool:
        """Whether it does what it does, and does not only observe."""
        return self.matches and not self.excepted and self.mode is PolicyMode.ACTIVE


def offered(tenant: Tenant) -> list[Policy]:
    """The tenant's policies that nobody switched off, by name. One query."""
    rows = PolicyRule.objects.for_tenant(tenant).live().order_by("name", "pk")[:MOST_OFFERED]
    return [Policy(one.pk, one.name, PolicyMode(one.mode)) for one in rows.only("name", "mode")]


def known(policy_id: str, *, tenant: Tenant) -> Policy | None:
    """The tenant's policy with this id, if there is one."""
    row = PolicyRule.objects.for_tenant(tenant).filter(pk=policy_id).only("name", "mode").first()
    return Policy(row.pk, row.name, PolicyMode(row.mode)) if row else None


def opinion_of(
    policy_id: str, *, features: Mapping[str, Any], like: Told | None, tenant: Tenant,
    now: datetime,
) -> Opinion | None:  # fmt: skip
    """What the tenant's policy says of a request with these features; None if there is no such
    policy, or it cannot be read. The request would fail `like` an incident that was told of, so
    it is of the same pattern. Two queries, three where the policy asks for the pattern."""
    policy = PolicyRule.objects.for_tenant(tenant).filter(pk=policy_id).first()
    if policy is None:
        return None
    rule = rule_of(policy, exceptions=standing_exceptions(tenant.pk, policy=policy))
    if rule is None:
        return None
    if like is not None and PATTERN in rule.condition.fields:
        features = {**features, **_pattern_of(like, tenant)}
    matches = in_scope(rule, features) and rule.condition.applies(features) is True
    return Opinion(
        policy_id=rule.policy_id,
        name=rule.name,
        revision=rule.revision,
        mode=rule.mode,
        action=rule.action,
        params=rule.params,
        condition=condition_words(policy.conditions),
        matches=matches,
        excepted=matches and any(exception_applies(e, features, now=now) for e in rule.exceptions),
    )


def _pattern_of(told: Told, tenant: Tenant) -> Mapping[str, str]:
    """What an incident was recognised as; nothing as long as it was not."""
    rows = Incident.objects.filter(
        tenant=tenant, source=told.source, external_id=told.external_id,
        matched_pattern__isnull=False,
    )  # fmt: skip
    found = rows.values_list("matched_pattern_id", flat=True).first()
    return {PATTERN: found} if found else {}
