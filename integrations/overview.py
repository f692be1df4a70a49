"""Sums of what a tenant used."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Avg, Count, Q, QuerySet, Sum

from integrations.domain.connectors import ConnectorStatus, ConnectorType
from integrations.domain.states import PolicyResult, Provider
from integrations.models import Connector, Integration, UsageRecord
from m25console.models import Tenant


def summary(
    tenant: Tenant, *, integration_id: str | None, first: date, last: date
) -> dict[str, Any]:
    """The sums from `first` to `last`, both included, in UTC: one query for an integration, three
    for all, which are then told one by one too."""
    begins = datetime.combine(first, time(0), tzinfo=UTC)
    ends = datetime.combine(last + timedelta(days=1), time(0), tzinfo=UTC)
    rows = UsageRecord.objects.for_tenant(tenant).filter(
        created_at__gte=begins, created_at__lt=ends
    )
    rows = rows.filter(integration_id=integration_id) if integration_id else rows
    sums = rows.aggregate(
        total_calls=Count("id"),
        total_tokens_in=Sum("tokens_in"),
        total_tokens_out=Sum("tokens_out"),
        total_cost_cents=Sum("cost_cents"),
        latency=Avg("latency_ms"),
        error_count=Count("id", filter=Q(error_code__isnull=False)),
        blocked_count=Count("id", filter=Q(policy_result=PolicyResult.BLOCKED)),
        unpriced_count=Count("id", filter=Q(price_version="")),
    )
    latency = sums.pop("latency")
    return {
        **{name: value or 0 for name, value in sums.items()},
        "avg_latency_ms": None if latency is None else round(latency),
        "start": first,
        "end": last,
        "by_integration": None if integration_id else _by_integration(tenant, rows),
    }


def _by_integration(tenant: Tenant, rows: QuerySet[UsageRecord]) -> list[dict[str, Any]]:
    sums = (
        rows.order_by()
        .values("integration_id")
        .annotate(
            total_calls=Count("id"),
            tokens=Sum("tokens_in") + Sum("tokens_out"),
            total_cost_cents=Sum("cost_cents"),
            error_count=Count("id", filter=Q(error_code__isnull=False)),
        )
        .order_by("integration_id")
    )
    mine = Integration.objects.filter(tenant=tenant, pk__in=[one["integration_id"] for one in sums])
    known = {pk: told for pk, *told in mine.values_list("pk", "name", "provider_type")}
    return [
        {
            "integration_id": one["integration_id"],
            "name": known.get(one["integration_id"], ("Unknown",))[0],
            "provider_type": known.get(one["integration_id"], ("", Provider.CUSTOM))[1],
            "total_calls": one["total_calls"],
            "total_tokens": one["tokens"],
            "total_cost_cents": one["total_cost_cents"],
            "error_count": one["error_count"],
        }
        for one in sums
    ]


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
