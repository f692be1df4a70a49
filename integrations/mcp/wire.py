"""Asking an MCP server over its wire, with the client of the `mcp` package, which speaks the
protocol of before and since July 2026. Whatever goes wrong becomes one McpFault. Nothing that a
server says repeats the key it was shown.
"""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any, Final, cast

import httpx2
from mcp.client.client import Client
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import McpHttpClientFactory
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INTERNAL_ERROR,
    METHOD_NOT_FOUND,
    CallToolRequest,
    CallToolRequestParams,
    CallToolResult,
    Implementation,
)
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS

from integrations.domain.mcp_servers import MAX_ANSWER, McpTransport
from integrations.domain.mcp_tools import MAX_TOOLS
from integrations.mcp.answers import Door, Greeting, Listing, McpFault, Said
from integrations.mcp.transport import GuardedTransport, Unusable
from m25console.destinations import ForbiddenTarget, OutboundFault
from m25console.scrubbing import scrubbed, without

MAX_PAGES: Final = 100
MAX_TOLD: Final = 300  # characters of what a server or a tool says went wrong
NOTHING_THERE: Final = (METHOD_NOT_FOUND, "Not Found")  # what the client makes of a bare 404
WHO: Final = Implementation(name="m25console", version="1")


def ask[T](door: Door, what: Callable[[Client], Awaitable[T]]) -> T:
    """What comes of asking on a connection of its own; the deadline covers all of it.

    Raises McpFault. Not for a thread in which an event loop runs.
    """
    try:
        return asyncio.run(_asked(door, what))
    except Exception as error:
        raise _fault_of(error, door) from None


async def _asked[T](door: Door, what: Callable[[Client], Awaitable[T]]) -> T:
    async with asyncio.timeout(door.deadline_seconds), Client(
        _way(door), client_info=WHO, cache=None
    ) as client:  # fmt: skip
        return await what(client)


@contextlib.asynccontextmanager
async def _way(door: Door) -> AsyncIterator[Any]:
    """The streams of the transport, over the guarded way."""
    carrier = GuardedTransport(door.url, deadline_seconds=door.deadline_seconds)
    headers = {"User-Agent": "m25console", "Accept-Encoding": "identity", **door.headers}
    http = httpx2.AsyncClient(
        transport=carrier, headers=headers, timeout=httpx2.Timeout(door.deadline_seconds),
        trust_env=False,
    )  # fmt: skip

    def ours(**_: Any) -> httpx2.AsyncClient:
        return http

    if door.transport is McpTransport.SSE:  # it opens and closes the client itself
        factory = cast(McpHttpClientFactory, ours)
        async with sse_client(door.url, httpx_client_factory=factory) as streams:
            yield streams
        return
    async with http, streamable_http_client(
        door.url, http_client=http, max_sse_event_size=MAX_ANSWER
    ) as streams:  # fmt: skip
        yield streams


async def greeted(client: Client) -> Greeting:
    """Who it is; in the older era it has to answer a ping as well."""
    if client.protocol_version in HANDSHAKE_PROTOCOL_VERSIONS:
        try:
            await client.session.send_ping()
        except MCPError as error:
            # The handshake it has answered already says as much as a ping would.
            if error.code not in (METHOD_NOT_FOUND, INTERNAL_ERROR):
                raise
    return _greeting(client)


async def listed(client: Client, door: Door) -> Listing:
    """Everything it lists, page by page; a tool keeps its name, by which it is called."""
    capabilities = client.server_capabilities
    several = await _paged(client.list_tools, "tools")
    resources = await _paged(client.list_resources, "resources") if capabilities.resources else []
    documents = tuple(
        one.model_dump(
            by_alias=True, mode="json", exclude_none=True,
            include={"name", "title", "description", "input_schema", "output_schema",
                     "annotations"},
        )
        for one in several
    )  # fmt: skip
    shown = list(_shown(door))
    tools = tuple({**without(one, shown), "name": one["name"]} for one in documents)
    return Listing(_greeting(client), tools, len(resources))


async def called(client: Client, door: Door, name: str, arguments: Mapping[str, Any]) -> Said:
    """What a tool says to one call."""
    # Not client.call_tool(): it would list all tools first, and check the answer against their
    # schemas with regular expressions that the server wrote.
    params = CallToolRequestParams(name=name, arguments=dict(arguments))
    result = await client.session.send_request(CallToolRequest(params=params), CallToolResult)
    told = result.model_dump(by_alias=True, mode="json", exclude_none=True)
    output = without(told, _shown(door))
    texts = [one["text"] for one in output["content"] if one["type"] == "text"]
    return Said(output, " ".join(texts)[:MAX_TOLD], is_error=bool(result.is_error))


async def _paged(ask_for: Callable[..., Awaitable[Any]], name: str) -> list[Any]:
    """All pages of one list. Raises Unusable for one that does not end."""
    found: list[Any] = []
    cursor = None
    for _ in range(MAX_PAGES):
        page = await ask_for(cursor=cursor)
        found += getattr(page, name)
        cursor = page.next_cursor
        if not cursor:
            return found
        if len(found) > MAX_TOOLS:
            break
    raise Unusable("list_too_long", f"The server lists more than {MAX_TOOLS:,} {name}.")


def _greeting(client: Client) -> Greeting:
    told = client.server_capabilities.model_dump(exclude_none=True)
    server = client.server_info
    return Greeting(
        protocol_version=client.protocol_version,
        capabilities=tuple(sorted(told)),
        server=f"{server.name} {server.version}".strip()[:MAX_TOLD] if server else "",
    )


def _fault_of(error: BaseException, door: Door) -> McpFault:
    """One fault out of whatever broke; several at once come as a group."""
    found = _first_known(error)
    told = str(found)
    match found:
        case TimeoutError():
            code = "timeout"
            told = f"There was no whole answer within {door.deadline_seconds:g} seconds."
        case Unusable():
            code = found.code
        case ForbiddenTarget():
            code = "forbidden"
        case OutboundFault():
            code = "timeout" if "within" in told else "no_answer"
        case MCPError() if (found.code, found.message) != NOTHING_THERE:
            code, told = "mcp_error", _scrubbed(f"The server says: {found.message}", door)
        case MCPError() | ValueError():
            code, told = "not_mcp", "What answers at this address does not speak MCP."
        case _:
            code, told = "no_answer", f"The connection broke: {type(found).__name__}."
    return McpFault(code, told)


def _first_known(error: BaseException) -> BaseException:
    """The part of a group that says most: ours before the protocol's before the rest."""
    leaves = list(_leaves(error))
    for kind in (OutboundFault, MCPError, ValueError, TimeoutError):
        for one in leaves:
            if isinstance(one, kind):
                return one
    return leaves[0]


def _leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for one in error.exceptions for leaf in _leaves(one)]
    return [error]


def _scrubbed(text: str, door: Door) -> str:
    """What the server said, shortened, without anything it was shown."""
    return scrubbed(text, _shown(door))[:MAX_TOLD]


def _shown(door: Door) -> Iterator[str]:
    """What the server was shown, as it may say it again."""
    for value in door.headers.values():
        scheme, _, key = value.rpartition(" ")
        yield from (value, key)
        if scheme == "Basic":
            pair = base64.b64decode(key).decode()
            yield from (pair, pair.partition(":")[2])
