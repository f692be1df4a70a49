"""What stacked changes of an agent's weight come to on the days ahead, and who gets its traffic.

Every change fades in a straight line, so each day's figure is computed, not simulated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from loops.domain.routing import FLOOR, PLACES, effective_magnitude, effective_weight

HORIZON_DAYS: Final = 14
FAINT: Final = Decimal("0.10")  # of its magnitude: below that, a change hardly tells
DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Change:
    """One change of weight, made or proposed; without an expiry it does not fade."""

    magnitude: Decimal
    created_at: datetime
    expires_at: datetime | None
    adjustment_id: str = ""  # empty: only proposed
    capability: str | None = None

    def at(self, moment: datetime) -> Decimal:
        """What is left of it; nothing before it is made."""
        return effective_magnitude(
            magnitude=self.magnitude,
            is_active=moment >= self.created_at,
            created_at=self.created_at,
            expires_at=self.expires_at,
            now=moment,
        )

    @property
    def faint_at(self) -> datetime | None:
        """When it falls below a tenth of its magnitude; None if it never does."""
        if self.expires_at is None:
            return None
        return self.expires_at - (self.expires_at - self.created_at) * float(FAINT)


@dataclass(frozen=True)
class ForecastDay:
    """What the changes come to at one moment: their sum, and the weight the agent keeps."""

    at: datetime
    parts: Sequence[Decimal]
    total: Decimal  # never beyond the floor
    weight: Decimal
    is_floored: bool  # the sum alone would pass the floor


@dataclass(frozen=True)
class Forecast:
    """The days ahead for one agent, the first of them now."""

    changes: Sequence[Change]
    days: Sequence[ForecastDay]

    @property
    def now(self) -> ForecastDay:
        return self.days[0]

    @property
    def lowest(self) -> ForecastDay:
        return min(self.days, key=lambda day: day.weight)

    @property
    def whole_again(self) -> datetime | None:
        """When the last change has ended; None without any, or if one never does."""
        ends = [change.expires_at for change in self.changes]
        known = [end for end in ends if end is not None]
        return max(known) if known and len(known) == len(ends) else None


@dataclass(frozen=True)
class Peer:
    """Another agent of the same capability: its decisions of late, and what weighs on it."""

    agent_id: str
    decisions: int
    standing: Decimal = Decimal(0)


@dataclass(frozen=True)
class Receiver:
    """Who would get some of the displaced traffic: `share` is of all that is displaced."""

    agent_id: str
    share: Decimal
    weight: Decimal
    is_penalised: bool


def forecast(changes: Sequence[Change], *, now: datetime, days: int = HORIZON_DAYS) -> Forecast:
    """What the changes come to now and on each of the next `days` days, at this hour."""
    moments = [now + DAY * number for number in range(days + 1)]
    return Forecast(tuple(changes), tuple(_day(changes, moment) for moment in moments))


def receivers(peers: Sequence[Peer]) -> list[Receiver]:
    """Where displaced traffic goes, by the peers' own traffic; the most first.

    Empty without peers, and without traffic of theirs: then nobody can say.
    """
    total = sum(peer.decisions for peer in peers)
    busy = [peer for peer in peers if peer.decisions]
    return [
        Receiver(
            agent_id=peer.agent_id,
            share=(Decimal(peer.decisions) / total).quantize(PLACES),
            weight=effective_weight([peer.standing]),
            is_penalised=peer.standing < 0,
        )
        for peer in sorted(busy, key=lambda peer: (-peer.decisions, peer.agent_id))
    ]


def _day(changes: Sequence[Change], moment: datetime) -> ForecastDay:
    parts = tuple(change.at(moment) for change in changes)
    total = sum(parts, Decimal(0))
    return ForecastDay(
        at=moment,
        parts=parts,
        total=max(FLOOR, total),
        weight=effective_weight(parts),
        is_floored=total < FLOOR,
    )
