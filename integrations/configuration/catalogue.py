"""Importing MCP servers that a registry publishes: what would be registered, and registering it,
as a configuration of nothing but these servers is imported."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from integrations.configuration import importing, mcp_servers
from integrations.configuration.importing import Plan
from integrations.domain.configuration import FORMAT, VERSION, Outcome, Result
from integrations.domain.mcp_catalogue import Offer, offers
from m25console.access import Actor
from m25console.refusals import InvalidInput


def look(document: Any, *, by: Actor, now: datetime) -> Plan:
    """What an import would do; nothing stays. What cannot be registered is refused with its
    reason. Raises NotPermitted or InvalidInput."""
    offered = _offered(document)
    plan = importing.look(_configuration(offered), by=by, now=now)
    return _with_refused(plan, offered)


def apply(document: Any, *, digest: str, by: Actor, now: datetime) -> Plan:
    """Register what `look` showed under this digest. Raises NotPermitted, InvalidInput or Moved."""
    offered = _offered(document)
    plan = importing.apply(_configuration(offered), digest=digest, by=by, now=now)
    return _with_refused(plan, offered)


def _offered(document: Any) -> Sequence[Offer]:
    found = offers(document)
    if not found:
        raise InvalidInput("This is no server.json, and no list of servers from a registry.")
    return found


def _configuration(offered: Sequence[Offer]) -> dict[str, Any]:
    servers = [one.server for one in offered if one.server is not None]
    return {"format": FORMAT, "version": VERSION, mcp_servers.KIND.noun: servers}


def _with_refused(plan: Plan, offered: Sequence[Offer]) -> Plan:
    refused = [
        Result(mcp_servers.KIND.noun, one.name, Outcome.REFUSED, reason=one.wrong)
        for one in offered
        if one.server is None
    ]
    return replace(plan, results=[*plan.results, *refused])
