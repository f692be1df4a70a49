"""What is known of a call before it is made: server, tool, who asks, and what people said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from integrations import json_schemas
from integrations.domain import mcp_approvals
from integrations.domain.mcp_approvals import Known
from integrations.domain.mcp_audit import digest
from integrations.domain.mcp_policy import (
    CALLS_PER_WINDOW,
    WINDOW_SECONDS,
    Facts,
    Rate,
    Said,
)
from integrations.domain.mcp_servers import McpServerStatus
from integrations.domain.mcp_states import (
    ApprovalReach,
    ApprovalStatus,
    CallFault,
    McpActor,
    PolicyDecision,
)
from integrations.domain.mcp_tools import CallableState, McpRisk
from integrations.models import (
    McpAllowance,
    McpApproval,
    McpChain,
    McpOpenCall,
    McpServer,
    McpTool,
    McpToolInvocation,
)
from m25console.access import Actor
from m25console.rows import found
from m25console.vocabulary import Door

MADE: Final = (PolicyDecision.ALLOWED, PolicyDecision.FLAGGED)  # what counts against a rate


@dataclass(frozen=True)
class Wanted:
    """A call as somebody wants it."""

    server_id: str
    tool_id: str
    arguments: Mapping[str, Any]
    run_id: str = ""
    step_index: int | None = None
    trace_id: str = ""

    @property
    def input_hash(self) -> str:
        return digest(dict(self.arguments))


@dataclass(frozen=True)
class Found:
    """The server that is named, and the tool, if there is one of the tenant's with that id."""

    server: McpServer
    tool: McpTool | None


@dataclass(frozen=True)
class Caller:
    """Who calls, by their sign-in or token and nothing that the request says."""

    type: McpActor
    id: str
    label: str


def find(wanted: Wanted, *, by: Actor) -> Found:
    """Raises NotFound for a server that is not of the caller's tenant."""
    server = found(McpServer.objects.for_tenant(by.tenant), wanted.server_id, noun="MCP server")
    tools = McpTool.objects.for_tenant(by.tenant).select_related("server")
    can_be_one = wanted.tool_id.isprintable()
    return Found(server, tools.filter(pk=wanted.tool_id).first() if can_be_one else None)


def caller_of(by: Actor) -> Caller:
    """How a caller is named in what is kept of a call."""
    if by.door == Door.SYSTEM:
        return Caller(McpActor.SYSTEM, "system", by.label[:254])
    if by.door == Door.WEB and by.user is not None:
        return Caller(McpActor.HUMAN, f"user:{by.user.pk}", by.label[:254])
    return Caller(McpActor.MACHINE, by.token_id or by.label[:100], by.label[:254])


def fault_of(found: Found, wanted: Wanted) -> tuple[CallFault, str] | None:
    """Why the call cannot even be asked for, or None."""
    tool = found.tool
    if found.server.status != McpServerStatus.ACTIVE:
        return CallFault.SERVER_NOT_ACTIVE, f"The server is {found.server.status}, not active."
    if tool is None:
        return CallFault.TOOL_NOT_FOUND, "There is no such tool."
    if tool.server_id != found.server.pk:
        return CallFault.TOOL_SERVER_MISMATCH, "This tool is another server's."
    if tool.callable_state is CallableState.DISABLED:
        return CallFault.TOOL_DISABLED, "This tool is disabled."
    if wrong := json_schemas.faults(tool.input_schema, dict(wanted.arguments)):
        return CallFault.INVALID_INPUT, "; ".join(wrong)
    return None


def facts(
    tool: McpTool, wanted: Wanted, *, chain: McpChain | None, by: Actor, said: Said,
    now: datetime,
) -> tuple[Facts, str]:  # fmt: skip
    """What the rules go by, and the id of the question to people that bears on it; four queries,
    six where the tool's policy slows it down."""
    asked, approval_id = mcp_approvals.standing(
        _known(tool, caller_of(by), now),
        fingerprint=tool.fingerprint, input_hash=wanted.input_hash, now=now,
    )  # fmt: skip
    known = Facts(
        standing=tool.callable_state,
        risk=McpRisk(tool.risk_level),
        is_server_active=tool.server.status == McpServerStatus.ACTIVE,
        is_stopped=chain is not None and chain.stopped_at is not None,
        is_allowed=McpAllowance.objects.filter(tool=tool).exists(),
        server_needs_approval=tool.server.requires_approval,
        asked=asked,
        said=said,
        rate=_rate(tool, now),
        pace=_pace(tool, said, now),
    )
    return known, approval_id


def _known(tool: McpTool, caller: Caller, now: datetime) -> list[Known]:
    rows = McpApproval.objects.filter(
        tenant_id=tool.tenant_id, tool_id=tool.pk, actor_id=caller.id, ends_at__gt=now
    ).order_by("-asked_at")
    return [
        Known(
            one.pk, ApprovalStatus(one.status), ApprovalReach(one.reach), one.tool_fingerprint,
            one.input_hash, one.ends_at,
        )
        for one in rows
    ]  # fmt: skip


def _rate(tool: McpTool, now: datetime) -> Rate:
    """Of the server where it sets a limit, else of the tool."""
    server = tool.server
    if server.rate_limit_requests:
        mine = {"tenant_id": tool.tenant_id, "server_id": server.pk}
        return _counted(mine, server.rate_limit_requests, server.rate_limit_window_seconds, now)
    return _counted(_of(tool), CALLS_PER_WINDOW, WINDOW_SECONDS, now)


def _pace(tool: McpTool, said: Said, now: datetime) -> Rate | None:
    return _counted(_of(tool), *said.pace, now) if said.pace else None


def _of(tool: McpTool) -> dict[str, str]:
    return {"tenant_id": tool.tenant_id, "server_id": tool.server_id, "tool_id": tool.pk}


def _counted(mine: Mapping[str, str], limit: int, seconds: int, now: datetime) -> Rate:
    """Of these calls, counted up to the limit."""
    since = now - timedelta(seconds=seconds)
    ended = McpToolInvocation.objects.filter(**mine, invoked_at__gt=since, policy_decision__in=MADE)
    under_way = McpOpenCall.objects.filter(**mine, invoked_at__gt=since)
    calls = ended[:limit].count() + under_way[:limit].count()
    return Rate(calls, limit, seconds)
