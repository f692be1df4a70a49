"""A whole console that is tested by killing its parts, and the questions asked of it afterwards."""

import json
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
import redis

from m25console.runtime import pulse
from m25console.runtime.console import Console
from tests.errands import Errands
from tests.faults.sending import Ledger, Sender

# Far beyond what is ever needed: these tests ask what is lost, never how long it took.
REST_SECONDS: Final = 180.0
TALLY: Final = "SELECT outcome, count(*) FROM loop_traces GROUP BY outcome"
STORED: Final = "SELECT external_id, id, body_hash FROM incidents WHERE external_id = ANY(%s)"
BUSY: Final = "SELECT count(*) FROM advance_slots WHERE worker = %s AND holding <> '[]'"

# Which of a role's processes, as Console.pids() gives them.
LEADER: Final = slice(0, 1)
OLDEST_CHILD: Final = slice(1, 2)
CHILDREN: Final = slice(1, None)


def until(
    happened: Callable[[], bool], *, seconds: float = REST_SECONDS, wanted: str = "it"
) -> float:
    """Waits for other processes and returns how many seconds. Fails when it takes longer."""
    began = time.monotonic()
    while not happened():
        assert time.monotonic() - began < seconds, f"{wanted} did not happen in {seconds:.0f} s"
        time.sleep(0.02)
    return time.monotonic() - began


@dataclass
class Rig:
    """A console and its database, as an outsider sees them."""

    console: Console
    draw: random.Random
    errands: Errands
    hook_port: int = 0  # where tenants' endpoints may listen

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows, on a connection of their own: the server may be another one by now."""
        with psycopg.connect(self.console.environment["DATABASE_URL"]) as connection:
            return connection.execute(query, values).fetchall()

    def populate(self, slug: str, *, reviewers: int = 1) -> dict[str, Any]:
        """A new tenant's tokens; see population.py."""
        said = self.errands.run("-m", "tests.faults.population", slug, str(reviewers))
        tokens: dict[str, Any] = json.loads(said.splitlines()[-1])
        return tokens

    def broker(self) -> redis.Redis:
        return redis.Redis.from_url(self.console.environment["REDIS_URL"], socket_timeout=5)

    def tally(self) -> dict[str, int]:
        """How many loops there are, by outcome."""
        return dict(self.ask(TALLY))

    def beats(self, role: str, *, leader: int | None = None) -> bool:
        """Whether that process, by default the console's own, was ever heard of."""
        name = pulse.name_of(role, leader=leader or next(iter(self.console.pids(role)), 0))
        return bool(self.ask("SELECT 1 FROM heartbeats WHERE name = %s", name))

    def rests(self) -> bool:
        with suppress(psycopg.OperationalError):
            return "running" not in self.tally()
        return False

    def wait_until_rest(self, *, seconds: float = REST_SECONDS) -> float:
        return until(self.rests, seconds=seconds, wanted="rest")

    def wait_until_busy(self, *, seconds: float = REST_SECONDS) -> None:
        """Returns when the worker holds a batch, or when it was so quick that none is left."""

        def busy() -> bool:
            leader = next(iter(self.console.pids("worker")), 0)
            with suppress(psycopg.OperationalError):
                name = pulse.name_of(pulse.WORKER, leader=leader)
                return bool(self.ask(BUSY, name)[0][0]) or self.rests()
            return False

        until(busy, seconds=seconds, wanted="work")

    def pause_up_to(self, seconds: float) -> None:
        """So that a kill hits anywhere in a batch."""
        time.sleep(self.draw.uniform(0, seconds))

    def kill(
        self, role: str, whom: slice = LEADER, *, number: signal.Signals = signal.SIGKILL
    ) -> list[int]:
        """Sends a signal to processes that play a role, once there are any; returns their ids."""
        found: list[int] = []

        def there() -> bool:
            found[:] = self.console.pids(role)[whom]
            return bool(found)

        until(there, wanted=f"{role} to be there")
        for victim in found:
            with suppress(ProcessLookupError):
                os.kill(victim, number)
        return found

    def check(self, ledger: Ledger) -> None:
        """Nothing is lost, doubled, failed, or other than the sender was told."""
        stored = self.ask(STORED, list(ledger.hashes))
        assert len(stored) == len(ledger.hashes)
        assert {name: digest for name, _, digest in stored} == ledger.hashes
        assert {name: {key} for name, key, _ in stored} == ledger.told
        assert [name for name, times in ledger.accepted.items() if times > 1] == []
        assert set(self.tally()) <= {"complete", "waiting", "ended"}, self.tally()
        self.prove()

    def prove(self) -> None:
        """All that is stored agrees with itself."""
        self.errands.run("manage.py", "check_ledger")


@contextmanager
def sending(rig: Rig, slug: str, *, folder: Path) -> Iterator[tuple[Sender, Ledger]]:
    """A sender of a new tenant and the ledger it keeps."""
    ledger = Ledger(folder / f"{slug}.jsonl")
    token = rig.populate(slug)["sender"]
    with Sender(rig.console.url, token=token, ledger=ledger) as sender:
        yield sender, ledger
    ledger.close()
