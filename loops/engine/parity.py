"""Judging some of yesterday's requests again: the same policies must say the same."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Max

from loops.actions.rules import rule_at, rule_of
from loops.domain.evaluation import EVALUATED_MODES, PATTERN, Rule, RuleBook
from loops.domain.states import PolicyMode
from loops.models import PolicyEvaluation, PolicyRule, PolicyVersion

WINDOW: Final = timedelta(days=1)
SAMPLE: Final = 500
TOLD: Final = 20  # differences named in the result

type Revision = tuple[str, int]  # policy id, revision


def check_parity(now: datetime) -> Mapping[str, Any]:
    """Judge a sample of the last day's requests again and name what is told otherwise now.

    Compared are the policies that have not changed since a request, whether they matched it or
    not, and earlier revisions of others that matched. A difference is a defect.
    """
    recent = PolicyEvaluation.objects.filter(created_at__gte=now - WINDOW, created_at__lt=now)
    # Ids are random, so their order makes a fair sample.
    rows = list(recent.order_by("id")[:SAMPLE])
    by_tenant: dict[str, list[PolicyEvaluation]] = defaultdict(list)
    for row in rows:
        by_tenant[row.tenant_id].append(row)
    differing = [one for tenant_id in by_tenant for one in _of_tenant(tenant_id, by_tenant)]
    return {"checked": len(rows), "differences": len(differing), "differing": differing[:TOLD]}


def _of_tenant(tenant_id: str, rows: Mapping[str, Sequence[PolicyEvaluation]]) -> Iterator[str]:
    standing = _standing(tenant_id)
    earlier = _earlier(rows[tenant_id], standing)
    for row in rows[tenant_id]:
        told = {(one["policy_id"], one["revision"]) for one in row.matched}
        unchanged = [rule for rule, since in standing.values() if since < row.created_at]
        known = {_name(rule) for rule in unchanged}
        others = [earlier[one] for one in told - known if one in earlier]
        now_told = _matching(row, [*unchanged, *others])
        judged = known | {_name(rule) for rule in others}
        for policy_id, revision in sorted((told & judged) ^ now_told):
            yield f"{row.pk}: policy {policy_id}, revision {revision}"


def _matching(row: PolicyEvaluation, rules: Iterable[Rule]) -> set[Revision]:
    features = row.features | ({PATTERN: row.pattern_id} if row.pattern_id else {})
    book = RuleBook(replace(rule, mode=PolicyMode.ACTIVE) for rule in rules)
    return {_name(one.rule) for one in book.judge(features, now=row.created_at).matched}


def _name(rule: Rule) -> Revision:
    return rule.policy_id, rule.revision


def _standing(tenant_id: str) -> dict[Revision, tuple[Rule, datetime]]:
    """The policies that are evaluated now, and since when each has been as it is."""
    edits = dict(
        PolicyVersion.objects.filter(tenant=tenant_id)
        .values_list("policy_id")
        .annotate(last=Max("at"))
    )
    found: dict[Revision, tuple[Rule, datetime]] = {}
    for policy in PolicyRule.objects.filter(tenant=tenant_id, mode__in=EVALUATED_MODES):
        rule = rule_of(policy, exceptions=())
        since = max(policy.mode_since, policy.created_at, edits.get(policy.pk, policy.created_at))
        if rule is not None:
            found[_name(rule)] = rule, since
    return found


def _earlier(
    rows: Iterable[PolicyEvaluation], standing: Mapping[Revision, object]
) -> dict[Revision, Rule]:
    """Earlier revisions of policies, and policies that are evaluated no more, that matched."""
    told = {(one["policy_id"], one["revision"]) for row in rows for one in row.matched}
    missing = told - standing.keys()
    policies = PolicyRule.objects.in_bulk({policy_id for policy_id, _ in missing})
    versions = {
        (one.policy_id, one.revision): one
        for one in PolicyVersion.objects.filter(policy__in=list(policies))
    }
    found: dict[Revision, Rule] = {}
    for policy_id, revision in missing:
        policy = policies[policy_id]
        version = versions.get((policy_id, revision))
        rule = rule_at(policy, version) if version else None
        if rule is None and policy.revision == revision:
            rule = rule_of(policy, exceptions=())
        if rule is not None:
            found[policy_id, revision] = rule
    return found
