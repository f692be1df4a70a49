"""What a caller was told, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from loops.domain.legible import Leaf, json_text, leaves
from loops.domain.prevention import WORDS
from loops.domain.states import ContractRule, PolicyDecision, PolicyMode, TrafficLabel
from loops.models import PolicyEvaluation, PolicyRule, PreventionRecord
from loops.models.evaluations import PolicyEvaluationQuerySet
from loops.presenters.looks import MODES
from m25console import keyset
from m25console.keyset import Order, Page, Place
from m25console.looks import Look
from m25console.models import Tenant

NEWEST: Final = Order("created_at")
DECISIONS: Final[Mapping[PolicyDecision, Look]] = {
    PolicyDecision.ALLOW: Look("Allow", "ok", "check"),
    PolicyDecision.WARN: Look("Warn", "info", "alert-circle"),
    PolicyDecision.RATE_LIMIT: Look("Slow down", "warn", "gauge"),
    PolicyDecision.ESCALATE: Look("Ask a person", "warn", "hand-stop"),
    PolicyDecision.ROUTE_AWAY: Look("Send elsewhere", "warn", "route-alt-left"),
    PolicyDecision.BLOCK: Look("Block", "bad", "ban"),
}
LABELS: Final[Mapping[TrafficLabel, Look]] = {
    TrafficLabel.UNKNOWN: Look("Not known", "idle", "help-circle"),
    TrafficLabel.GOOD: Look("Proved good", "ok", "thumb-up"),
    TrafficLabel.BAD: Look("Proved bad", "bad", "thumb-down"),
}
FEATURE_WORDS: Final[Mapping[str, str]] = {
    "error_type": "Error type",
    "error_code": "Error code",
    "agent_id": "Agent",
    "agent_capability": "Capability",
    "api_endpoint": "Endpoint",
    "status_code": "Status code",
}
DECISION_WORDS: Final[Mapping[PolicyDecision, str]] = {
    PolicyDecision.ALLOW: "allows it",
    PolicyDecision.WARN: "warns",
    PolicyDecision.RATE_LIMIT: "slows it down",
    PolicyDecision.ESCALATE: "asks a person",
    PolicyDecision.ROUTE_AWAY: "sends it elsewhere",
    PolicyDecision.BLOCK: "blocks it",
}


@dataclass(frozen=True)
class WouldHave:
    """A policy that would have acted, and why it did not."""

    policy_id: str
    action: str
    because: str


def decider(evaluation: PolicyEvaluation) -> Mapping[str, Any]:
    """The stored verdict of the policy that decided; empty if none did."""
    verdicts: list[dict[str, Any]] = evaluation.matched
    return next((one for one in verdicts if one["policy_id"] == evaluation.policy_id), {})


def would_have(evaluation: PolicyEvaluation) -> list[WouldHave]:
    """Policies that matched and could not act: in shadow, or let through by an exception."""
    return [
        WouldHave(
            policy_id=one["policy_id"],
            action=one["action"],
            because="exception" if one["excepted"] else "shadow",
        )
        for one in evaluation.matched
        if one["excepted"] or one["mode"] == PolicyMode.SHADOW
    ]


def reason_of(evaluation: PolicyEvaluation) -> str:
    """Why it was decided so, in a sentence."""
    decided = decider(evaluation)
    if decided:
        does = DECISION_WORDS[PolicyDecision(evaluation.decision)]
        return f"Policy “{decided['name']}” (revision {decided['revision']}) {does}."
    held_back = len(would_have(evaluation))
    if not held_back:
        return "No policy applies to it."
    are = "is" if held_back == 1 else "are"
    return f"No policy acts on it: {held_back} would have, but {are} in shadow or excepted."


def why_not_prevented(evaluation: PolicyEvaluation) -> str:
    """Why an action that stops failures is no prevention here; empty if that is not in question."""
    violation = decider(evaluation).get("no_prevention")
    if not violation:
        return ""
    rule = ContractRule(violation["rule"])
    return f"No prevention was recorded: {WORDS[rule]} ({rule})."


@dataclass(frozen=True)
class EvaluationFilters:
    """What a list is narrowed to; empty means everything."""

    decision: str = ""
    policy: str = ""
    label: str = ""

    @property
    def any(self) -> bool:
        return bool(self.decision or self.policy or self.label)

    def rows(self, tenant: Tenant) -> PolicyEvaluationQuerySet:
        """The evaluations that pass, unordered."""
        chosen = {"decision": self.decision, "policy": self.policy, "label": self.label}
        wanted = {column: value for column, value in chosen.items() if value}
        return PolicyEvaluation.objects.for_tenant(tenant).filter(**wanted)


@dataclass(frozen=True)
class EvaluationRow:
    """One evaluation in a list."""

    evaluation: PolicyEvaluation
    told: str
    decision: Look
    label: Look
    policy_name: str
    would: int


@dataclass(frozen=True)
class VerdictLine:
    """What one policy said of a request, and whether it could act."""

    policy_id: str
    name: str
    revision: int
    mode: Look
    action: Look
    effect: str
    decided: bool


@dataclass(frozen=True)
class EvaluationPage:
    """One evaluation in full."""

    evaluation: PolicyEvaluation
    told: str
    decision: Look
    label: Look
    reason: str
    verdicts: Sequence[VerdictLine]
    features: Sequence[tuple[str, Any]]
    context: Sequence[Leaf]
    prevention: PreventionRecord | None
    why_not_prevented: str
    params: str


def filters_from(query: Mapping[str, str]) -> EvaluationFilters:
    """The filters an address names; values nobody could have chosen are dropped."""
    decision, label = query.get("decision", ""), query.get("label", "")
    policy = query.get("policy", "")
    return EvaluationFilters(
        decision=decision if decision in PolicyDecision else "",
        policy="" if "\0" in policy else policy.strip()[:64],
        label=label if label in TrafficLabel else "",
    )


def evaluation_list(
    tenant: Tenant, *, filters: EvaluationFilters, place: Place
) -> tuple[Page[PolicyEvaluation], list[EvaluationRow]]:
    """A page of evaluations, newest first: one query, or two for a first page that is not full."""
    page = keyset.page(filters.rows(tenant), order=NEWEST, place=place)
    return page, [_row(one) for one in page.rows]


def evaluation_page(evaluation: PolicyEvaluation) -> EvaluationPage:
    """An evaluation in full; it comes with its pattern and prevention. One query."""
    features: dict[str, Any] = evaluation.features
    told = {"Run": evaluation.run_id, "External id": evaluation.external_id}
    named = {words: features.get(name) for name, words in FEATURE_WORDS.items()}
    params = decider(evaluation).get("params")
    return EvaluationPage(
        evaluation=evaluation,
        told=told_of(evaluation),
        decision=DECISIONS[PolicyDecision(evaluation.decision)],
        label=LABELS[TrafficLabel(evaluation.label)],
        reason=reason_of(evaluation),
        verdicts=_verdicts(evaluation),
        features=[(words, value) for words, value in (named | told).items() if value is not None],
        context=leaves(features["context"]) if features.get("context") else [],
        prevention=getattr(evaluation, "prevention", None),
        why_not_prevented=why_not_prevented(evaluation),
        params=json_text(params) if params else "",
    )


def told_of(evaluation: PolicyEvaluation) -> str:
    """What was asked, in its own words: the message, else the error type."""
    features: dict[str, Any] = evaluation.features
    return str(features.get("message") or features.get("error_type") or evaluation.pk)


def _row(evaluation: PolicyEvaluation) -> EvaluationRow:
    return EvaluationRow(
        evaluation=evaluation,
        told=told_of(evaluation),
        decision=DECISIONS[PolicyDecision(evaluation.decision)],
        label=LABELS[TrafficLabel(evaluation.label)],
        policy_name=decider(evaluation).get("name", ""),
        would=len(would_have(evaluation)),
    )


def _verdicts(evaluation: PolicyEvaluation) -> list[VerdictLine]:
    ids = [one["policy_id"] for one in evaluation.matched]
    rules = PolicyRule.objects.filter(tenant=evaluation.tenant_id, pk__in=ids)
    names = dict(rules.values_list("pk", "name"))
    lines = []
    for one in evaluation.matched:
        decided = one["policy_id"] == evaluation.policy_id
        lines.append(
            VerdictLine(
                policy_id=one["policy_id"],
                name=names.get(one["policy_id"], one["policy_id"]),
                revision=one["revision"],
                mode=MODES[PolicyMode(one["mode"])],
                action=DECISIONS[PolicyDecision(one["action"])],
                effect=_effect(one, decided=decided),
                decided=decided,
            )
        )
    return lines


def _effect(verdict: Mapping[str, Any], *, decided: bool) -> str:
    if decided:
        return "decided"
    if verdict["excepted"]:
        return "let it through: an exception applied"
    if verdict["mode"] == PolicyMode.SHADOW:
        return "only watched: it is in shadow"
    return "matched too, but another one is stricter or goes before it"
