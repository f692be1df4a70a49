"""How a tenant's data sources are, counted."""

from collections import Counter
from typing import Any

from django.db.models import Count, Sum

from integrations.domain.sources import SourceStatus, SourceType
from integrations.models import DataSource
from m25console.access import Actor


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
