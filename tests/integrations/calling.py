"""Builders for tests of calls: a server, its tools, and what people said of them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from integrations.actions import mcp_allowances, mcp_approvals, mcp_calls, mcp_facts
from integrations.actions.mcp_approvals import Answer
from integrations.actions.mcp_calls import Begun, Ended, Stopped
from integrations.actions.mcp_facts import Wanted
from integrations.domain.mcp_policy import Said
from integrations.domain.mcp_servers import McpServerStatus
from integrations.domain.mcp_states import Outcome
from integrations.domain.mcp_tools import McpRisk, ToolState
from integrations.models import (
    McpApproval,
    McpServer,
    McpTool,
    McpToolInvocation,
    McpToolVersion,
)
from m25console.access import Actor
from m25console.vocabulary import Door, Role, Scope
from tests.factories import make_actor
from tests.integrations.building import NOW

LASTS = timedelta(seconds=60)
SCHEMA = {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}
GOOD = Ended(Outcome.SUCCESS, duration_ms=12, attempts=1, output_hash="0" * 64)
TIMED_OUT = Ended(Outcome.TIMEOUT, 60_000, 1, error_code="TIMEOUT", error_message="No answer.")
_numbers = count(1)


def a_server(
    by: Actor, *, status: McpServerStatus = McpServerStatus.ACTIVE, **rest: Any
) -> McpServer:
    number = next(_numbers)
    given = {"name": f"server {number}", "url": f"https://tools{number}.example/mcp"}
    return McpServer.objects.create(tenant=by.tenant, status=status, **(given | rest))


def a_tool(server: McpServer, *, name: str = "", is_approved: bool = True, **rest: Any) -> McpTool:
    given: dict[str, Any] = {
        "name": name or f"get_{next(_numbers)}", "input_schema": SCHEMA, "fingerprint": "f" * 64,
    }  # fmt: skip
    if is_approved:
        given |= {"state": ToolState.ALLOWED, "approved_version": 1,
                  "approved_fingerprint": "f" * 64}  # fmt: skip
    tool = McpTool.objects.create(tenant_id=server.tenant_id, server=server, **(given | rest))
    McpToolVersion.objects.create(
        tenant_id=tool.tenant_id, tool=tool, number=1, fingerprint=tool.fingerprint, document={},
        seen_at=NOW,
    )  # fmt: skip
    return tool


def a_machine(by: Actor, *, token_id: str = "tok_machine") -> Actor:
    return Actor(
        tenant=by.tenant, user=None, role=None, door=Door.API, label="token agent",
        scopes=frozenset({Scope.READ}), token_id=token_id,
    )  # fmt: skip


def a_reviewer(by: Actor) -> Actor:
    return make_actor(by.tenant, role=Role.REVIEWER)


def wanted(tool: McpTool, *, arguments: Mapping[str, Any] | None = None, **rest: Any) -> Wanted:
    given = {
        "server_id": tool.server_id,
        "tool_id": tool.pk,
        "arguments": {"id": 1} if arguments is None else arguments,
    }
    return Wanted(**(given | rest))


def begun(
    tool: McpTool, by: Actor, *, arguments: Mapping[str, Any] | None = None, now: datetime = NOW,
    said: Said | None = None, **rest: Any,
) -> Begun | Stopped:  # fmt: skip
    asked = wanted(tool, arguments=arguments, **rest)
    found = mcp_facts.find(asked, by=by)
    return mcp_calls.begin(found, asked, said=said or Said(), lasts=LASTS, by=by, now=now)


def called(tool: McpTool, by: Actor, *, ended: Ended = GOOD, **rest: Any) -> McpToolInvocation:
    """A call that was made, without its server."""
    started = begun(tool, by, **rest)
    assert isinstance(started, Begun), started
    row = mcp_calls.finish(started.call, ended, now=rest.get("now", NOW))
    assert row is not None
    return row


def stopped(tool: McpTool, by: Actor, **rest: Any) -> Stopped:
    """A call that was not made."""
    found = begun(tool, by, **rest)
    assert isinstance(found, Stopped), found
    return found


def question(tool: McpTool, by: Actor, **rest: Any) -> McpApproval:
    """What people are asked because of a call."""
    return McpApproval.objects.get(pk=stopped(tool, by, **rest).call.approval_id)


def answered(row: McpApproval, by: Actor, *, approves: bool = True, now: datetime = NOW,
             tool_hours: int | None = None) -> McpApproval:  # fmt: skip
    said = Answer(approves, "because", tool_hours)
    return mcp_approvals.answer(approval_id=row.pk, answer=said, by=by, now=now)


def allow(tool: McpTool, by: Actor) -> None:
    mcp_allowances.allow(tool_id=tool.pk, reason="needed", by=by, now=NOW)


def furnished(admin: Actor, *, name: str, calls: int = 1) -> dict[str, str]:
    """A server whose tools were called, one of which is dangerous and one waits for people; what
    an address names of them."""
    now = timezone.now()
    server = a_server(admin, name=f"tools of {name}")
    tool = a_tool(server, name="get_row")
    dangerous = a_tool(server, name="write_row", risk_level=McpRisk.HIGH)
    mcp_allowances.allow(tool_id=dangerous.pk, reason="needed", by=admin, now=now)
    unseen = a_tool(server, name="find_row", is_approved=False)
    for number in range(calls):
        made = called(tool, admin, now=now, arguments={"id": number})
        asked = question(unseen, a_machine(admin), now=now, arguments={"id": number})
    return {
        "server_id": server.pk,
        "tool_id": dangerous.pk,
        "approval_id": asked.pk,
        "invocation_id": made.pk,
    }
