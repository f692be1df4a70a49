"""How agents' decisions went, hour by hour, as charts and tables."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from loops.domain.kpi import HOUR, Reading, hour_of, share_words
from loops.domain.routing import KPI_WINDOW
from loops.models import AgentTraffic
from loops.presenters.bars import Bars, bars_of
from m25console.models import Tenant

DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Hour:
    """One hour of an agent; without decisions there is no share."""

    at: datetime
    decisions: int = 0
    successes: int = 0
    is_after: bool = False  # the change whose chart this is was made before this hour began

    @property
    def share(self) -> float | None:
        return self.successes / self.decisions if self.decisions else None

    @property
    def words(self) -> str:
        return "" if self.share is None else share_words(self.share)


def hours_of(
    agent_pks: Sequence[int], *, tenant: Tenant, since: datetime, until: datetime
) -> dict[int, list[Hour]]:
    """Every hour that began within the period, by agent, the oldest first; one query."""
    found: dict[tuple[int, datetime], AgentTraffic] = {
        (one.agent_id, one.hour): one
        for one in AgentTraffic.objects.filter(
            tenant=tenant, agent__in=agent_pks, hour__gt=since, hour__lte=until
        )
    }
    begins: list[datetime] = []
    moment = hour_of(since) + HOUR
    while moment <= until:
        begins.append(moment)
        moment += HOUR
    hours: dict[int, list[Hour]] = defaultdict(list)
    for agent in agent_pks:
        for begin in begins:
            row = found.get((agent, begin))
            hours[agent].append(Hour(begin, row.decisions, row.successes) if row else Hour(begin))
    return hours


def reading_of(hours: Sequence[Hour], *, now: datetime) -> Reading:
    """How the decisions of the last day went."""
    lately = [one for one in hours if now - KPI_WINDOW < one.at <= now]
    return Reading(
        decisions=sum(one.decisions for one in lately),
        successes=sum(one.successes for one in lately),
    )


def chart_of(
    hours: Sequence[Hour],
    *,
    height: int,
    levels: Mapping[str, float | None] | None = None,
    mark: int | None = None,
) -> Bars:
    """The success share of every hour."""
    return bars_of(
        [one.share for one in hours], label=_label(hours), height=height, levels=levels, mark=mark
    )


def _label(hours: Sequence[Hour]) -> str:
    shares = [one.share for one in hours if one.share is not None]
    if not shares:
        return f"No decisions were reported for these {len(hours)} hours"
    lowest, highest = share_words(min(shares)), share_words(max(shares))
    told = f"between {lowest} and {highest}" if lowest != highest else lowest
    return f"Success share per hour, {told}; {len(shares)} of {len(hours)} hours were reported"
