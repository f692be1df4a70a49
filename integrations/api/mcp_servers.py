"""MCP servers: registering them, asking them, and what people decide about their tools."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Status

from integrations.actions import mcp_servers, mcp_tools
from integrations.actions.mcp_sorting import Sorted
from integrations.api.queries import slice_of
from integrations.api.shapes.mcp_servers import (
    DiscoveredOut,
    McpHealthOut,
    McpServerChangeIn,
    McpServerDeletedOut,
    McpServerDetailOut,
    McpServerIn,
    McpServersOut,
    McpToolChangeIn,
    McpToolDecisionIn,
    McpToolOut,
    McpToolsOut,
    RegisteredOut,
)
from integrations.domain.mcp_servers import McpServerStatus
from integrations.domain.mcp_tools import MAX_TOOLS
from integrations.engine import mcp_asking
from integrations.models import McpServer, McpTool
from m25console.access import Actor, actor_of
from m25console.api.bearer import DECIDES, READS
from m25console.api.bodies import read_changes, read_model
from m25console.api.docs import body_of
from m25console.api.schemas import refusals
from m25console.rows import found

router = Router(tags=["MCP servers"])
ROOT: Final = "/integrations/mcp-servers"
ONE: Final = ROOT + "/{server_id}"
TOOL: Final = ONE + "/tools/{tool_id}"


class YesNo(StrEnum):
    """A parameter that is either."""

    YES = "true"
    NO = "false"


DISABLED: Final = {"include_disabled": YesNo}


@router.post(
    ROOT,
    auth=DECIDES,
    response={201: RegisteredOut, **refusals(400, 409, 413, 415, 422)},
    openapi_extra=body_of(McpServerIn),
)
def register(request: HttpRequest) -> Status[RegisteredOut]:
    """Register a server and ask it for its tools; whether it answers or not it is registered. In
    the name of an admin; needs the scope `decide`."""
    actor = actor_of(request)
    wanted = read_model(request, McpServerIn).wanted(actor)
    row, told = mcp_asking.register(wanted=wanted, by=actor, now=timezone.now())
    count = told.sorted.found if told.sorted else 0
    return Status(
        201,
        RegisteredOut(
            server_id=row.pk, status=told.status, tools_discovered=count, error=told.error
        ),
    )


@router.get(ROOT, auth=READS, response={200: McpServersOut, **refusals(400)})
def list_servers(request: HttpRequest) -> dict[str, Any]:
    """The newest first, without those that were taken away unless `include_disabled` is true;
    `limit` 1 to 100, `offset`. Needs the scope `read`."""
    wanted = slice_of(request, filters=DISABLED, usual=100)
    rows = McpServer.objects.for_tenant(actor_of(request).tenant).newest_first()
    rows = rows if _all_of(wanted.filters) else rows.in_use()
    part = list(rows[wanted.offset : wanted.offset + wanted.limit])
    return {"servers": part, "total": rows.count()}


@router.get(ONE, auth=READS, response={200: McpServerDetailOut, **refusals(404)})
def detail(request: HttpRequest, server_id: str) -> McpServer:
    """One of them, without its key. Needs the scope `read`."""
    return _found(actor_of(request), server_id)


@router.patch(
    ONE,
    auth=DECIDES,
    response={200: McpServerDetailOut, **refusals(400, 404, 409, 413, 415, 422)},
    openapi_extra=body_of(McpServerChangeIn),
)
def change(request: HttpRequest, server_id: str) -> McpServer:
    """Change what is named, in the name of an admin. Needs the scope `decide`."""
    actor = actor_of(request)
    row = _found(actor, server_id)
    changes = read_changes(request, McpServerChangeIn)
    wanted = changes.applied_to(row, actor)
    return mcp_servers.change(server_id=row.pk, wanted=wanted, by=actor, now=timezone.now())


@router.delete(ONE, auth=DECIDES, response={200: McpServerDeletedOut, **refusals(404, 409)})
def delete(request: HttpRequest, server_id: str) -> McpServerDeletedOut:
    """Take a server away; its history stays. In the name of an admin; needs the scope
    `decide`."""
    actor = actor_of(request)
    row = _found(actor, server_id)
    mcp_servers.disable(server_id=row.pk, by=actor, now=timezone.now())
    return McpServerDeletedOut(server_id=row.pk)


@router.post(
    ONE + "/discover", auth=DECIDES, response={200: DiscoveredOut, **refusals(404, 409, 429)}
)
def discover(request: HttpRequest, server_id: str) -> dict[str, Any]:
    """Ask it for its tools now. In the name of an admin; needs the scope `decide`."""
    actor = actor_of(request)
    row = _found(actor, server_id)
    told = mcp_asking.discover_now(row, by=actor, now=timezone.now())
    changes = told.sorted or Sorted()
    return {
        "server_id": row.pk,
        "tools_discovered": changes.found,
        "tools_added": len(changes.added),
        "tools_updated": len(changes.updated),
        "tools_removed": len(changes.removed),
        "tools": row.tools.filter(vanished_at__isnull=True).order_by("name")[: changes.found],
        "error": told.error,
    }


@router.post(ONE + "/health", auth=DECIDES, response={200: McpHealthOut, **refusals(404, 409, 429)})
def health(request: HttpRequest, server_id: str) -> McpHealthOut:
    """Look how it is now. In the name of an admin; needs the scope `decide`."""
    actor = actor_of(request)
    row = _found(actor, server_id)
    told = mcp_asking.check_now(row, by=actor, now=timezone.now())
    return McpHealthOut(
        server_id=row.pk, healthy=told.is_healthy, latency_ms=told.latency_ms, error=told.error,
        status=McpServerStatus(told.status),
    )  # fmt: skip


@router.get(ONE + "/tools", auth=READS, response={200: McpToolsOut, **refusals(400, 404)})
def list_tools(request: HttpRequest, server_id: str) -> dict[str, Any]:
    """By name, without the disabled ones unless `include_disabled` is true; `limit` 1 to 1,000,
    `offset`. Needs the scope `read`."""
    row = _found(actor_of(request), server_id)
    wanted = slice_of(request, filters=DISABLED, usual=100, most=MAX_TOOLS)
    rows = row.tools.order_by("name")
    rows = rows if _all_of(wanted.filters) else rows.filter(enabled=True)
    part = list(rows[wanted.offset : wanted.offset + wanted.limit])
    return {"tools": part, "total": rows.count()}


@router.patch(
    TOOL,
    auth=DECIDES,
    response={200: McpToolOut, **refusals(400, 404, 409, 413, 415, 422)},
    openapi_extra=body_of(McpToolChangeIn),
)
def change_tool(request: HttpRequest, server_id: str, tool_id: str) -> McpTool:
    """Enable or disable it, set its risk or its policy. In the name of an admin; needs the scope
    `decide`."""
    actor = actor_of(request)
    row = _found_tool(actor, server_id, tool_id)
    changes = read_changes(request, McpToolChangeIn)
    return mcp_tools.change(
        tool_id=row.pk, wanted=changes.wanted(), by=actor, now=timezone.now()
    )  # fmt: skip


@router.post(
    TOOL + "/decision",
    auth=DECIDES,
    response={200: McpToolOut, **refusals(400, 404, 409, 413, 415, 422)},
    openapi_extra=body_of(McpToolDecisionIn),
)
def decide_tool(request: HttpRequest, server_id: str, tool_id: str) -> McpTool:
    """Approve or deny the version that was looked at. In the name of an admin; needs the scope
    `decide`."""
    actor = actor_of(request)
    row = _found_tool(actor, server_id, tool_id)
    decision = read_model(request, McpToolDecisionIn).decision()
    return mcp_tools.decide(tool_id=row.pk, decision=decision, by=actor, now=timezone.now())


def _all_of(filters: Mapping[str, str]) -> bool:
    return filters.get("include_disabled") == YesNo.YES


def _found(actor: Actor, server_id: str) -> McpServer:
    mine = McpServer.objects.for_tenant(actor.tenant).select_related("tenant")
    return found(mine, server_id, noun="MCP server")


def _found_tool(actor: Actor, server_id: str, tool_id: str) -> McpTool:
    mine = McpTool.objects.for_tenant(actor.tenant).filter(server_id=server_id)
    return found(mine, tool_id, noun="tool")
