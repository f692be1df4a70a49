"""The chain of what was asked of MCP tools: MCP_AUDIT_V1 of integrations 1.0.0.

Every event names all its fields in one digest together with the digest before it, one chain for
each tenant. Whoever changes, removes or inserts a line breaks the chain at that place.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from integrations.domain.mcp_states import AuditType

VERSION: Final = "MCP_AUDIT_V1"
START: Final = "0" * 64  # what stands before the first event


@dataclass(frozen=True)
class Event:
    """One thing that happened; `metadata` is canonical JSON without secrets."""

    type: AuditType
    server_id: str = ""
    tool_id: str = ""
    tool_name: str = ""
    invocation_id: str = ""
    run_id: str = ""
    actor: str = ""
    decision: str = ""  # allow, deny or require_approval
    policy_id: str = ""
    deny_reason: str = ""
    input_hash: str = ""
    output_hash: str = ""
    duration_ms: int | None = None
    error: str = ""
    trace_id: str = ""
    metadata: str = "{}"


@dataclass(frozen=True)
class Link:
    """An event in its place in the chain."""

    event: Event
    tenant_id: str
    number: int  # 1 for the tenant's first
    event_id: str
    at: datetime
    previous_hash: str
    integrity_hash: str = ""


@dataclass(frozen=True)
class Broken:
    """The first place where a chain does not hold, and why."""

    number: int
    event_id: str
    reason: str


def canonical(value: Any) -> str:
    """JSON with sorted keys, in which equal values give equal texts; what JSON cannot hold is
    told as text."""
    return json.dumps(value, sort_keys=True, default=str)


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON, 64 hex digits."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def sealed(link: Link) -> str:
    """The digest over every field of the event, its place and the digest before it."""
    fields: Mapping[str, Any] = asdict(link.event) | {
        "version": VERSION,
        "tenant_id": link.tenant_id,
        "number": link.number,
        "event_id": link.event_id,
        "at": link.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "previous_hash": link.previous_hash,
    }
    return digest(fields)


def first_broken(links: Iterable[Link], *, after: int = 0, previous: str = START) -> Broken | None:
    """Where the links, which follow number `after` with the digest `previous`, stop holding."""
    for expected, link in enumerate(links, start=after + 1):
        if link.number != expected:
            return Broken(expected, link.event_id, "An event is missing here.")
        if link.previous_hash != previous:
            return Broken(link.number, link.event_id, "It does not follow the event before it.")
        if link.integrity_hash != sealed(link):
            return Broken(
                link.number, link.event_id, "Its fields are not those it was sealed with."
            )
        previous = link.integrity_hash
    return None
