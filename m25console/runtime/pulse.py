"""Whether the worker does its work, judged by the heartbeats it leaves in the database.

A Celery worker can outlive its broker's restart and never take a message again; no process id and
no ping tells. The relay sends a message every few seconds, and whoever works it notes the moment.
"""

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import psycopg

WORKER: Final = "worker"
RELAY: Final = "relay"
SILENT_SECONDS: Final = 45.0  # longer than the slowest start
TURN_SECONDS: Final = 10.0  # for every worker that shares the relay's messages
RELAY_SILENT_SECONDS: Final = 15.0  # then nobody can tell why the worker is silent
LOOK_SECONDS: Final = 3.0
LIMIT_SECONDS: Final = 3
BEATS: Final = """
SELECT role, name, beat_at FROM heartbeats
WHERE beat_at > (SELECT max(beat_at) FROM heartbeats) - interval '60 seconds'
"""


def name_of(role: str, *, leader: int) -> str:
    """The name under which the process `leader` on this machine, or its children, show life."""
    return f"{role}:{socket.gethostname()}:{leader}"


@dataclass(frozen=True)
class Beats:
    """The latest heartbeats: of the worker in question, of any relay; how many workers beat."""

    worker: datetime | None = None
    relay: datetime | None = None
    workers: int = 0


class Silence:
    """How long a worker has been silent although the relay spoke to it.

    Only changes are looked at, so no two clocks are compared.
    """

    def __init__(self, *, patience_seconds: float = SILENT_SECONDS) -> None:
        self._patience = patience_seconds
        self._seen = Beats()
        self._leader = 0
        self._since = 0.0
        self._relay_moved = 0.0

    def is_too_long(self, beats: Beats, *, leader: int, now: float) -> bool:
        """Whether the worker led by `leader` should be replaced; `now` is monotonic, in seconds."""
        seen, self._seen = self._seen, beats
        if beats.relay != seen.relay:
            self._relay_moved = now
        changed = beats.worker != seen.worker or leader != self._leader
        if changed or now - self._relay_moved > RELAY_SILENT_SECONDS:
            self._leader, self._since = leader, now
        others = max(0, beats.workers - 1)
        return now - self._since > self._patience + others * TURN_SECONDS


def beats(database_url: str, *, leader: int) -> Beats:
    """What the database says. Raises psycopg.Error when it cannot be asked."""
    with psycopg.connect(database_url, connect_timeout=LIMIT_SECONDS) as connection:
        rows = connection.execute(BEATS).fetchall()
    workers = {name: beat_at for role, name, beat_at in rows if role == WORKER}
    return Beats(
        worker=workers.get(name_of(WORKER, leader=leader)),
        relay=max((beat_at for role, _name, beat_at in rows if role == RELAY), default=None),
        workers=len(workers),
    )


def watch(
    database_url: str,
    *,
    leader: Callable[[], int | None],
    stopping: threading.Event,
    report: Callable[[str], None],
    patience_seconds: float = SILENT_SECONDS,
) -> None:
    """Kills the worker when it has been silent for too long; its supervisor starts another."""
    silence = Silence(patience_seconds=patience_seconds)
    while not stopping.wait(LOOK_SECONDS):
        pid = leader()
        if pid is None:
            continue
        with contextlib.suppress(psycopg.Error, ProcessLookupError):
            seen = beats(database_url, leader=pid)
            if silence.is_too_long(seen, leader=pid, now=time.monotonic()):
                report(f"worker has taken no message for {patience_seconds:.0f} s or more")
                os.kill(pid, signal.SIGKILL)
