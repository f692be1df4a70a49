"""Connectors: their types, states, settings and caps: integrations 1.0.0.

Values are stored; renaming one needs a migration.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

MAX_NAME: Final = 255
MAX_RESPONSE: Final = 5 * 1024 * 1024  # bytes of one answer
TIMEOUT_SECONDS: Final = 30
CALLS_A_MINUTE: Final = 60
WINDOW_SECONDS: Final = 60  # sliding
MAX_ROWS: Final = 1000
RETRIES: Final = 3  # of a call that only reads
RETRY_SECONDS: Final = 1.0  # before the first of them, and twice as long before each other
PASSING: Final = frozenset({502, 503, 504})  # a server that was away for a moment
FAILS_AFTER: Final = 3  # calls in a row that failed are a trouble
MAX_ECHO: Final = 4 * 1024  # characters of somebody else's error that are repeated
MAX_PAYLOAD: Final = 256 * 1024  # bytes of what a call is given


class ConnectorType(StrEnum):
    HTTP = "http"
    SQL = "sql"
    MCP = "mcp"
    VECTOR = "vector"
    FILE = "file"
    SERVERLESS = "serverless"
    STREAM = "stream"
    CUSTOM = "custom"


class ConnectorStatus(StrEnum):
    REGISTERED = "registered"  # never connected yet
    CONFIGURING = "configuring"  # changed, and not connected since
    READY = "ready"  # let in again, and not connected since
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"  # by a person
    ERROR = "error"  # its last test failed
    DEPRECATED = "deprecated"  # to be taken away; nothing is called through it


class Capability(StrEnum):
    READ = "read"
    WRITE = "write"
    QUERY = "query"
    STREAM = "stream"
    BATCH = "batch"
    TRANSACTION = "transaction"
    SEARCH = "search"
    VECTOR_SEARCH = "vector_search"


class AuthType(StrEnum):
    """How a request over HTTP says who it is from."""

    NONE = "none"
    BEARER = "bearer"
    API_KEY = "api_key"
    BASIC = "basic"


class Method(StrEnum):
    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"


class Outcome(StrEnum):
    """What came of a call."""

    OK = "ok"
    FAILED = "failed"  # the other side could not, or said no
    REFUSED = "refused"  # by a rule of ours, before anything was sent
    DRY_RUN = "dry_run"  # only shown, never sent


CAPABILITIES: Final[Mapping[ConnectorType, tuple[Capability, ...]]] = {
    ConnectorType.HTTP: (Capability.READ, Capability.WRITE, Capability.QUERY),
    ConnectorType.SQL: (
        Capability.READ, Capability.WRITE, Capability.QUERY, Capability.TRANSACTION,
    ),
    ConnectorType.MCP: (Capability.READ, Capability.WRITE, Capability.QUERY),
    ConnectorType.VECTOR: (
        Capability.READ, Capability.WRITE, Capability.SEARCH, Capability.VECTOR_SEARCH,
    ),
    ConnectorType.FILE: (Capability.READ, Capability.WRITE, Capability.QUERY),
    ConnectorType.SERVERLESS: (Capability.READ, Capability.WRITE),
    ConnectorType.STREAM: (Capability.READ, Capability.STREAM),
    ConnectorType.CUSTOM: (Capability.READ,),
}  # fmt: skip

# The types the console itself speaks to; of the others it keeps the record.
SPOKEN: Final = frozenset(
    {
        ConnectorType.HTTP,
        ConnectorType.SQL,
        ConnectorType.VECTOR,
        ConnectorType.FILE,
        ConnectorType.SERVERLESS,
    }
)

# A test connects it or finds an error; a person lets nothing through, or retires it.
_TESTED: Final = frozenset({ConnectorStatus.CONNECTED, ConnectorStatus.ERROR})
_ENDED: Final = frozenset({ConnectorStatus.DEPRECATED})
MOVES: Final[Mapping[ConnectorStatus, frozenset[ConnectorStatus]]] = {
    ConnectorStatus.REGISTERED: _TESTED | _ENDED | {ConnectorStatus.CONFIGURING},
    ConnectorStatus.CONFIGURING: _TESTED | _ENDED | {ConnectorStatus.CONFIGURING},
    ConnectorStatus.READY: _TESTED | _ENDED | {ConnectorStatus.CONFIGURING},
    ConnectorStatus.CONNECTED: _TESTED
    | _ENDED
    | {ConnectorStatus.DISCONNECTED, ConnectorStatus.CONFIGURING},
    ConnectorStatus.ERROR: _TESTED | _ENDED | {ConnectorStatus.CONFIGURING},
    ConnectorStatus.DISCONNECTED: _TESTED | _ENDED | {ConnectorStatus.CONFIGURING},
    ConnectorStatus.DEPRECATED: frozenset({ConnectorStatus.READY}),
}


def capabilities_of(kind: ConnectorType, *, is_read_only: bool) -> tuple[Capability, ...]:
    """What a connector can do; one that only reads neither writes nor keeps a transaction."""
    writes = {Capability.WRITE, Capability.TRANSACTION}
    return tuple(one for one in CAPABILITIES[kind] if not is_read_only or one not in writes)
