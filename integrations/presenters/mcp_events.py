"""The chain of what happened to MCP servers and was asked of their tools, in words."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from integrations.domain.mcp_servers import McpServerStatus
from integrations.domain.mcp_states import AuditType
from integrations.models import McpAuditEvent, McpToolInvocation
from integrations.presenters.mcp_calls import REASONS, names_of
from integrations.presenters.mcp_servers import STATUSES
from m25console import keyset
from m25console.access import Actor
from m25console.keyset import Order, Page, Place

LAST: Final = Order("number", kind=int, tie_kind=int)
EVENTS: Final[Mapping[AuditType, str]] = {
    AuditType.REQUESTED: "Asked for",
    AuditType.ALLOWED: "Allowed",
    AuditType.DENIED: "Denied",
    AuditType.STARTED: "Begun",
    AuditType.COMPLETED: "Done",
    AuditType.FAILED: "Failed",
    AuditType.SERVER_REGISTERED: "Server registered",
    AuditType.SERVER_UNREGISTERED: "Server taken away",
    AuditType.SERVER_HEALTH_CHANGED: "Server's health changed",
    AuditType.POLICY_UPDATED: "Rules changed",
}


@dataclass(frozen=True)
class EventLine:
    """One event of the chain."""

    row: McpAuditEvent
    words: str
    because: str  # why it was denied or failed, or what was changed; empty if neither
    server: str  # its name


def events_of(row: McpToolInvocation) -> list[EventLine]:
    """What the chain tells of a call, in order."""
    rows = McpAuditEvent.objects.filter(tenant_id=row.tenant_id, invocation_id=row.pk)
    return [_line(one, {}) for one in rows.order_by("number")]


def event_list(
    actor: Actor, *, kind: str, place: Place
) -> tuple[Page[McpAuditEvent], list[EventLine]]:
    """A page of the chain, the last event first; two queries."""
    rows = McpAuditEvent.objects.for_tenant(actor.tenant)
    if kind:
        rows = rows.filter(type=kind)
    page = keyset.page(rows, order=LAST, place=place)
    names = names_of(actor, [one.server_id for one in page.rows])
    return page, [_line(one, names) for one in page.rows]


def _line(row: McpAuditEvent, names: Mapping[str, str]) -> EventLine:
    kind = AuditType(row.type)
    because = ""
    if kind in (AuditType.DENIED, AuditType.FAILED):
        code = row.deny_reason or row.error
        because = REASONS.get(code, code)
    elif kind in (AuditType.POLICY_UPDATED, AuditType.SERVER_HEALTH_CHANGED):
        because = _change(row.metadata)
    return EventLine(row, EVENTS[kind], because, names.get(row.server_id, row.server_id))


def _change(metadata: str) -> str:
    """What an event says was changed; nothing for a kind of change that is not known here, or one
    that somebody has meddled with: the page has to open then above all."""
    try:
        told = json.loads(metadata)
        return next((words(told) for name, words in _CHANGES.items() if name in told), "")
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""


def _verdict(told: Mapping[str, Any]) -> str:
    waits = told["verdict"] == "approved" and told["state"] != "allowed"
    ending = ", and somebody else has to as well" if waits else ""
    return f"version {told['version']} was {told['verdict']}{ending}"


def _listed(told: Mapping[str, Any]) -> str:
    words = {"added": "new", "changed": "changed", "removed": "gone"}
    parts = [f"{len(names):,} {words[word]}" for word, names in told["listed"].items()]
    return f"tools listed: {', '.join(parts)}"


def _names(fields: Sequence[str]) -> str:
    return ", ".join(one.replace("_", " ") for one in fields)


def _health(told: Mapping[str, Any]) -> str:
    before, after = (STATUSES[McpServerStatus(told[one])].text for one in ("before", "after"))
    return f"from “{before}” to “{after}”"


# Told apart by a name that only this kind of change has.
_CHANGES: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "before": _health,
    "verdict": _verdict,
    "drifted": lambda told: f"version {told['drifted']} is not what was approved",
    "listed": _listed,
    "changed": lambda told: f"set anew: {_names(list(told['changed']))}",
    "explicitly_allowed": lambda told: (
        "allowed explicitly" if told["explicitly_allowed"] else "no longer allowed explicitly"
    ),
    "all_calls_stopped": lambda told: (
        "all calls are stopped" if told["all_calls_stopped"] else "calls are made again"
    ),
    "approves": lambda told: "a yes to a call" if told["approves"] else "a no to a call",
    "two_people": lambda told: (
        "what drifts needs two people" if told["two_people"] else "what drifts needs one person"
    ),
}
