"""Ports for the consoles that tests start: pairs, below those the system hands to anybody."""

import os
import random
import socket
from itertools import count
from typing import Final

LOWEST: Final = 20_000
RANGE: Final = 1_000  # of each process of a run, so that two never want the same pair
PROCESSES: Final = 10

_process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % PROCESSES
_steps = count(2 * random.randrange(RANGE // 2), 2)


def free_pair() -> int:
    """A port that is free, and the one above it too; another one each time."""
    while True:
        port = LOWEST + _process * RANGE + next(_steps) % RANGE
        if _is_free(port) and _is_free(port + 1):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
