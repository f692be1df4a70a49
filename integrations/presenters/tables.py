"""Every table of the integrations that can be taken away as a file, by its name."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from integrations.models import Integration, UsageDay, UsageRecord
from integrations.presenters import accesses, connectors, decisions, health, mcp_calls, sources
from m25console import exports
from m25console.access import Actor
from m25console.exports import Column, Maker, Query, Table, field
from m25console.keyset import Order
from m25console.refusals import NotFound

_CHECKS: Final[list[Column[Any]]] = [
    field("at"), field("state"), field("error"), field("message"), field("latency_ms"),
    field("by_person"),
]  # fmt: skip


def _checks(actor: Actor, query: Query, _now: datetime) -> Table[Any]:
    row = _integration(actor, query)
    return exports.listed(
        "health-checks", row.health_checks.all(), order=health.NEWEST, columns=_CHECKS,
        filters=query,
    )  # fmt: skip


_DAYS: Final[list[Column[Any]]] = [
    field("date"), field("integration_id"), field("total_calls"), field("total_tokens_in"),
    field("total_tokens_out"), field("total_cost_cents"), field("avg_latency_ms"),
    field("error_count"), field("blocked_count"), field("unpriced_count"),
]  # fmt: skip
_CALLS: Final[list[Column[Any]]] = [
    field("created_at"), field("call_id"), field("agent_id"), field("provider"), field("model"),
    field("tokens_in"), field("tokens_out"), field("cost_cents"), field("reported_cents"),
    field("price_version"), field("latency_ms"), field("policy_result"), field("error_code"),
]  # fmt: skip


def _usage_days(actor: Actor, query: Query, _now: datetime) -> Table[Any]:
    rows = UsageDay.objects.filter(tenant=actor.tenant)
    order = Order("id", kind=int, tie_kind=int)
    return exports.listed("usage-days", rows, order=order, columns=_DAYS, filters=query)


def _usage_calls(actor: Actor, query: Query, _now: datetime) -> Table[Any]:
    row = _integration(actor, query)
    calls = UsageRecord.objects.for_tenant(actor.tenant).filter(integration_id=row.pk)
    return exports.listed(
        "usage-calls", calls, order=Order("created_at"), columns=_CALLS, filters=query
    )


def _integration(actor: Actor, query: Query) -> Integration:
    row = Integration.objects.for_tenant(actor.tenant).filter(pk=query.get("of", "")).first()
    if row is None:
        raise NotFound("There is no such integration.")
    return row


TABLES: Final[Mapping[str, Maker]] = {
    "health-checks": _checks,
    "usage-calls": _usage_calls,
    "usage-days": _usage_days,
    "connectors": connectors.table,
    "decisions": decisions.table,
    accesses.NAME: accesses.table,
    "mcp-calls": mcp_calls.table,
    "data-sources": sources.source_table,
}
