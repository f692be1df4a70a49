"""MCP servers of the protocol before July 2026, for tests, as one program: `elder.py PORT`.

One with sessions is at /mcp and, over server-sent events, at /sse; one that knows no ping is at
/without-ping.
"""

import contextlib
import sys
from collections.abc import AsyncIterator

import uvicorn
from mcp.server.fastmcp import FastMCP
from mcp.types import PingRequest
from starlette.applications import Starlette

elder = FastMCP("elder")
deaf = FastMCP("deaf", streamable_http_path="/without-ping")
del deaf._mcp_server.request_handlers[PingRequest]


@deaf.tool()
@elder.tool()
def get_row(id: int) -> dict[str, int]:  # noqa: A002 - as its callers name it
    """Tells a row."""
    return {"id": id}


@contextlib.asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    async with elder.session_manager.run(), deaf.session_manager.run():
        yield


if __name__ == "__main__":
    apps = (elder.streamable_http_app(), elder.sse_app(), deaf.streamable_http_app())
    routes = [route for app in apps for route in app.routes]
    served = Starlette(routes=routes, lifespan=lifespan)
    uvicorn.run(served, host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
