"""What an MCP server is asked with, and what it answers."""

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
