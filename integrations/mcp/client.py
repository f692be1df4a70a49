"""Asking an MCP server: who it is, whether it is there, what tools it has, and what one says.

The package that speaks to servers takes a second or two to load, which a process waits for once it
asks one and not before.
"""

from collections.abc import Mapping
from typing import Any

from integrations.mcp.answers import Door, Greeting, Listing, Said


def greet(door: Door) -> Greeting:
    """Shake hands, and in the older era see that it answers a ping. Raises McpFault."""
    from integrations.mcp import wire  # noqa: PLC0415 - takes long to load, and is seldom needed

    return wire.ask(door, wire.greeted)


def listing(door: Door) -> Listing:
    """Everything the server lists, page by page. Raises McpFault."""
    from integrations.mcp import wire  # noqa: PLC0415 - takes long to load, and is seldom needed

    return wire.ask(door, lambda client: wire.listed(client, door))


def call_tool(door: Door, *, name: str, arguments: Mapping[str, Any]) -> Said:
    """Call the tool once. Raises McpFault."""
    from integrations.mcp import wire  # noqa: PLC0415 - takes long to load, and is seldom needed

    return wire.ask(door, lambda client: wire.called(client, door, name, arguments))
