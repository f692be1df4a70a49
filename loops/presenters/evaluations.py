"""What a caller was told, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from loops.domain.prevention import WORDS
from loops.domain.states import ContractRule, PolicyDecision, PolicyMode
from loops.models import PolicyEvaluation

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
