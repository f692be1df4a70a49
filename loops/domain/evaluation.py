"""Judging a request by the policies of its tenant: one evaluator for every door.

A policy's mode takes no part in the verdict. Every live policy that matches is told of; then the
active ones that no exception lets through act, and the strictest of their actions decides. So
what a policy did in shadow is what it will do when it is active.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Final

from loops.domain.conditions import FIELDS, Compiled, Test
from loops.domain.incidents import Incident
from loops.domain.signature import normalised_signature
from loops.domain.states import PolicyAction, PolicyDecision, PolicyMode

PATTERN: Final = "pattern_id"  # the one feature that costs something to find out
STRICTEST_FIRST: Final = (
    PolicyAction.BLOCK,
    PolicyAction.ROUTE_AWAY,
    PolicyAction.ESCALATE,
    PolicyAction.RATE_LIMIT,
    PolicyAction.WARN,
)
EVALUATED_MODES: Final = frozenset({PolicyMode.SHADOW, PolicyMode.ACTIVE})
# By which clause of equality policies are found, the one that leaves fewest first.
_TELLING: Final = (PATTERN, "error_type", "error_code", "agent_id", "api_endpoint")

type Features = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Exempt:
    """Requests that a policy leaves alone for a while."""

    applies: Test
    expires_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A policy made ready to judge. With an `agent_id` it judges that agent's requests only."""

    policy_id: str
    tenant_id: str
    revision: int
    name: str
    mode: PolicyMode
    action: PolicyAction
    params: Mapping[str, Any]
    priority: int
    created_at: datetime
    condition: Compiled
    agent_id: str | None = None
    exceptions: tuple[Exempt, ...] = ()
    activated_at: datetime | None = None
    source_pattern_id: str | None = None
    source_incident_id: str | None = None

    @property
    def endpoint(self) -> str | None:
        """The api_endpoint that a request must have for the policy to match, if it names one."""
        named = (one.value for one in self.condition.needs if one.field == "api_endpoint")
        return next(named, None)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A policy that matched, and whether an exception lets the request through it."""

    rule: Rule
    excepted: bool

    @property
    def acts(self) -> bool:
        return self.rule.mode is PolicyMode.ACTIVE and not self.excepted


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a request is told, the policy that decided it, and every policy that matched."""

    decision: PolicyDecision
    decided_by: Rule | None
    matched: tuple[Verdict, ...]


class RuleBook:
    """The evaluated policies of a tenant, sorted by what a request must have to match them."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(one for one in rules if one.mode in EVALUATED_MODES)
        self._by_clause: dict[str, dict[Any, list[Rule]]] = defaultdict(lambda: defaultdict(list))
        self._others: list[Rule] = []
        # Policies that ask for the pattern, by the clauses that can be checked without it.
        self._askers: dict[str, dict[Any, list[Rule]]] = defaultdict(lambda: defaultdict(list))
        self._unfindable_askers: list[Rule] = []
        for rule in self.rules:
            self._sort_in(rule)

    def judge(self, features: Features, *, now: datetime) -> Judgement:
        """What the policies say of a request. Features must hold the pattern's id if one is
        known and `may_ask_pattern` says that it matters."""
        matched = tuple(
            Verdict(rule, any(exception_applies(one, features, now=now) for one in rule.exceptions))
            for rule in self._candidates(features)
            if in_scope(rule, features) and rule.condition.applies(features) is True
        )
        return applied(matched)

    def may_ask_pattern(self, features: Features) -> bool:
        """Whether a policy that may match for the rest asks which pattern the request is of."""
        found = chain(
            self._unfindable_askers,
            *(by_value.get(features.get(field), ()) for field, by_value in self._askers.items()),
        )
        return any(in_scope(rule, features) and _rest_holds(rule, features) for rule in found)

    def _sort_in(self, rule: Rule) -> None:
        needs = {one.field: one for one in reversed(rule.condition.needs)}
        telling = [needs[field] for field in _TELLING if field in needs]
        if telling:
            self._by_clause[telling[0].field][telling[0].value].append(rule)
        else:
            self._others.append(rule)
        if PATTERN not in rule.condition.fields:
            return
        rest = [one for one in telling if one.field != PATTERN]
        if rest:
            self._askers[rest[0].field][rest[0].value].append(rule)
        else:
            self._unfindable_askers.append(rule)

    def _candidates(self, features: Features) -> list[Rule]:
        found = list(self._others)
        for field, by_value in self._by_clause.items():
            found += by_value.get(features.get(field), ())
        return found


def features_of(
    *,
    error_type: str,
    error_code: str | None = None,
    message: str | None = None,
    context: Mapping[str, Any] | None = None,
    agent_id: str | None = None,
    agent_capability: str | None = None,
    api_endpoint: str | None = None,
    status_code: int | str | None = None,
) -> dict[str, Any]:
    """What a request is judged by, normalised as an incident's signature is; what is missing is
    left out."""
    signature = normalised_signature(
        error_type=error_type,
        error_code=error_code,
        context=context,
        agent_capability=agent_capability,
        api_endpoint=api_endpoint,
        status_code=status_code,
    )
    seen = {"message": message, "agent_id": agent_id, "context": dict(context or {}) or None}
    compared = signature.as_json()
    del compared["context_keys"]
    return {name: one for name, one in (compared | seen).items() if one is not None}


def features_of_request(request: Incident) -> dict[str, Any]:
    """The features of a request that is described as the incident it might become."""
    return features_of(
        error_type=request.error_type,
        error_code=request.error_code,
        message=request.message,
        context=request.context,
        agent_id=request.agent_id,
        agent_capability=request.agent_capability,
        api_endpoint=request.api_endpoint,
        status_code=request.status_code,
    )


def exception_applies(one: Exempt, features: Features, *, now: datetime) -> bool:
    """Whether an exception lets this request through now; the only place that decides it."""
    if now >= one.expires_at or (one.ended_at is not None and now >= one.ended_at):
        return False
    return one.applies(features) is True


def in_scope(rule: Rule, features: Features) -> bool:
    return rule.agent_id is None or rule.agent_id == features.get("agent_id")


def applied(matched: tuple[Verdict, ...]) -> Judgement:
    """The decision that follows from the verdicts, now that modes and exceptions count.

    Of two that are equally strict the one with the higher priority decides, then the older one.
    """
    acting = [one.rule for one in matched if one.acts]
    if not acting:
        return Judgement(PolicyDecision.ALLOW, None, matched)
    decider = min(acting, key=_strictest_first)
    return Judgement(PolicyDecision(decider.action.value), decider, matched)


def _strictest_first(rule: Rule) -> tuple[int, int, datetime, str]:
    return STRICTEST_FIRST.index(rule.action), -rule.priority, rule.created_at, rule.policy_id


def _rest_holds(rule: Rule, features: Features) -> bool:
    """Whether every clause of equality holds but for those about the pattern or the context."""
    rest = (one for one in rule.condition.needs if one.field in FIELDS and one.field != PATTERN)
    return all(features.get(one.field) == one.value for one in rest)
