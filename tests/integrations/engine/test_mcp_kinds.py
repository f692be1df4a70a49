"""Servers as people really run them, of both eras and both ways of HTTP, are registered, looked
at and called. Each is a program of its own that somebody else wrote."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from integrations.actions.looks import Looked
from integrations.domain.mcp_servers import McpTransport
from integrations.engine import mcp_asking, mcp_calling
from integrations.models import McpServer
from m25console.access import Actor
from tests import servers
from tests.integrations.building import NOW
from tests.integrations.calling import wanted as a_call
from tests.integrations.mcp_building import decided, tools_of, wanted

pytestmark = pytest.mark.django_db
PROGRAMS: Final = Path(__file__).parents[1] / "mcp"
OLD: Final = "2025-11-25"
NEW: Final = "2026-07-28"


@dataclass(frozen=True)
class Kind:
    """One door of a program, the protocol spoken there, and a call that it answers."""

    program: str
    path: str
    protocol: str
    tool: str
    arguments: Mapping[str, Any]
    says: str
    tools: int = 1
    transport: McpTransport = McpTransport.HTTP


ROW: Final[Mapping[str, Any]] = {"tool": "get_row", "arguments": {"id": 7}, "says": "'id': 7"}
TIME: Final[Mapping[str, Any]] = {
    "tool": "convert_time", "says": "21:00", "tools": 2,
    "arguments": {"source_timezone": "UTC", "time": "12:00", "target_timezone": "Asia/Tokyo"},
}  # fmt: skip
KINDS: Final = {
    "sessions": Kind("elder", "/mcp", OLD, **ROW),
    "no ping": Kind("elder", "/without-ping", OLD, **ROW),
    "old events": Kind("elder", "/sse", OLD, transport=McpTransport.SSE, **ROW),
    "time": Kind("clock", "/mcp", NEW, **TIME),
    "time by events": Kind("clock", "/sse", NEW, transport=McpTransport.SSE, **TIME),
    "everything": Kind(
        "everything", "/mcp", OLD, "get-sum", {"a": 2, "b": 40}, "is 42", tools=13
    ),
}  # fmt: skip


@dataclass
class Programs:
    """Started when a test first wants one, ended together."""

    ending: ExitStack
    ports: dict[str, int] = field(default_factory=dict)

    def port_of(self, name: str) -> int:
        if name not in self.ports:
            self.ports[name] = self._started(name)
        return self.ports[name]

    def _started(self, name: str) -> int:
        port = servers.free_port()
        source = str(PROGRAMS / f"{name}.py")
        group, command, env = {
            "elder": ("mcp-old", ("python", source, str(port)), {}),
            "clock": ("mcp", ("python", source, str(port)), {}),
            "everything": (
                "node", ("node", str(servers.everything()), "streamableHttp"), {"PORT": str(port)}
            ),
        }[name]  # fmt: skip
        return self.ending.enter_context(servers.running(group, command, port=port, env=env))


@pytest.fixture(scope="module")
def programs() -> Iterator[Programs]:
    with ExitStack() as ending:
        yield Programs(ending)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_int_61_servers_of_both_eras_and_both_ways_are_registered_looked_at_and_called(
    admin: Actor, programs: Programs, kind: Kind, settings
):
    host = f"127.0.0.1:{programs.port_of(kind.program)}"
    settings.OUTBOUND_ALLOW = frozenset({host})
    row = registered(admin, f"http://{host}{kind.path}", kind.transport)
    assert (row.last_error, row.protocol_version) == ("", kind.protocol)
    assert (row.status, row.tool_count) == ("active", kind.tools)

    told = mcp_asking.check(Looked(row, None))
    assert (told.error, told.is_healthy) == ("", True)

    tool = decided(tools_of(row)[kind.tool], admin)
    made = mcp_calling.call(a_call(tool, arguments=kind.arguments), by=admin, now=NOW)
    assert (made.call.outcome, made.call.error_message) == ("success", "")
    assert kind.says in str(made.output)


def registered(admin: Actor, url: str, transport: McpTransport) -> McpServer:
    asked = wanted(url=url, transport=transport)
    row, _ = mcp_asking.register(wanted=asked, by=admin, now=NOW)
    return row
