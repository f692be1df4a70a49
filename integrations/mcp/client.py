"""Asking an MCP server: who it is, whether it is there, what tools it has, and what one says.

The package that speaks to servers takes a second or two to load, which a process waits for once it
asks one and not before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.domain.mcp_servers import DEADLINE_SECONDS, McpTransport


@dataclass(frozen=True)
class Door:
    """Where a server is, and what to show there."""

    url: str
    transport: McpTransport
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    deadline_seconds: float = DEADLINE_SECONDS


@dataclass(frozen=True)
class Greeting:
    """What a server says of itself."""

    protocol_version: str
    capabilities: tuple[str, ...]
    server: str


@dataclass(frozen=True)
class Listing:
    """A server with everything it lists; a tool is as it came, without what is for display."""

    greeting: Greeting
    tools: tuple[Mapping[str, Any], ...]
    resource_count: int


@dataclass(frozen=True)
class Said:
    """What a tool said, as it came; `text` is the beginning of it in words."""

    output: Mapping[str, Any]
    text: str
    is_error: bool


class McpFault(Exception):  # noqa: N818 - its text is told to the person who set it up
    """The server could not be asked; `code` is short and for machines."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def greet(door: Door) -> Greeting:
    """Shake hands, and in the older era see that it answers a ping. Raises McpFault."""
    from integrations.mcp import wire  # noqa: PLC0415 - takes long to load, and is seldom needed

    return wire.ask(door, wire.greeted)


def listing(door: Door) -> Listing:
    """Everything the server lists, page by page. Raises McpFault."""
    from integrations.mcp import wire  # noqa: PLC0415 - takes long to load, and is seldom needed

    return wire.ask(door, wire.listed)


def call_tool(door: Door, *, name: str, arguments: Mapping[str, Any]) -> Said:
    """Call the tool once. Raises McpFault."""
    from integrations.mcp import wire  # noqa: PLC0415 - takes long to load, and is seldom needed

    return wire.ask(door, lambda client: wire.called(client, name, arguments))
