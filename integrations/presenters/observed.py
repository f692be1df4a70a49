"""What limits would have stopped, had they not only observed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from integrations.actions import tallies
from m25console.models import Tenant

OBSERVED_DAYS: Final = 30


@dataclass(frozen=True)
class Observed:
    """What limits that only observe would have stopped: calls, cents as their callers thought,
    and the day of the first (UTC)."""

    calls: int
    cents: int
    since: date


def observed_by(
    tenant: Tenant, *, now: datetime, integration_id: str = ""
) -> Mapping[str, Observed]:
    """By integration what its limits would have stopped in the last thirty days: one query."""
    since = now.astimezone(UTC).date() - timedelta(days=OBSERVED_DAYS)
    found = tallies.observed(tenant, since=since)
    if integration_id:
        found = found.filter(integration_id=integration_id)
    return {
        one["integration_id"]: Observed(one["calls"], one["cents"], one["first"]) for one in found
    }
