"""How the work is spread over people. For admins, to share it out: listed by name, never ranked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, Q

from loops.domain.figures import Series
from loops.models import HumanCheckpoint
from loops.presenters.dashboards.reading import Counts
from m25console.models import Tenant, User

SERIES: Final = (Series.DECIDED_BY,)
SHOWN: Final = 500


@dataclass(frozen=True)
class LoadRow:
    """What one person holds now, and how much they decided in the period."""

    name: str
    claims: int
    decided: int


def load_of(tenant: Tenant, counts: Counts, *, now: datetime) -> list[LoadRow]:
    """Everyone who decided or holds something, by name; two queries."""
    decided = {int(one): counts.total(Series.DECIDED_BY, one) for one in counts.labels(SERIES[0])}
    held = (
        HumanCheckpoint.objects.for_tenant(tenant)
        .pending()
        .filter(claimed_by__isnull=False, claimed_until__gt=now)
        .order_by()
        .values_list("claimed_by")
        .annotate(Count("pk"))
    )
    claims = dict(held)
    wanted = Q(pk__in=[*decided, *claims]) | Q(memberships__tenant=tenant)
    people = User.objects.filter(wanted).distinct().order_by("username")
    return [
        LoadRow(str(one), claims.get(one.pk, 0), decided.get(one.pk, 0)) for one in people[:SHOWN]
    ]
