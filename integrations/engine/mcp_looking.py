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
    looked = mcp_looks.begin(call, now=now)
    if looked is None:
        return False
    due = looked.row.next_discovery_at
    ask = mcp_asking.discover if due is not None and due <= now else mcp_asking.check
    ask(looked)
    return True
