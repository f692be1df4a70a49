"""A client in a process of its own: `python -m bench.senders ORDER`, with the token in M25_TOKEN.

It makes its incidents, says "ready", waits for a line, sends, and tells in JSON how it went.
"""

import http.client
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import batched
from typing import Final

from bench.workload import KINDS, failures, occurrences

CONNECTIONS: Final = 4


@dataclass(frozen=True)
class Order:
    """What to send where: `batch` incidents in a request, or each in one of its own if 1.

    With `asks` each is a question to the policies instead, about failures known by their
    "message" or their "fields".
    """

    host: str
    port: int
    count: int
    batch: int
    patterns: int
    seed: int
    asks: str = ""

    def as_text(self) -> str:
        return json.dumps(asdict(self))


def bodies(order: Order) -> Iterator[bytes]:
    """The requests' bodies."""
    known = failures(order.patterns, error_types=KINDS)
    if order.asks:
        known = [one for one in known if bool(one.form) is (order.asks == "message")]
    incidents = occurrences(known, count=order.count, seed=order.seed)
    if order.batch == 1:
        yield from (json.dumps(incident).encode() for incident in incidents)
    else:
        for some in batched(incidents, order.batch):
            yield json.dumps({"incidents": some}).encode()


def send(order: Order, share: Sequence[bytes]) -> int:
    """Post each body over one connection that is kept open; how many were not taken."""
    route = "/api/v1/incidents" if order.batch == 1 else "/api/v1/incidents/batch"
    route = "/api/v1/evaluate" if order.asks else route
    headers = {
        "Authorization": f"Bearer {os.environ['M25_TOKEN']}",
        "Content-Type": "application/json",
    }
    connection = http.client.HTTPConnection(order.host, order.port, timeout=60)
    refused = 0
    for body in share:
        connection.request("POST", route, body, headers)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        wanted = 202 if order.batch == 1 and not order.asks else 200
        refused += answer.status != wanted or told.get("rejected", 0) > 0
    connection.close()
    return refused


def main() -> None:
    order = Order(**json.loads(sys.argv[1]))
    made = list(bodies(order))
    shares = [made[start::CONNECTIONS] for start in range(CONNECTIONS)]
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.monotonic()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        refused = sum(pool.map(lambda share: send(order, share), shares))
    print(json.dumps({"seconds": time.monotonic() - began, "refused": refused}), flush=True)


if __name__ == "__main__":
    main()
