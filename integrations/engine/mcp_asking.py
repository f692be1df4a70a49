"""Asking MCP servers: how they are, and what they list. Nothing is locked while one is asked."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from integrations.actions import addresses, mcp_looks, mcp_servers
from integrations.actions.looks import Looked
from integrations.actions.mcp_servers import Wanted
from integrations.actions.mcp_sorting import Sorted
from integrations.domain.mcp_servers import McpAuth, McpServerStatus, McpTransport
from integrations.domain.states import Accessor
from integrations.engine import mcp_keys, reporting
from integrations.engine.mcp_keys import Key
from integrations.engine.reporting import Trouble
from integrations.mcp import client
from integrations.mcp.answers import Door, Listing, McpFault
from integrations.models import McpServer, McpTool
from integrations.permissions import check_is_in_use
from integrations.vault import Reader
from loops.domain.states import Severity
from m25console.access import Actor, check_connects
from m25console.models import Tenant
from m25console.refusals import check_pause

ASK_EVERY: Final = timedelta(seconds=5)  # of one server, by people


@dataclass(frozen=True)
class Discovered:
    """What came of asking a server for its tools; `sorted` None if that could not be kept."""

    status: McpServerStatus
    error: str
    sorted: Sorted | None = None


@dataclass(frozen=True)
class Checked:
    """How a server is."""

    is_healthy: bool
    latency_ms: int
    error: str
    status: McpServerStatus


def register(
    *, wanted: Wanted, by: Actor, now: datetime, key: Key | None = None
) -> tuple[McpServer, Discovered]:
    """A new server, which is asked for its tools at once; whether it answers or not it is
    registered. A `key` that was entered with it is stored with it. Raises as `mcp_servers.register`
    and `keeping.store`, and ForbiddenUrl."""
    check_address(wanted, by=by, has_key=key is not None)
    with mcp_keys.kept(key, wanted, by=by, now=now) as referring:
        row = mcp_servers.register(wanted=referring, by=by, now=now, ask_after=mcp_looks.LEASE)
    return row, discover(Looked(row, by))


def change(
    *, server_id: str, wanted: Wanted, by: Actor, now: datetime, key: Key | None = None
) -> McpServer:
    """Change a server; a `key` that was entered with it is stored with it, as another credential.
    Raises as `mcp_servers.change` and `keeping.store`."""
    mcp_servers.check(wanted, by=by, has_key=key is not None)
    with mcp_keys.kept(key, wanted, by=by, now=now) as referring:
        return mcp_servers.change(server_id=server_id, wanted=referring, by=by, now=now)


def check_address(wanted: Wanted, *, by: Actor, has_key: bool = False) -> None:
    """Raises ForbiddenUrl for an address that may not be called, and as `mcp_servers.check`."""
    mcp_servers.check(wanted, by=by, has_key=has_key)
    addresses.check([wanted.endpoint])


def try_out(*, wanted: Wanted, by: Actor, now: datetime, key: Key | None = None) -> Listing:
    """What a server that is not saved lists, shown the `key` that was just entered or else the
    stored one; writes nothing but the read of a stored credential. Raises McpFault, and as
    `check_address`."""
    check_address(wanted, by=by, has_key=key is not None)
    if key:
        headers = mcp_keys.headers(wanted.auth_type, key.shown)
    else:
        reader = _reader(by.tenant, by, now)
        headers = mcp_keys.headers_of(wanted.auth_type, wanted.credential_ref, by=reader)
    return client.listing(Door(wanted.endpoint, wanted.transport, headers))


def discover_now(row: McpServer, *, by: Actor, now: datetime) -> Discovered:
    """Ask for its tools because somebody wants to. Raises NotPermitted, WrongState or TooMany."""
    _take_turn(row, by=by, now=now)
    return discover(Looked(row, by))


def check_now(row: McpServer, *, by: Actor, now: datetime) -> Checked:
    """Look how it is because somebody wants to. Raises NotPermitted, WrongState or TooMany."""
    _take_turn(row, by=by, now=now)
    return check(Looked(row, by))


def discover(looked: Looked[McpServer]) -> Discovered:
    """Ask a server for its tools and keep them; if it does not tell, what is known stays. A tool
    that is no longer what was allowed becomes an incident."""
    found, took = _asked(looked, client.listing)
    row, done = looked.row, timezone.now()
    if isinstance(found, McpFault):
        kept = mcp_looks.keep_failure(looked, found, took=took, now=done)
        return Discovered(McpServerStatus((kept or row).status), str(found))
    result = mcp_looks.keep_listing(looked, found, took=took, now=done)
    for tool in result.drifted if result else ():
        _report(row, tool, now=done)
    row.refresh_from_db()
    return Discovered(McpServerStatus(row.status), row.last_error, result)


def check(looked: Looked[McpServer]) -> Checked:
    """Look how a server is, and keep it."""
    found, took = _asked(looked, client.greet)
    kept = mcp_looks.keep_check(looked, found, took=took, now=timezone.now())
    error = str(found) if isinstance(found, McpFault) else ""
    return Checked(not error, took, error, McpServerStatus((kept or looked.row).status))


def door_of(row: McpServer, *, by: Reader) -> Door:
    """Where a server is and what to show there. Raises McpFault if its key cannot be read."""
    headers = mcp_keys.headers_of(McpAuth(row.auth_type), row.credential_ref, by=by)
    return Door(row.url, McpTransport(row.transport), headers)


def _asked[T](looked: Looked[McpServer], how: Callable[[Door], T]) -> tuple[T | McpFault, int]:
    """The answer or what went wrong, and how many milliseconds it took."""
    row, began = looked.row, time.monotonic()
    try:
        found: T | McpFault = how(door_of(row, by=_reader(row.tenant, looked.by, timezone.now())))
    except McpFault as fault:
        found = fault
    return found, round((time.monotonic() - began) * 1000)


def _reader(tenant: Tenant, by: Actor | None, now: datetime) -> Reader:
    label = f"MCP server, asked for by {by.label}" if by else "MCP server, looked at by the clock"
    return Reader(tenant=tenant, accessor=Accessor.SYSTEM, label=label, now=now)


def _report(row: McpServer, tool: McpTool, *, now: datetime) -> None:
    """Once for each version, so that a server which changes back and forth is told of each."""
    trouble = Trouble(
        external_id=f"mcp-drift:{tool.pk}:{tool.version}",
        error_type="mcp_tool_drift",
        error_code="MCP_TOOL_DRIFT",
        message=f"The tool {tool.name} of the server {row.name} is no longer what was approved.",
        severity=Severity.HIGH,
        context={
            "server_id": row.pk, "server": row.name, "tool_id": tool.pk, "tool": tool.name,
            "version": tool.version, "approved_version": tool.approved_version,
            "risk_level": str(tool.risk_level),
        },
    )  # fmt: skip
    reporting.report(trouble, tenant=row.tenant, now=now)


@transaction.atomic
def _take_turn(row: McpServer, *, by: Actor, now: datetime) -> None:
    locked = McpServer.objects.select_for_update(of=("self",)).get(pk=row.pk)
    check_connects(by)
    check_is_in_use(locked)
    check_pause(locked.asked_at, least=ASK_EVERY, now=now, told="It was asked")
    locked.asked_at = now
    locked.save(update_fields=["asked_at"])
