"""Looks at MCP servers that workers are called to, one message each, so that a slow server delays
none of the others."""

from typing import Final

from django.utils import timezone

from integrations.actions import mcp_looks
from integrations.engine import mcp_asking
from integrations.models import McpServer
from m25console.errands import Call, Errands

ERRANDS: Final = Errands(
    McpServer, task="integrations.look_at_mcp_server", argument="server_id", due="next_check_at",
    turns_of="tenant_id", queue="checks", hurry="status = 'pending'",
)  # fmt: skip


def look(call: Call) -> bool:
    """Ask a server for its tools if that is due, or else how it is; False for a call that is
    outdated or void."""
    now = timezone.now()
    row = mcp_looks.begin(server_id=call.id, ticket=call.ticket, now=now)
    if row is None:
        return False
    wants_tools = row.next_discovery_at is not None and row.next_discovery_at <= now
    ask = mcp_asking.discover if wants_tools else mcp_asking.check
    ask(row, by=None, ticket=call.ticket)
    return True
