"""Somebody else's MCP server, which speaks over stdio only, behind the proxy of FastMCP:
`clock.py PORT`. It is at /mcp and, over server-sent events, at /sse."""

import sys
from pathlib import Path

import uvicorn
from fastmcp.client.transports import StdioTransport
from fastmcp.server import create_proxy
from starlette.applications import Starlette

PROGRAM = Path(sys.executable).parent / "mcp-server-time"

if __name__ == "__main__":
    proxy = create_proxy(StdioTransport(str(PROGRAM), ["--local-timezone", "UTC"]), name="clock")
    http, events = proxy.http_app(path="/mcp"), proxy.http_app(path="/sse", transport="sse")
    served = Starlette(routes=[*http.routes, *events.routes], lifespan=http.lifespan)
    uvicorn.run(served, host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
