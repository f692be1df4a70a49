"""Somebody else's MCP server, which speaks over stdio only, behind the proxy of FastMCP:
`clock.py PORT`. It is at /mcp and, over server-sent events, at /sse."""

import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn
from fastmcp import Client
from fastmcp.client.transports import StdioTransport
from fastmcp.server import create_proxy
from starlette.applications import Starlette

PROGRAM = Path(sys.executable).parent / "mcp-server-time"

if __name__ == "__main__":
    program = StdioTransport(str(PROGRAM), ["--local-timezone", "UTC"])
    proxy = create_proxy(program, name="clock")
    http, events = proxy.http_app(path="/mcp"), proxy.http_app(path="/sse", transport="sse")

    @contextlib.asynccontextmanager
    async def awake(served: Starlette) -> AsyncIterator[None]:
        """Takes connections once the program answers: whoever waits for it too long takes it for
        one of the older era."""
        async with Client(program) as asking:
            await asking.list_tools()
        async with http.lifespan(served):
            yield

    served = Starlette(routes=[*http.routes, *events.routes], lifespan=awake)
    uvicorn.run(served, host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
