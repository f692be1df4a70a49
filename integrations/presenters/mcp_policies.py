"""What the policy of a tool said of a call, as the call's page shows it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from integrations.models import McpToolInvocation
from integrations.presenters.mcp_events import EventLine
from loops.domain.states import PolicyAction, PolicyMode

DOES: Final[Mapping[PolicyAction, str]] = {
    PolicyAction.BLOCK: "block such calls",
    PolicyAction.ROUTE_AWAY: "send such calls elsewhere",
    PolicyAction.ESCALATE: "have people look at such calls",
    PolicyAction.RATE_LIMIT: "slow such calls down",
    PolicyAction.WARN: "warn of such calls",
}


@dataclass(frozen=True)
class PolicyLine:
    """The policy that a tool or its server names, and what it said of a call; `name` is empty if
    it could not be asked."""

    id: str
    name: str
    revision: int | None
    said: str


def policy_of(row: McpToolInvocation, events: Iterable[EventLine]) -> PolicyLine | None:
    """What the chain tells that its policy said; None for a call without one."""
    if not row.policy_id:
        return None
    for one in events:
        if told := orjson.loads(one.row.metadata).get("policy"):
            return PolicyLine(told["policy"], told["name"], told["revision"], _said(told))
    return PolicyLine(row.policy_id, "", None, "It was not asked, or could not be.")


def _said(told: Mapping[str, Any]) -> str:
    if not told["matches"]:
        return "It does not apply to this call."
    if told["excepted"]:
        return "An exception of it lets this call through."
    does = DOES[PolicyAction(told["action"])]
    if told["mode"] != PolicyMode.ACTIVE:
        return f"It is {told['mode']} and stops nothing; active, it would {does}."
    return f"It applies: it is there to {does}."
