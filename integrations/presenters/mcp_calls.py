"""Calls of MCP tools as their lists and pages show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from integrations.domain.mcp_states import (
    CallFault,
    DenyReason,
    Outcome,
    PolicyDecision,
)
from integrations.models import McpServer, McpToolInvocation
from m25console import exports, keyset
from m25console.access import Actor
from m25console.exports import Column, Query, Table, field
from m25console.keyset import Order, Page, Place
from m25console.looks import Look

NEWEST: Final = Order("invoked_at")
OUTCOMES: Final[Mapping[Outcome, Look]] = {
    Outcome.SUCCESS: Look("Done", "ok", "check"),
    Outcome.FAILURE: Look("Failed", "bad", "circle-x"),
    Outcome.TIMEOUT: Look("No answer in time", "bad", "hourglass"),
    Outcome.BLOCKED: Look("Refused", "warn", "ban"),
    Outcome.PENDING: Look("People were asked", "warn", "hand-stop"),
}
UNKNOWN: Final = Look("Not known", "bad", "help-circle")  # whether its tool ran
DECISIONS: Final[Mapping[PolicyDecision, str]] = {
    PolicyDecision.ALLOWED: "Allowed",
    PolicyDecision.BLOCKED: "Refused",
    PolicyDecision.FLAGGED: "Allowed, though the chain could not be written",
    PolicyDecision.PENDING: "People were asked",
}
REASONS: Final[Mapping[str, str]] = {
    DenyReason.UNKNOWN_TOOL: "no such tool",
    DenyReason.TOOL_DISABLED: "the tool is disabled",
    DenyReason.DANGEROUS_TOOL_NOT_ALLOWED: "dangerous, and not allowed explicitly",
    DenyReason.POLICY_VIOLATION: "the rules forbid it",
    DenyReason.TENANT_BLOCKED: "all calls are stopped",
    DenyReason.RATE_LIMITED: "too many calls",
    DenyReason.SERVER_OFFLINE: "the server is not active",
    CallFault.SERVER_NOT_ACTIVE: "the server is not active",
    CallFault.TOOL_NOT_FOUND: "no such tool",
    CallFault.TOOL_SERVER_MISMATCH: "the tool of another server",
    CallFault.TOOL_DISABLED: "the tool is disabled",
    CallFault.INVALID_INPUT: "not the arguments it takes",
    CallFault.POLICY_DENIED: "the rules forbid it",
    CallFault.APPROVAL_REQUIRED: "people have to approve it",
    CallFault.AUDIT_UNAVAILABLE: "the chain could not be written",
    CallFault.TIMEOUT: "no answer in time",
    CallFault.MCP_ERROR: "the server answered with an error",
    CallFault.TOOL_ERROR: "the tool says that it failed",
    CallFault.INTERRUPTED: "the console stopped meanwhile",
}
_COLUMNS: Final[list[Column[Any]]] = [
    field("invoked_at"), field("id"), field("tool", "tool_name"), field("tool_id"),
    field("server_id"), field("run_id"), field("caller", "actor_label"), field("policy_decision"),
    field("policy_reason"), field("outcome"), field("error_code"), field("duration_ms"),
    field("input_hash"), field("output_hash"),
]  # fmt: skip


@dataclass(frozen=True)
class CallLine:
    """One call in a list."""

    row: McpToolInvocation
    look: Look
    server: str
    is_registered: bool
    decision: str
    because: str  # why it was not made or did not succeed; empty if it did


def chosen_from(query: Mapping[str, str]) -> dict[str, str]:
    """The filters of an address that mean something."""
    known = {
        "outcome": query.get("outcome", "") if query.get("outcome") in set(Outcome) else "",
        "server": _short(query.get("server", "")),
        "tool": _short(query.get("tool", "")),
        "run": _short(query.get("run", "")),
    }
    return {name: value for name, value in known.items() if value}


def calls_of(actor: Actor, chosen: Mapping[str, str]) -> Any:
    """The calls that pass the filters."""
    columns = {"outcome": "outcome", "server": "server_id", "tool": "tool_id", "run": "run_id"}
    wanted = {columns[name]: value for name, value in chosen.items()}
    return McpToolInvocation.objects.for_tenant(actor.tenant).filter(**wanted)


def table(actor: Actor, query: Query, _now: datetime) -> Table[Any]:
    """The calls that pass the filters, to be taken away."""
    chosen = chosen_from(query)
    return exports.listed(
        "mcp-calls", calls_of(actor, chosen), order=NEWEST, columns=_COLUMNS, filters=chosen
    )


def call_list(
    actor: Actor, *, chosen: Mapping[str, str], place: Place
) -> tuple[Page[McpToolInvocation], list[CallLine]]:
    """A page of calls, the newest first; two queries."""
    page = keyset.page(calls_of(actor, chosen), order=NEWEST, place=place)
    names = names_of(actor, [one.server_id for one in page.rows])
    return page, [_line(one, names) for one in page.rows]


def call_line(actor: Actor, row: McpToolInvocation) -> CallLine:
    """One call; one query."""
    return _line(row, names_of(actor, [row.server_id]))


def output_text(output: Mapping[str, Any] | None) -> str:
    """What a tool said, for reading; empty if it said nothing."""
    if output is None:
        return ""
    return orjson.dumps(output, option=orjson.OPT_INDENT_2).decode()


def names_of(actor: Actor, ids: Sequence[str]) -> dict[str, str]:
    """The servers' names by id."""
    rows = McpServer.objects.for_tenant(actor.tenant).filter(pk__in=set(ids))
    return dict(rows.values_list("pk", "name"))


def _line(row: McpToolInvocation, names: Mapping[str, str]) -> CallLine:
    code = row.policy_reason or row.error_code
    return CallLine(
        row=row,
        look=UNKNOWN if code == CallFault.INTERRUPTED else OUTCOMES[Outcome(row.outcome)],
        server=names.get(row.server_id, row.server_id),
        is_registered=row.server_id in names,
        decision=DECISIONS[PolicyDecision(row.policy_decision)],
        because=REASONS.get(code, code),
    )


def _short(value: str) -> str:
    """What can be an id."""
    return value if value.isprintable() and len(value) <= 100 else ""
