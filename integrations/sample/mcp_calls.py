"""Calls of the demo's tools: one that was made, some that were refused, and one that people have
to approve."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from integrations.actions.mcp_facts import Wanted
from integrations.engine import mcp_calling
from integrations.models import McpTool, McpToolInvocation
from m25console.access import Actor
from m25console.vocabulary import Door, Scope

CALLS: Final = (
    ("list_invoices", "run-4711"),
    ("list_invoices", "run-4712"),
    ("read_notes", "run-4712"),  # it has drifted
    ("update_address", "run-4713"),  # nobody has approved it
    ("delete_customer", "run-4714"),  # dangerous, and not allowed
)


def furnish(by: Actor, _servers: Mapping[str, str], now: datetime) -> None:
    """An agent's calls, each once."""
    if McpToolInvocation.objects.for_tenant(by.tenant).exists():
        return
    agent = Actor(
        tenant=by.tenant, user=None, role=None, door=Door.API, label="token support-agent",
        scopes=frozenset({Scope.TOOLS_CALL}), token_id=f"demo:{by.tenant.pk}",
    )  # fmt: skip
    tools = {one.name: one for one in McpTool.objects.for_tenant(by.tenant)}
    for number, (name, run_id) in enumerate(CALLS):
        if tool := tools.get(name):
            arguments = {"customer": f"C-{1040 + number}"}
            wanted = Wanted(tool.server_id, tool.pk, arguments, run_id=run_id, step_index=number)
            mcp_calling.call(wanted, by=agent, now=now)
