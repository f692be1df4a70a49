"""Builders for the tests of MCP servers, and a real one that lists what a test tells it to."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, Final

from django.utils import timezone

from integrations.actions import mcp_looks, mcp_servers, mcp_tools
from integrations.actions.looks import Looked
from integrations.actions.mcp_servers import Wanted
from integrations.actions.mcp_sorting import Sorted
from integrations.actions.mcp_tools import Decision
from integrations.domain.mcp_tools import ToolVerdict
from integrations.mcp.answers import Greeting, Listing
from integrations.models import McpServer, McpTool
from m25console.access import Actor
from tests import servers
from tests.integrations.building import NOW

PROGRAM: Final = Path(__file__).parent / "mcp" / "toolbox.py"
LIST: Final = {"name": "list_rows", "description": "Lists rows.", "takes": "table"}
DELETE: Final = {"name": "delete_rows", "description": "Deletes rows.", "takes": "table"}
_numbers = count(1)


def wanted(**rest: Any) -> Wanted:
    number = next(_numbers)
    given = {"name": f"server {number}", "url": f"https://{number}.example.com/mcp"}
    return Wanted(**(given | rest))


def a_server(by: Actor, *, now: datetime = NOW, **rest: Any) -> McpServer:
    """A server that was registered and never asked."""
    return mcp_servers.register(wanted=wanted(**rest), by=by, now=now)


def a_tool(name: str, **rest: Any) -> dict[str, Any]:
    """A tool as a server lists it."""
    given = {"name": name, "description": f"Does {name}.", "inputSchema": {"type": "object"}}
    return given | rest


def listed(
    row: McpServer, *tools: Mapping[str, Any], by: Actor | None = None, now: datetime = NOW
) -> Sorted:
    """The server listed these tools, and no others."""
    greeting = Greeting("2026-07-28", ("tools",), "a server 1")
    kept = mcp_looks.keep_listing(Looked(row, by), Listing(greeting, tools, 0), took=5, now=now)
    assert kept is not None
    row.refresh_from_db()
    return kept


def tools_of(row: McpServer) -> dict[str, McpTool]:
    return {one.name: one for one in row.tools.all()}


def decided(
    tool: McpTool, by: Actor, verdict: ToolVerdict = ToolVerdict.APPROVED, *,
    now: datetime = NOW, **rest: Any,
) -> McpTool:  # fmt: skip
    given = {"version": tool.version, "reason": "because"} | rest
    return mcp_tools.decide(
        tool_id=tool.pk, decision=Decision(verdict=verdict, **given), by=by, now=now
    )


def with_drift(by: Actor, *, name: str, tools: int = 1) -> dict[str, str]:
    """A server that lists so many tools, one of which is no longer what was approved, and that
    cannot be asked; what an address names of it."""
    now = timezone.now()
    row = a_server(by, name=name, url=f"https://127.0.0.1/{name}", now=now)
    many = [a_tool(f"list_{number}") for number in range(tools)]
    listed(row, a_tool("read_notes"), *many, now=now)
    drifted = decided(tools_of(row)["read_notes"], by, now=now)
    listed(row, a_tool("read_notes", description="And mails them."), *many, now=now)
    return {"server_id": row.pk, "tool_id": drifted.pk}


@dataclass
class Toolbox:
    """A program of FastMCP on loopback; `serving` starts it with what it lists."""

    file: Path
    port: int = field(default_factory=servers.free_port)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}/mcp"

    @contextmanager
    def serving(self, *tools: Mapping[str, Any]) -> Iterator[None]:
        self.file.write_text(json.dumps(tools))
        command: Sequence[str] = ("python", str(PROGRAM), str(self.port), str(self.file))
        with servers.running("mcp", command, port=self.port):
            yield
