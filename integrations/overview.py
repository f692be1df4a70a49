"""Sums of what a tenant used."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from integrations.domain.states import Provider
from integrations.models import Integration, UsageRecord, UsageRepricing
from integrations.models.usage import SUMS
from m25console.models import Tenant


def summary(
    tenant: Tenant, *, integration_id: str | None, first: date, last: date
) -> dict[str, Any]:
    """The sums from `first` to `last`, both included, in UTC, at what the calls are known to cost
    by now: two queries for an integration, four for all, which are then told one by one too."""
    begins = datetime.combine(first, time(0), tzinfo=UTC)
    ends = datetime.combine(last + timedelta(days=1), time(0), tzinfo=UTC)
    rows = UsageRecord.objects.for_tenant(tenant).filter(
        created_at__gte=begins, created_at__lt=ends
    )
    rows = rows.filter(integration_id=integration_id) if integration_id else rows
    changes = changes_of(tenant, integration_id=integration_id, begins=begins, ends=ends)
    return {
        **told(rows.aggregate(**SUMS), changes.values()),
        "start": first,
        "end": last,
        "by_integration": None if integration_id else _by_integration(tenant, rows, changes),
    }


def told(sums: Mapping[str, Any], changes: Iterable[Mapping[str, int]] = ()) -> dict[str, Any]:
    """Sums of calls by the names that those of a day have, once they were repriced."""
    latency, changed = sums["avg_latency_ms"], list(changes)
    return {
        **sums,
        "total_cost_cents": sums["total_cost_cents"] + sum(one["cents"] for one in changed),
        "unpriced_count": sums["unpriced_count"] - sum(one["priced"] for one in changed),
        "avg_latency_ms": None if latency is None else round(latency),
    }


def changes_of(
    tenant: Tenant, *, integration_id: str | None, begins: datetime, ends: datetime
) -> dict[str, dict[str, int]]:
    """By integration by how many `cents` repricing changed the cost of the calls of a span, and
    how many it `priced` that had no price: one query."""
    rows = UsageRepricing.objects.filter(
        tenant=tenant, happened_at__gte=begins, happened_at__lt=ends
    )
    rows = rows.filter(usage__integration_id=integration_id) if integration_id else rows
    sums = rows.values_list("usage__integration_id").annotate(
        cents=Sum(F("new_cents") - F("old_cents")), priced=Count("id", filter=Q(old_version=""))
    )
    return {pk: {"cents": cents, "priced": priced} for pk, cents, priced in sums}


def _by_integration(
    tenant: Tenant, rows: QuerySet[UsageRecord], changes: Mapping[str, Mapping[str, int]]
) -> list[dict[str, Any]]:
    found = list(
        rows.order_by().values("integration_id").annotate(**SUMS).order_by("integration_id")
    )
    mine = Integration.objects.filter(
        tenant=tenant, pk__in=[one["integration_id"] for one in found]
    )
    known = {pk: names for pk, *names in mine.values_list("pk", "name", "provider_type")}
    lines = []
    for one in found:
        pk = one["integration_id"]
        sums = told(one, [changes[pk]] if pk in changes else [])
        name, provider = known.get(pk, ("Unknown", Provider.CUSTOM))
        tokens = sums["total_tokens_in"] + sums["total_tokens_out"]
        lines.append(sums | {"name": name, "provider_type": provider, "total_tokens": tokens})
    return lines
