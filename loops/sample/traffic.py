"""How the sample's agents did before: made-up decisions of every hour, the same for each that
tells them, and more of them by day than by night."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

BACK: Final = timedelta(days=3)
HOURS: Final = 3  # in one report, so that a report sent again is the same
AGENTS: Final = 8  # those of the most incidents
ROW: Final = timedelta(hours=1)


def reports(incidents: Sequence[Mapping[str, Any]], *, now: datetime) -> Iterator[dict[str, Any]]:
    """Bodies of reports about whole stretches of hours up to `now`, the oldest first."""
    stretch = ROW * HOURS
    agents = _busiest(incidents)
    begin = _whole(now) - BACK
    while begin + stretch <= now:
        rows = [_row(agent, begin + ROW * number) for agent in agents for number in range(HOURS)]
        yield {"report_id": f"sample {begin:%Y-%m-%dT%H}", "agents": rows}
        begin += stretch


def _whole(now: datetime) -> datetime:
    """The beginning of the stretch that runs."""
    utc = now.astimezone(UTC)
    return utc.replace(hour=utc.hour - utc.hour % HOURS, minute=0, second=0, microsecond=0)


def _busiest(incidents: Sequence[Mapping[str, Any]]) -> list[tuple[str, str | None]]:
    met: dict[str, int] = {}
    for one in incidents:
        met[one["agent_id"]] = met.get(one["agent_id"], 0) + 1
    known = {one["agent_id"]: one.get("agent_capability") for one in incidents}
    return [(name, known[name]) for name in sorted(met, key=lambda name: (-met[name], name))][
        :AGENTS
    ]


def _row(agent: tuple[str, str | None], hour: datetime) -> dict[str, Any]:
    name, capability = agent
    drawn = random.Random(f"{name} {hour:%Y-%m-%dT%H}")  # noqa: S311 - nothing to guess
    busy = 60 if 7 <= hour.hour < 19 else 15
    decisions = busy + drawn.randrange(busy)
    successes = decisions - sum(drawn.random() < 0.08 for _ in range(decisions))
    told = {"agent_id": name, "hour": hour.isoformat(), "decisions": decisions}
    return told | {"successes": successes} | ({"capability": capability} if capability else {})
