"""The policy that a tool, or its server, names, and what it says of a call.

A call is described as the incident that it would be if it failed. It is taken to be of the pattern
that the tool's last failed call was recognised as, so that what was learnt from a tool's failures
applies to its next call; its code and its message are not known yet, and a condition on them does
not apply.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from integrations.actions.mcp_facts import Found, Wanted, caller_of
from integrations.domain.incidents import SOURCE, of_call
from integrations.domain.mcp_policy import Permission, Said
from loops.actions import policy_questions
from loops.actions.policy_questions import Opinion, Told
from loops.domain.evaluation import features_of
from loops.domain.states import PolicyAction
from m25console.access import Actor
from m25console.models import Tenant
from m25console.refusals import InvalidInput

MAX_POLICY: Final = 64
FAILED: Final = "mcp_call_failed"  # the error type of calls that went wrong
_PERMISSIONS: Final[Mapping[PolicyAction, Permission]] = {
    PolicyAction.BLOCK: Permission.REFUSED,
    PolicyAction.ROUTE_AWAY: Permission.REFUSED,  # there is nowhere else to call it
    PolicyAction.ESCALATE: Permission.ESCALATED,
    PolicyAction.RATE_LIMIT: Permission.SLOWED,
    PolicyAction.WARN: Permission.GRANTED,
}
_VERBS: Final[Mapping[PolicyAction, str]] = {
    PolicyAction.BLOCK: "blocks this call",
    PolicyAction.ROUTE_AWAY: "sends such calls elsewhere, and there is nowhere else",
    PolicyAction.ESCALATE: "wants people to look at this call",
    PolicyAction.RATE_LIMIT: "slows such calls down",
    PolicyAction.WARN: "warns of this call",
}


def checked(policy_id: str, *, tenant: Tenant, field: str) -> str:
    """The id of a policy of the tenant, or nothing. Raises InvalidInput for another."""
    told = policy_id.strip()
    could_be = len(told) <= MAX_POLICY and told.isprintable()
    if told and not (could_be and policy_questions.known(told, tenant=tenant)):
        raise InvalidInput.of({field: ["There is no such policy."]})
    return told


def said_of(found: Found, wanted: Wanted, *, by: Actor, now: datetime) -> Said:
    """Whether the policy lets the call be made; one that only observes never stops it. One that
    is not the tenant's, or cannot be read, stops every call."""
    tool = found.tool
    assert tool is not None
    policy_id = tool.policy_id or found.server.default_policy_id
    if not policy_id or not tool.requires_policy:
        return Said()
    features = _features(found, wanted, by)
    like = Told(SOURCE, of_call(tool.last_failed_call)) if tool.last_failed_call else None
    told = policy_questions.opinion_of(
        policy_id, features=features, like=like, tenant=by.tenant, now=now
    )
    if told is None:
        sentence = f"The policy {policy_id} cannot be asked: there is none, or it cannot be read."
        return Said(Permission.UNKNOWN, sentence)
    return _read(told)


def _read(told: Opinion) -> Said:
    kept = {
        "policy": told.policy_id, "name": told.name, "revision": told.revision,
        "mode": told.mode.value, "action": told.action.value, "matches": told.matches,
        "excepted": told.excepted,
    }  # fmt: skip
    if not told.acts:
        return Said(Permission.GRANTED, kept=kept)
    sentence = (
        f"The policy “{told.name}” (revision {told.revision}) {_VERBS[told.action]}: "
        f"it applies where {told.condition}."
    )
    permission, pace = _PERMISSIONS[told.action], None
    if permission is Permission.SLOWED:
        pace = _pace(told.params)
        permission = permission if pace else Permission.REFUSED  # it does not say how far
    return Said(permission, sentence, pace, kept)


def _pace(params: Mapping[str, Any]) -> tuple[int, int] | None:
    """So many calls in so many seconds."""
    pace = params.get("max_requests"), params.get("window_seconds")
    match pace:
        case (int(calls), int(seconds)) if calls > 0 and seconds > 0:
            return calls, seconds
    return None


def _features(found: Found, wanted: Wanted, by: Actor) -> Mapping[str, Any]:
    tool = found.tool
    assert tool is not None
    simple = {
        f"input.{name}": value
        for name, value in wanted.arguments.items()
        if isinstance(value, str | int | float)
    }
    about = {
        "tool": tool.name, "tool_id": tool.pk, "risk": str(tool.risk_level),
        "server": found.server.name, "server_id": found.server.pk,
    }  # fmt: skip
    return features_of(error_type=FAILED, context=simple | about, agent_id=caller_of(by).id)
