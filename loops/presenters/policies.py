"""Policies as lists show them, and what they do in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db.models import Q

from loops.domain.condition_words import condition_words
from loops.domain.narrative import POLICY_WORDS
from loops.domain.policy import shadow_block_rate
from loops.domain.states import PolicyAction, PolicyMode, PolicyScope
from loops.models import PolicyRule
from loops.models.policies import PolicyRuleQuerySet
from loops.opinions import hides_opinions
from loops.presenters.looks import MODES
from m25console import keyset
from m25console.access import Actor
from m25console.keyset import Order, Page, Place, each_counted
from m25console.looks import Look
from m25console.models import Tenant

NEWEST_FIRST: Final = Order("created_at")
PAGE_SIZE: Final = 25
MAX_SEARCH: Final = 100


@dataclass(frozen=True)
class Filters:
    """Which policies are wanted, as the address says it; what it misspells filters nothing."""

    mode: str = ""
    search: str = ""


@dataclass(frozen=True)
class Tab:
    """One choice of mode, with how many policies it has; an empty value is all of them."""

    value: str
    label: str
    count: str


@dataclass(frozen=True)
class PolicyRow:
    """One policy in a list."""

    policy: PolicyRule
    mode: Look
    does: str
    shadow_rate: float | None  # None: nobody asked it yet


def filters_in(query: Mapping[str, str]) -> Filters:
    """The filters of an address."""
    mode = query.get("mode", "")
    search = query.get("q", "").replace("\0", "").strip()[:MAX_SEARCH]
    return Filters(mode if mode in set(PolicyMode) else "", search)


def tabs(tenant: Tenant) -> list[Tab]:
    """The modes with their counts; one query, which reads nowhere far."""
    mine = PolicyRule.objects.for_tenant(tenant)
    everything, *counts = each_counted(mine, *(mine.filter(mode=one) for one in MODES))
    modes = [
        Tab(one.value, MODES[one].text, count) for one, count in zip(MODES, counts, strict=True)
    ]
    return [Tab("", "All", everything), *modes]


def policy_list(
    actor: Actor, filters: Filters, place: Place
) -> tuple[Page[PolicyRule], list[PolicyRow]]:
    """A page of policies, the newest first."""
    rows = wanted(actor, filters).select_related("source_pattern")
    page = keyset.page(rows, order=NEWEST_FIRST, place=place, size=PAGE_SIZE)
    return page, [_row(one) for one in page.rows]


def does_words(policy: PolicyRule) -> str:
    """What the policy does and when, as one sentence."""
    does = POLICY_WORDS[PolicyAction(policy.actions["type"])]
    whose = f" of agent “{policy.scope_id}”" if policy.scope_type == PolicyScope.AGENT else ""
    when = condition_words(policy.conditions)
    return f"{does[0].upper()}{does[1:]}{whose}: {when}."


def shadow_rate(policy: PolicyRule) -> float | None:
    """The share of requests it would have acted on in shadow; None if it judged none."""
    if not policy.shadow_evaluations:
        return None
    return shadow_block_rate(
        would_block=policy.shadow_would_block, evaluations=policy.shadow_evaluations
    )


def wanted(actor: Actor, filters: Filters) -> PolicyRuleQuerySet:
    """The policies that the filters let through, unordered, as `confirmations_told` wants them."""
    rows = PolicyRule.objects.for_tenant(actor.tenant)
    rows = rows.annotate(hides_opinions=hides_opinions(actor))
    if filters.mode:
        rows = rows.filter(mode=filters.mode)
    if not filters.search:
        return rows
    text = filters.search
    return rows.filter(
        Q(name__icontains=text)
        | Q(pk=text)
        | Q(source_pattern=text)
        | Q(source_pattern__template_text__icontains=text)
    )


def _row(policy: PolicyRule) -> PolicyRow:
    return PolicyRow(
        policy, MODES[PolicyMode(policy.mode)], does_words(policy), shadow_rate(policy)
    )
