"""Writing a tenant's chain of what was asked of MCP tools, one event after the other."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

import structlog
from django.db import transaction

from integrations.domain.mcp_audit import Event, Link, canonical, sealed
from integrations.domain.mcp_states import AuditType
from integrations.models import McpAuditEvent, McpChain, McpServer, McpTool
from m25console.access import Actor
from m25console.models import Tenant

TOPIC: Final = "mcp.audit."  # and the type, where the log tells of an event
log = structlog.get_logger(__name__)


def held(tenant: Tenant) -> McpChain:
    """The end of the tenant's chain, locked until the transaction ends; before any server, tool or
    approval is, so that nobody waits for whom waits for them."""
    chain = _locked(tenant)
    if chain is None:
        McpChain.objects.bulk_create([McpChain(tenant=tenant)], ignore_conflicts=True)
        chain = _locked(tenant)
    assert chain is not None
    return chain


def append(events: Sequence[Event], *, chain: McpChain, now: datetime) -> None:
    """Add these to the chain that is held. Each is told to the log with its seal as well, so that
    a chain that is written anew differs from what was logged."""
    rows = []
    for event in events:
        row = _row(event, chain, now)
        chain.number, chain.last_hash = row.number, row.integrity_hash
        rows.append(row)
    McpAuditEvent.objects.bulk_create(rows)
    chain.save(update_fields=["number", "last_hash"])
    transaction.on_commit(lambda: _published(rows), robust=True)


def about_server(
    row: McpServer, kind: AuditType, *, by: Actor, told: Mapping[str, Any]
) -> Event:  # fmt: skip
    """What happened to a server; `told` has no secrets."""
    return Event(kind, server_id=row.pk, actor=by.label[:254], metadata=canonical(told))


def about_tool(
    row: McpTool, *, by: Actor, told: Mapping[str, Any], decision: str = ""
) -> Event:  # fmt: skip
    """A rule about a tool that somebody or a listing has changed."""
    return Event(
        AuditType.POLICY_UPDATED, server_id=row.server_id, tool_id=row.pk, tool_name=row.name,
        actor=by.label[:254], decision=decision, metadata=canonical(told),
    )  # fmt: skip


def _row(event: Event, chain: McpChain, now: datetime) -> McpAuditEvent:
    number = chain.number + 1
    link = Link(
        event=event, tenant_id=chain.tenant_id, number=number, at=now,
        event_id=f"mcp-audit-{uuid4().hex[:12]}-{number}", previous_hash=chain.last_hash,
    )  # fmt: skip
    fields: dict[str, Any] = {name: getattr(event, name) for name in Event.__dataclass_fields__}
    return McpAuditEvent(
        tenant_id=link.tenant_id, number=number, event_id=link.event_id, at=now,
        previous_hash=link.previous_hash, integrity_hash=sealed(link), **fields,
    )  # fmt: skip


def _locked(tenant: Tenant) -> McpChain | None:
    return McpChain.objects.select_for_update(of=("self",)).filter(pk=tenant.pk).first()


def _published(rows: Sequence[McpAuditEvent]) -> None:
    for row in rows:
        log.info(
            f"{TOPIC}{row.type}", tenant=row.tenant_id, event_id=row.event_id,
            number=row.number, seal=row.integrity_hash,
        )  # fmt: skip
