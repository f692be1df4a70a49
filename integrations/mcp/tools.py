"""Calling one tool of an MCP server."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mcp.client.client import Client
from mcp_types import CallToolRequest, CallToolRequestParams, CallToolResult, TextContent

from integrations.mcp.client import Door, ask

MAX_TOLD: Final = 300  # characters of what a tool says of its failure


@dataclass(frozen=True)
class Said:
    """What a tool said, as it came; `text` is the beginning of it in words."""

    output: Mapping[str, Any]
    text: str
    is_error: bool


def call_tool(door: Door, *, name: str, arguments: Mapping[str, Any]) -> Said:
    """Call the tool once. Raises McpFault."""
    return ask(door, lambda client: _called(client, name, arguments))


async def _called(client: Client, name: str, arguments: Mapping[str, Any]) -> Said:
    # Not client.call_tool(): it would list all tools first, and check the answer against their
    # schemas with regular expressions that the server wrote.
    params = CallToolRequestParams(name=name, arguments=dict(arguments))
    result = await client.session.send_request(CallToolRequest(params=params), CallToolResult)
    texts = [one.text for one in result.content if isinstance(one, TextContent)]
    return Said(
        output=result.model_dump(by_alias=True, mode="json", exclude_none=True),
        text=" ".join(texts)[:MAX_TOLD],
        is_error=bool(result.is_error),
    )
