"""Kill everything, again and again, and count what is lost or doubled.

    uv run python -m bench.faults

Starts a console of its own with synced storage, sends incidents through its HTTP API, and kills
its parts while they work. Exit code 1 if anything is lost, doubled, failed or out of order.
"""

import argparse
import random
import shutil
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import quantiles
from typing import Final

import psycopg

from m25console.runtime.console import Console
from tests import errands
from tests.faults.rig import CHILDREN, LEADER, OLDEST_CHILD, Rig, sending
from tests.faults.sending import Ledger, Sender, documents

REST_SECONDS: Final = 120.0
PAUSE_SECONDS: Final = 3.0  # between faults, on average: less, and nothing but starts is measured
HELD: Final = """
SELECT jsonb_array_elements_text(holding), clock_timestamp() FROM advance_slots
WHERE started_at IS NOT NULL AND beat_at > clock_timestamp() - interval '1 second'
"""
# A loop whose worker was killed rests when another has brought it on.
RESTED: Final = "SELECT id, last_activity_at FROM loop_traces WHERE id = ANY(%s)"
STORED: Final = "SELECT external_id, id, body_hash FROM incidents"


@dataclass
class Run:
    """One run: what was done to the console, and when work was interrupted."""

    rig: Rig
    interrupted: dict[str, datetime] = field(default_factory=dict)

    def kill_worker(self) -> None:
        """The whole worker or its children, while they hold loops."""
        self.rig.wait_until_busy(seconds=REST_SECONDS)
        self.rig.pause_up_to(0.05)
        with suppress(psycopg.OperationalError):
            self.interrupted |= dict(self.rig.ask(HELD))
        self.rig.kill("worker", self.rig.draw.choice((LEADER, CHILDREN)))

    def kill_web(self) -> None:
        self.rig.kill("web", self.rig.draw.choice((LEADER, OLDEST_CHILD)))

    def kill_relay(self) -> None:
        self.rig.kill("relay")

    def kill_database(self) -> None:
        self.rig.kill("postgres")

    def kill_broker(self) -> None:
        self.rig.kill("valkey")

    def flush(self) -> None:
        with self.rig.broker() as broker:
            broker.flushall()

    def recoveries(self) -> list[float]:
        """Seconds from a worker's death to the end of the work it held, one for each loop."""
        rested = dict(self.rig.ask(RESTED, list(self.interrupted)))
        taken = ((rested[pk] - at).total_seconds() for pk, at in self.interrupted.items())
        return sorted(seconds for seconds in taken if seconds > 0)


def main() -> int:
    """The exit code: 0 if every incident is there once and every loop rests in good order."""
    wanted = _arguments()
    with _console() as (rig, folder):
        run = Run(rig)
        faults = _faults(run, wanted)
        began = time.monotonic()
        with sending(rig, "faults", folder=folder) as (sender, ledger):
            _send_under_fire(sender, faults, incidents=wanted.incidents, draw=rig.draw)
            sent = time.monotonic()
            rig.wait_until_rest(seconds=REST_SECONDS)
        ended = time.monotonic()
        broken = _broken(rig, ledger)
        took = {"sent and killed": sent - began, "until rest": ended - sent}
        _print(run, ledger, faults=faults, broken=broken, took=took)
    return 1 if any(broken.values()) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (
        ("incidents", 10_000),
        ("worker-kills", 50),
        ("web-kills", 10),
        ("relay-kills", 10),
        ("database-kills", 5),
        ("broker-kills", 3),
        ("flushes", 2),
    ):
        parser.add_argument(f"--{name}", type=int, default=default)
    return parser.parse_args()


@contextmanager
def _console() -> Iterator[tuple[Rig, Path]]:
    folder = Path(tempfile.mkdtemp(prefix="m25console-bench-"))
    folder.chmod(0o711)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    named = {"DATABASE_URL": "", "REDIS_URL": ""}
    console = Console(port=port, data_dir=folder / "data", environment=named)
    with console, errands.of(console) as errand:
        console.wait_ready()
        yield Rig(console, random.Random(25), errand), folder
    shutil.rmtree(folder)


def _faults(run: Run, wanted: argparse.Namespace) -> list[Callable[[], None]]:
    """Everything that will be done to the console, in the order in which it happens."""
    planned: list[Callable[[], None]] = [
        *[run.kill_worker] * wanted.worker_kills,
        *[run.kill_web] * wanted.web_kills,
        *[run.kill_relay] * wanted.relay_kills,
        *[run.kill_database] * wanted.database_kills,
        *[run.kill_broker] * wanted.broker_kills,
        *[run.flush] * wanted.flushes,
    ]
    run.rig.draw.shuffle(planned)
    return planned


def _send_under_fire(
    sender: Sender, faults: list[Callable[[], None]], *, incidents: int, draw: random.Random
) -> None:
    """Sends the incidents in portions, with one fault after each."""
    everything = documents(incidents, prefix="bench")
    size = -(-incidents // max(1, len(faults)))
    for number, start in enumerate(range(0, incidents, size)):
        time.sleep(draw.uniform(0, 2 * PAUSE_SECONDS))
        sender.report_all(everything[start : start + size])
        if number < len(faults):
            with suppress(ConnectionError):
                faults[number]()


def _broken(rig: Rig, ledger: Ledger) -> dict[str, int]:
    """How many incidents or loops are not as they must be, by kind of fault."""
    stored = rig.ask(STORED)
    times = Counter(name for name, _, _ in stored)
    proof = rig.errands.run("manage.py", "check_ledger", may_fail=True).splitlines()
    rules = Counter(line.split(":")[0] for line in proof if ": " in line)
    return {
        "lost": len(set(ledger.hashes) - set(times)),
        "doubled": sum(times.values()) - len(times) + rules["stage_done_once"],
        "out of order": rules["stages_in_order"],
        "other than sent": sum(ledger.hashes.get(name) != digest for name, _, digest in stored),
        "other than told": sum(ledger.told.get(name) != {key} for name, key, _ in stored),
        "failed loops": rig.tally().get("failed", 0),
        "breaking a rule of the ledger": sum(rules.values()),
    }


def _print(
    run: Run,
    ledger: Ledger,
    *,
    faults: list[Callable[[], None]],
    broken: dict[str, int],
    took: dict[str, float],
) -> None:
    figures: list[tuple[str, object]] = [("incidents acknowledged", len(ledger.told))]
    counted = Counter(fault.__name__.replace("_", " ") for fault in faults)
    figures += sorted(counted.items())
    figures += broken.items()
    figures += [(f"seconds {name}", f"{seconds:.1f}") for name, seconds in took.items()]
    recoveries = run.recoveries()
    if len(recoveries) > 1:
        cuts = quantiles(recoveries, n=100)
        figures += [
            ("loops interrupted", len(recoveries)),
            ("seconds to recover, p50", f"{cuts[49]:.1f}"),
            ("seconds to recover, p99", f"{cuts[98]:.1f}"),
        ]
    for name, value in figures:
        print(f"{name:32}{value:>10}")


if __name__ == "__main__":
    sys.exit(main())
