"""MCP servers and how each is found to be: MCP_HEALTH_V1 of integrations 1.0.0.

Values are stored; renaming one needs a migration.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit, urlunsplit

VERSION: Final = "MCP_HEALTH_V1"
OFFLINE_AFTER: Final = 3  # failures in a row
DEADLINE_SECONDS: Final = 30.0  # from the look-up to the last byte
MAX_ANSWER: Final = 5 * 1024 * 1024  # bytes of one answer
MAX_NAME: Final = 128
MAX_URL: Final = 512
MAX_DESCRIPTION: Final = 1024
USUAL_WINDOW_SECONDS: Final = 60
CHECK_EVERY: Final = timedelta(minutes=5)
DISCOVER_EVERY: Final = timedelta(days=1)


class McpServerStatus(StrEnum):
    PENDING = "pending"  # registered, not yet asked
    ACTIVE = "active"
    DEGRADED = "degraded"  # the last check failed
    OFFLINE = "offline"  # three checks in a row failed
    ERROR = "error"  # it could not be asked for its tools
    DISABLED = "disabled"  # taken away by a person


class McpTransport(StrEnum):
    HTTP = "http"
    HTTPS = "https"
    SSE = "sse"
    STDIO = "stdio"
    WEBSOCKET = "websocket"


class McpAuth(StrEnum):
    """How the console shows who it is."""

    NONE = "none"
    API_KEY = "api_key"
    BEARER = "bearer"
    BASIC = "basic"
    OAUTH = "oauth"


class McpLookKind(StrEnum):
    """What a server was asked for."""

    HEALTH = "health"
    DISCOVERY = "discovery"


SPOKEN: Final = frozenset({McpTransport.HTTP, McpTransport.HTTPS, McpTransport.SSE})
SHOWN: Final = frozenset({McpAuth.NONE, McpAuth.API_KEY, McpAuth.BEARER, McpAuth.BASIC})


def status_after_check(*, is_healthy: bool, failures: int) -> McpServerStatus:
    """Where a check moves a server that is not disabled; `failures` counts those in a row, this
    one included."""
    if is_healthy:
        return McpServerStatus.ACTIVE
    return McpServerStatus.OFFLINE if failures >= OFFLINE_AFTER else McpServerStatus.DEGRADED


def endpoint_of(url: str, transport: McpTransport) -> str:
    """Where a server is really called: an address without a path means its `/mcp`. What is no
    address comes back as it is, for the check of addresses to refuse."""
    told = url.strip()
    if transport is McpTransport.SSE:
        return told
    try:
        parts = urlsplit(told)
    except ValueError:
        return told
    return urlunsplit(parts._replace(path="/mcp")) if parts.path in ("", "/") else told


def is_stale(checked_at: datetime | None, *, now: datetime) -> bool:
    """Whether nobody has looked for twice as long as somebody should have."""
    return checked_at is None or now - checked_at > 2 * CHECK_EVERY
