"""How a tenant's data sources and connectors are, counted."""

from collections import Counter
from typing import Any

from django.db.models import Count, Sum

from integrations.domain.connectors import ConnectorStatus, ConnectorType
from integrations.domain.sources import SourceStatus, SourceType
from integrations.models import Connector, DataSource
from m25console.access import Actor
from m25console.models import Tenant


def source_stats(actor: Actor) -> dict[str, Any]:
    """How many the actor may see, by state and by type, and how often they were reached: one
    query."""
    groups = (
        DataSource.objects.open_to(actor)
        .order_by()
        .values("status", "source_type")
        .annotate(count=Count("pk"), good=Sum("connection_count"), bad=Sum("error_count"))
    )
    by_status, by_type, totals = Counter[str](), Counter[str](), Counter[str]()
    for one in groups:
        by_status[one["status"]] += one["count"]
        by_type[one["source_type"]] += one["count"]
        totals.update(good=one["good"], bad=one["bad"])
    return {
        "total_sources": by_status.total(),
        **{f"{one}_sources": by_status[one] for one in SourceStatus},
        "sources_by_type": {one.value: by_type[one] for one in SourceType if by_type[one]},
        "total_connections": totals["good"],
        "total_errors": totals["bad"],
    }


def connector_stats(tenant: Tenant) -> dict[str, Any]:
    """How many connectors there are in each state and of each type, and what they came to: one
    query."""
    rows = (
        Connector.objects.for_tenant(tenant)
        .order_by()
        .values("status", "connector_type")
        .annotate(n=Count("id"), connections=Sum("connection_count"), errors=Sum("error_count"))
    )
    told: dict[str, Any] = {
        "total": 0,
        "by_status": dict.fromkeys(ConnectorStatus, 0),
        "by_type": dict.fromkeys(ConnectorType, 0),
        "total_connections": 0,
        "total_errors": 0,
    }
    for one in rows:
        told["total"] += one["n"]
        told["by_status"][ConnectorStatus(one["status"])] += one["n"]
        told["by_type"][ConnectorType(one["connector_type"])] += one["n"]
        told["total_connections"] += one["connections"]
        told["total_errors"] += one["errors"]
    return told
