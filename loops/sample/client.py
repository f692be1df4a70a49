"""A sender of the sample, in a process of its own: it knows the console by its HTTP API only.

Run as `python -m loops.sample.client URL [PER_SECOND]` with a sender's token in M25_TOKEN and, if
the story is to be told, those of the people who decide in M25_DECIDERS, separated by commas; the
last of them has M25_RECEIVER told of what happens, if that is an address. Its last line is what
came of the story, as JSON.
"""

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from loops.sample import traffic
from loops.sample.story import Cast, Story, cast
from loops.sample.wire import Line

SAMPLE: Final = Path(__file__).parent / "agent_failures.jsonl"
BATCH: Final = 20  # every second stretch of this length is sent as one batch

type Incident = dict[str, Any]


def sample() -> list[Incident]:
    """The sample's incidents, in the order they are sent."""
    return [json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines()]


def requests(incidents: Sequence[Incident]) -> Iterator[tuple[str, Any, int]]:
    """Route, body and number of incidents of each request: singles and batches by turns."""
    for start in range(0, len(incidents), BATCH):
        stretch = incidents[start : start + BATCH]
        if start // BATCH % 2:
            yield "/incidents/batch", {"incidents": stretch}, len(stretch)
        else:
            for incident in stretch:
                yield "/incidents", incident, 1


def set_up_channel(admin: Line, address: str) -> str:
    """Have the tenant told at this address, and send a test there; what came of it, in words."""
    wanted = {
        "kind": "webhook", "name": "Demo receiver", "address": address,
        "events": ["asked", "escalated", "lapsed", "policy_shadowed", "routing_rolled_back"],
    }  # fmt: skip
    listed = admin.get("/notification-channels")["items"]
    known = next((one["id"] for one in listed if one["name"] == wanted["name"]), "")
    if known:
        admin.send(f"/notification-channels/{known}", wanted, method="PUT")
    else:
        known = admin.send("/notification-channels", wanted)["channel"]["id"]
    came_to = admin.send(f"/notification-channels/{known}/test", {}, accepts=(429,))
    return f"{wanted['name']} {'took' if came_to.get('arrived') else 'did not take'} a test"


def main(url: str, per_second: float = 0.0) -> None:
    """Tell the story, then send the rest of the sample; `per_second` incidents at most, without a
    limit if 0."""
    sender = Line(url, token=os.environ["M25_TOKEN"])
    incidents = sample()
    for report in traffic.reports(incidents, now=datetime.now(UTC)):
        sender.send("/agents/traffic", report)
    deciders = [one for one in os.environ.get("M25_DECIDERS", "").split(",") if one]
    if deciders:
        parts: Cast = cast(incidents)
        print(json.dumps(_told(sender, url, deciders, parts)), flush=True)  # noqa: T201 - the result
        incidents = [one for one in incidents if one is not parts.prevented]
    for route, body, number in requests(incidents):
        sender.send(route, body)
        if per_second:
            time.sleep(number / per_second)


def _told(sender: Line, url: str, deciders: Sequence[str], parts: Cast) -> dict[str, str]:
    people = [Line(url, token=token) for token in deciders]
    receiver = os.environ.get("M25_RECEIVER", "")
    channel = {"channel": set_up_channel(people[-1], receiver)} if receiver else {}
    return Story(sender, people).tell(parts) | channel


if __name__ == "__main__":
    main(sys.argv[1], *map(float, sys.argv[2:3]))
