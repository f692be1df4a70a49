"""A sender of the sample, in a process of its own: it knows the console by its HTTP API only.

Run as `python -m loops.sample.client URL [PER_SECOND]` with the token in M25_TOKEN.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

SAMPLE: Final = Path(__file__).parent / "agent_failures.jsonl"
BATCH: Final = 20  # every second stretch of this length is sent as one batch
TRIES: Final = 10
TIMEOUT_SECONDS: Final = 30.0


def sample() -> list[dict[str, Any]]:
    """The sample's incidents, in the order they are sent."""
    return [json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines()]


def requests(incidents: list[dict[str, Any]]) -> Iterator[tuple[str, Any, int]]:
    """Route, body and number of incidents of each request: singles and batches by turns."""
    for start in range(0, len(incidents), BATCH):
        stretch = incidents[start : start + BATCH]
        if start // BATCH % 2:
            yield "incidents/batch", {"incidents": stretch}, len(stretch)
        else:
            for incident in stretch:
                yield "incidents", incident, 1


def send(url: str, route: str, body: Any, *, token: str) -> None:
    """Post until the console has answered; a repeat is recognised by its external id."""
    request = urllib.request.Request(  # noqa: S310 - the caller's own console
        f"{url}/api/v1/{route}",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    for attempt in range(TRIES):
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                answer.read()
                return
        except urllib.error.HTTPError as error:
            if error.code not in (429, 503) or attempt == TRIES - 1:
                raise
            time.sleep(float(error.headers.get("Retry-After") or 1))
        except urllib.error.URLError:
            if attempt == TRIES - 1:
                raise
            time.sleep(1)


def main(url: str, per_second: float = 0.0) -> None:
    """Send the whole sample; `per_second` incidents at most, without a limit if 0."""
    token = os.environ["M25_TOKEN"]
    for route, body, number in requests(sample()):
        send(url, route, body, token=token)
        if per_second:
            time.sleep(number / per_second)


if __name__ == "__main__":
    main(sys.argv[1], *map(float, sys.argv[2:3]))
