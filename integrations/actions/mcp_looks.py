"""Looks at MCP servers: who makes one, and keeping what a server said: how it is, what it lists."""

import random
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from integrations.actions import looks, mcp_audit
from integrations.actions.looks import Looked
from integrations.actions.mcp_sorting import Sorted, sort_out
from integrations.domain.mcp_audit import Event
from integrations.domain.mcp_servers import (
    CHECK_EVERY,
    DISCOVER_EVERY,
    McpLookKind,
    McpServerStatus,
    status_after_check,
)
from integrations.domain.mcp_states import AuditType
from integrations.mcp.answers import Greeting, Listing, McpFault
from integrations.models import McpChain, McpLook, McpServer, McpTool, McpToolVersion
from m25console import audit
from m25console.errands import Call

LEASE: Final = timedelta(minutes=2)  # for one look; the server itself has 30 seconds
JITTER: Final = 0.2  # of the interval, so that looks spread
MAX_VERSION: Final = 16  # characters of a protocol version
_CHANGED: Final = (
    "description", "input_schema", "output_schema", "annotations", "risk_level", "enabled", "state",
    "version", "fingerprint", "vanished_at", "changed_at", "updated_at",
)  # fmt: skip


def begin(call: Call, *, now: datetime) -> Looked[McpServer] | None:
    """Leave to look, as `looks.begin` gives it."""
    return looks.begin(McpServer.objects.in_use(), call, now=now, lease=LEASE)


@transaction.atomic
def keep_check(
    looked: Looked[McpServer], found: Greeting | McpFault, *, took: int, now: datetime
) -> McpServer | None:
    """Store how a server is, which it told in so many milliseconds. None if it was taken away, or
    is no longer what was asked."""
    chain = mcp_audit.held(looked.row.tenant)
    row = _locked(looked)
    if row is None:
        return None
    before, fault = McpServerStatus(row.status), found if isinstance(found, McpFault) else None
    row.health_check_failures = row.health_check_failures + 1 if fault else 0
    row.status = status_after_check(is_healthy=not fault, failures=row.health_check_failures)
    row.last_error, row.last_health_check_at = str(fault or ""), now
    _looked_at(row, before, now=now)
    if before is McpServerStatus.ERROR and not fault:
        # It answers again, so its tools may be asked for.
        row.next_check_at = row.next_discovery_at = now
    if isinstance(found, Greeting):
        row.protocol_version = found.protocol_version[:MAX_VERSION]
    row.save()
    _written(row, looked, McpLookKind.HEALTH, fault, took=took, now=now)
    _tell_move(row, before, looked, chain=chain, now=now)
    return row


@transaction.atomic
def keep_failure(
    looked: Looked[McpServer], fault: McpFault, *, took: int, now: datetime
) -> McpServer | None:
    """Store that a server could not be asked for its tools: what was known of them stays."""
    chain = mcp_audit.held(looked.row.tenant)
    row = _locked(looked)
    if row is None:
        return None
    before = McpServerStatus(row.status)
    row.status, row.last_error = McpServerStatus.ERROR, str(fault)
    _looked_at(row, before, now=now)
    row.next_discovery_at = _next(now, DISCOVER_EVERY)
    row.save()
    _written(row, looked, McpLookKind.DISCOVERY, fault, took=took, now=now)
    _tell_move(row, before, looked, chain=chain, now=now)
    return row


@transaction.atomic
def keep_listing(
    looked: Looked[McpServer], listing: Listing, *, took: int, now: datetime
) -> Sorted | None:
    """Store what a server lists. None if it was taken away, or is no longer what was asked."""
    chain = mcp_audit.held(looked.row.tenant)
    row = _locked(looked)
    if row is None:
        return None
    before = McpServerStatus(row.status)
    known = {one.name: one for one in row.tools.select_for_update(of=("self",))}
    found = sort_out(row, known, listing.tools, now=now)
    McpTool.objects.bulk_create(found.added)
    McpTool.objects.bulk_update(found.touched, _CHANGED, batch_size=200)
    McpToolVersion.objects.bulk_create(found.versions)
    _filled(row, listing, found, now=now)
    _looked_at(row, before, now=now)
    row.next_discovery_at = _next(now, DISCOVER_EVERY)
    if found.added or found.updated or found.removed:
        row.updated_at = now
    row.save()
    _written(row, looked, McpLookKind.DISCOVERY, None, took=took, now=now)
    _tell_move(row, before, looked, chain=chain, now=now)
    _tell_tools(row, found, looked, chain=chain, now=now)
    return found


def _filled(row: McpServer, listing: Listing, found: Sorted, *, now: datetime) -> None:
    greeting = listing.greeting
    row.status, row.last_error, row.health_check_failures = McpServerStatus.ACTIVE, "", 0
    row.protocol_version = greeting.protocol_version[:MAX_VERSION]
    row.capabilities = [one[:64] for one in greeting.capabilities]
    row.tool_count, row.resource_count = found.found, listing.resource_count
    row.last_discovery_at = row.last_health_check_at = now
    if found.left_out:
        row.last_error = f"{found.left_out} of its tools have names that cannot be kept."


def _locked(looked: Looked[McpServer]) -> McpServer | None:
    """The server as it is now, unless it is another by now than the one that was asked, or
    somebody else looks by now."""
    row = McpServer.objects.select_for_update(of=("self",)).get(pk=looked.row.pk)
    if not looked.may_speak(row):
        return None
    asked = (looked.row.auth_type, looked.row.credential_ref)
    if row.status == McpServerStatus.DISABLED or (row.auth_type, row.credential_ref) != asked:
        return None
    return row


def _looked_at(row: McpServer, before: McpServerStatus, *, now: datetime) -> None:
    """Whatever was found, it is looked at again in a while, and by nobody until then."""
    looks.ended(row, again=_next(now, CHECK_EVERY))
    if row.status != before:
        row.updated_at = now


def _written(
    row: McpServer, looked: Looked[McpServer], kind: McpLookKind, fault: McpFault | None,
    *, took: int, now: datetime,
) -> None:  # fmt: skip
    McpLook.objects.create(
        tenant_id=row.tenant_id, server=row, at=now, kind=kind, is_healthy=fault is None,
        error=fault.code if fault else "", message=str(fault or ""), latency_ms=took,
        by_person=looked.by is not None,
    )  # fmt: skip


def _tell_move(
    row: McpServer,
    before: McpServerStatus,
    looked: Looked[McpServer],
    *,
    chain: McpChain,
    now: datetime,
) -> None:
    if before == row.status:
        return
    by = looked.actor
    audit.record(
        by=by, action=f"mcp_server.{row.status}", about=row, before={"status": before},
        after={"status": str(row.status)}, note=row.last_error, now=now,
    )  # fmt: skip
    told = {"before": str(before), "after": str(row.status)}
    event = mcp_audit.about_server(row, AuditType.SERVER_HEALTH_CHANGED, by=by, told=told)
    mcp_audit.append([event], chain=chain, now=now)


def _tell_tools(
    row: McpServer, found: Sorted, looked: Looked[McpServer], *, chain: McpChain, now: datetime
) -> None:
    """One entry for the listing, if it changed anything, and one for each tool that drifted."""
    by = looked.actor
    names = {
        word: [one.name for one in tools]
        for word, tools in (("added", found.added), ("changed", found.updated),
                            ("removed", found.removed))
        if tools
    }  # fmt: skip
    events: list[Event] = []
    if names:
        audit.record(by=by, action="mcp_server.discovered", about=row, after=names, now=now)
        told = {"listed": names}
        events.append(mcp_audit.about_server(row, AuditType.POLICY_UPDATED, by=by, told=told))
    for tool in found.drifted:
        after = {"state": str(tool.state), "version": tool.version, "tool": tool.name}
        audit.record(by=by, action="mcp_tool.drifted", about=tool, after=after, now=now)
        drifted = {"drifted": tool.version, "fingerprint": tool.fingerprint}
        events.append(mcp_audit.about_tool(tool, by=by, told=drifted, decision="deny"))
    if events:
        mcp_audit.append(events, chain=chain, now=now)


def _next(now: datetime, interval: timedelta) -> datetime:
    spread = random.uniform(1 - JITTER, 1)  # noqa: S311 - spreads load, guards nothing
    return now + interval * spread
