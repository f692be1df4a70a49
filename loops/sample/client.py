"""A sender of the sample, in a process of its own: it knows the console by its HTTP API only.

Run as `python -m loops.sample.client URL [PER_SECOND]` with a sender's token in M25_TOKEN and, if
the story is to be told, those of the people who decide in M25_DECIDERS, separated by commas. Its
last line is what came of the story, as JSON.
"""

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

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


def main(url: str, per_second: float = 0.0) -> None:
    """Tell the story, then send the rest of the sample; `per_second` incidents at most, without a
    limit if 0."""
    sender = Line(url, token=os.environ["M25_TOKEN"])
    incidents = sample()
    deciders = [one for one in os.environ.get("M25_DECIDERS", "").split(",") if one]
    if deciders:
        parts: Cast = cast(incidents)
        people = [Line(url, token=token) for token in deciders]
        print(json.dumps(Story(sender, people).tell(parts)), flush=True)  # noqa: T201 - the result
        incidents = [one for one in incidents if one is not parts.prevented]
    for route, body, number in requests(incidents):
        sender.send(route, body)
        if per_second:
            time.sleep(number / per_second)


if __name__ == "__main__":
    main(sys.argv[1], *map(float, sys.argv[2:3]))
