"""Which questions have waited how long, with clocks that rest in their tenants' quiet hours.

Critical questions are never quiet: their clocks run on.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from loops.domain.quiet import QuietHours, began_by, is_quiet
from loops.domain.states import CheckpointPriority
from loops.models import CheckpointConfig


@dataclass(frozen=True)
class Clock:
    """Tenants whose clocks agree; `tenants` selects their rows."""

    tenants: Q
    quiet: QuietHours | None

    def waited(self, now: datetime, *, patience: Callable[..., timedelta | None]) -> Q:
        """Those of their questions that have waited longer than `patience` of their priority."""
        found = Q(pk__in=[])
        for priority in CheckpointPriority:
            longest = patience(priority=priority)
            if longest is not None:
                rests = None if priority is CheckpointPriority.CRITICAL else self.quiet
                since = began_by(now, patience=longest, quiet=rests)
                found |= Q(priority=priority, created_at__lt=since)
        return self.tenants & found


def clocks() -> Iterator[Clock]:
    """Every tenant's clock: one for all without quiet hours, and one for each with some."""
    own = quiet_hours()
    yield Clock(~Q(tenant__in=list(own)) if own else Q(), None)
    for tenant_id, quiet in own.items():
        yield Clock(Q(tenant=tenant_id), quiet)


def quiet_tenants(now: datetime, *, after: timedelta = timedelta(0)) -> list[str]:
    """Tenants in their quiet hours, or not longer than `after` past them."""
    return [
        tenant_id
        for tenant_id, quiet in quiet_hours().items()
        if is_quiet(now, quiet=quiet) or is_quiet(now - after, quiet=quiet)
    ]


def quiet_hours() -> dict[str, QuietHours]:
    """The quiet hours of the tenants that have some."""
    rows = CheckpointConfig.objects.filter(quiet_hours__isnull=False).order_by("pk")
    return {row.pk: QuietHours.of(row.quiet_hours) for row in rows if row.quiet_hours}
