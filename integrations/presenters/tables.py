"""Every table of the integrations that can be taken away as a file, by its name."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from integrations.models import Integration
from integrations.presenters import accesses, connectors, decisions, health
from m25console import exports
from m25console.access import Actor
from m25console.exports import Column, Maker, Query, Table, field
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


def _integration(actor: Actor, query: Query) -> Integration:
    row = Integration.objects.for_tenant(actor.tenant).filter(pk=query.get("of", "")).first()
    if row is None:
        raise NotFound("There is no such integration.")
    return row


TABLES: Final[Mapping[str, Maker]] = {
    "health-checks": _checks,
    "connectors": connectors.table,
    "decisions": decisions.table,
    accesses.NAME: accesses.table,
}
