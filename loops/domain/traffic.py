"""What senders report of their agents' decisions, tidied and summed by the hour."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from loops.domain.kpi import hour_of
from loops.domain.payload import PayloadFault, digest, jsonable

MAX_ROWS: Final = 1000  # in one report
MAX_DECISIONS: Final = 10**9  # of one agent in one hour
OLDEST: Final = timedelta(days=31)
CLOCK_SKEW: Final = timedelta(hours=1)  # how far ahead a sender's clock may be


@dataclass(frozen=True)
class TrafficRow:
    """How the decisions of one agent went in one hour (UTC)."""

    agent_id: str
    hour: datetime
    decisions: int
    successes: int
    capability: str | None = None


def check_rows(rows: Sequence[TrafficRow], *, now: datetime) -> None:
    """Raise PayloadFault at the first row whose figures cannot be."""
    for index, row in enumerate(rows):
        pointer = f"/agents/{index}"
        if row.successes > row.decisions:
            message = f"has {row.successes} successes of {row.decisions} decisions"
            raise PayloadFault(pointer=f"{pointer}/successes", message=message)
        if not now - OLDEST <= row.hour <= now + CLOCK_SKEW:
            message = f"must lie within the last {OLDEST.days} days"
            raise PayloadFault(pointer=f"{pointer}/hour", message=message)


def summed(rows: Iterable[TrafficRow]) -> list[TrafficRow]:
    """One row per agent and hour, by agent and time; the last capability stated is kept."""
    found: dict[tuple[str, datetime], TrafficRow] = {}
    for row in rows:
        hour = hour_of(row.hour.astimezone(UTC))
        known = found.get((row.agent_id, hour))
        found[row.agent_id, hour] = TrafficRow(
            agent_id=row.agent_id,
            hour=hour,
            decisions=row.decisions + (known.decisions if known else 0),
            successes=row.successes + (known.successes if known else 0),
            capability=row.capability or (known.capability if known else None),
        )
    return [found[key] for key in sorted(found)]


def report_hash(rows: Sequence[TrafficRow]) -> str:
    """A digest that tells a report sent again from another one under its name."""
    return digest(jsonable(list(rows), path="rows"))
