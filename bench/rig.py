"""A console under measurement: what goes in, when it has come to rest, and what that took."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import batched
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from bench.cpu import Cpu
from bench.senders import Order
from loops.actions import incidents
from loops.actions.incidents import Report
from loops.domain.incidents import body_hash, incident_from
from m25console import tokens
from m25console.access import system_actor
from m25console.models import Tenant
from m25console.runtime.console import HOST, Console
from m25console.vocabulary import Scope

LOOK_SECONDS: Final = 0.05
LIMIT_SECONDS: Final = 300.0
_DUE: Final = """
SELECT (SELECT true FROM loop_traces WHERE next_run_at IS NOT NULL ORDER BY next_run_at, id LIMIT 1)
"""
_BUSY: Final = """
SELECT EXISTS (SELECT FROM feed_entries)
    OR EXISTS (SELECT FROM advance_slots WHERE started_at IS NOT NULL)
"""


@dataclass(frozen=True)
class Figure:
    """What a number of incidents took: seconds by the clock, and of CPU by kind of process."""

    incidents: int
    seconds: float
    cpu: Cpu

    @property
    def per_second(self) -> float:
        return self.incidents / self.seconds

    def milliseconds(self, used: float) -> float:
        """CPU seconds of this figure as milliseconds for each incident."""
        return used / self.incidents * 1000

    @property
    def each(self) -> float:
        """CPU-ms for each incident over all processes."""
        return self.milliseconds(self.cpu.all)


class Rig:
    """Feeds a running console and reads its meters."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def accept(self, tenant: Tenant, *, count: int, batch: int, patterns: int, seed: int) -> Figure:
        """Send incidents over HTTP while nothing advances them."""
        order = Order(HOST, self.console.port, count, batch, patterns, seed)
        return self._send(tenant, order, scope=Scope.INCIDENTS_WRITE)

    def ask(self, tenant: Tenant, *, count: int, patterns: int, seed: int, about: str) -> Figure:
        """Ask the policies over HTTP about failures known by their "message" or "fields"."""
        order = Order(HOST, self.console.port, count, 1, patterns, seed, asks=about)
        return self._send(tenant, order, scope=Scope.EVALUATE)

    def _send(self, tenant: Tenant, order: Order, *, scope: Scope) -> Figure:
        _row, token = tokens.issue(
            name="bench",
            scopes=[scope],
            by=system_actor(tenant, label="bench"),
            now=timezone.now(),
        )
        with self.resting(), _sender(order, token=token) as sender:
            before = Cpu.of(self.console)
            told = sender()
            used = Cpu.of(self.console).since(before)
        if told["refused"]:
            raise RuntimeError(f"{told['refused']} requests were refused")
        return Figure(order.count, told["seconds"], used)

    def advance(self, tenant: Tenant, sent: Iterable[dict[str, Any]]) -> Figure:
        """Let the workers bring a backlog to rest, fed in one commit."""
        with transaction.atomic():
            count = len(self.feed(tenant, sent))
            before = Cpu.of(self.console)
        return self._rested(count, before)

    def drain(self, count: int) -> Figure:
        """Let the workers bring to rest what was accepted before."""
        return self._rested(count, Cpu.of(self.console))

    def by_hand(self, count: int, work: Callable[[], None]) -> Figure:
        """What `work`, done by this process in the same database, takes; it counts as worker."""
        with self.resting():
            before, mine, began = Cpu.of(self.console), time.process_time(), time.monotonic()
            work()
            seconds, used = time.monotonic() - began, Cpu.of(self.console).since(before)
        cpu = Cpu(worker=time.process_time() - mine, database=used.database)
        return Figure(count, seconds, cpu)

    def idle(self, *, seconds: float) -> Cpu:
        """CPU seconds used in each second of nothing to do."""
        before = Cpu.of(self.console)
        time.sleep(seconds)
        used = Cpu.of(self.console).since(before)
        shares = {name: getattr(used, name) / seconds for name in vars(used)}
        return Cpu(**shares)

    def feed(self, tenant: Tenant, sent: Iterable[dict[str, Any]]) -> list[str]:
        """Store incidents as the API would, without HTTP; the ids of their loops."""
        loops: list[str] = []
        now = timezone.now()
        for some in batched(sent, 1000):
            reports = [Report(incident_from(one, now=now), body_hash(one)) for one in some]
            receipts = incidents.report(tenant=tenant, source="bench", reports=reports, now=now)
            loops += [receipt.loop_id for receipt in receipts]
        return loops

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Nothing is handed to the workers meanwhile."""
        for pid in self.console.pids("relay"):
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in self.console.pids("relay"):
                os.kill(pid, signal.SIGCONT)

    def _rested(self, count: int, before: Cpu) -> Figure:
        began = time.monotonic()
        _wait_while(_DUE)
        seconds = time.monotonic() - began
        _wait_while(_BUSY)
        return Figure(count, seconds, Cpu.of(self.console).since(before))


def _wait_while(question: str) -> None:
    began = time.monotonic()
    while _answer(question):
        if time.monotonic() - began > LIMIT_SECONDS:
            raise RuntimeError(f"still true after {LIMIT_SECONDS:.0f} s: {question}")
        time.sleep(LOOK_SECONDS)


def _answer(question: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return bool(cursor.fetchone()[0])


@contextmanager
def _sender(order: Order, *, token: str) -> Iterator[Callable[[], dict[str, Any]]]:
    """A client that has made its requests and waits; calling it sends them and says how it went."""
    command = [sys.executable, "-m", "bench.senders", order.as_text()]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "M25_TOKEN": token},
    ) as process:
        assert process.stdin
        assert process.stdout
        orders, answers = process.stdin, process.stdout
        answers.readline()

        def send() -> dict[str, Any]:
            orders.write("go\n")
            orders.flush()
            told: dict[str, Any] = json.loads(answers.readline())
            return told

        yield send
