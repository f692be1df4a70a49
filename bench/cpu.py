"""CPU time by kind of process, of a console and its servers. Linux only."""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import psutil

from m25console.runtime.console import Console


@dataclass(frozen=True)
class Cpu:
    """Seconds of CPU, by kind of process; `other` is the broker and the event streams."""

    web: float = 0.0
    relay: float = 0.0
    worker: float = 0.0
    database: float = 0.0
    other: float = 0.0

    @classmethod
    def of(cls, console: Console) -> Self:
        """What the processes have used since they were started."""
        return cls(
            web=seconds(console.pids("web")),
            relay=seconds(console.pids("relay")),
            worker=seconds(console.pids("worker")),
            database=seconds(console.pids("postgres")),
            other=seconds([*console.pids("valkey"), *console.pids("live")]),
        )

    @property
    def all(self) -> float:
        return self.web + self.relay + self.worker + self.database + self.other

    def since(self, before: "Cpu") -> "Cpu":
        """What was used between two readings."""
        return Cpu(
            web=self.web - before.web,
            relay=self.relay - before.relay,
            worker=self.worker - before.worker,
            database=self.database - before.database,
            other=self.other - before.other,
        )


def seconds(leaders: Iterable[int]) -> float:
    """Used by these processes and all below them, those included that have come and gone."""
    living: set[psutil.Process] = set()
    for pid in leaders:
        with contextlib.suppress(psutil.NoSuchProcess):
            leader = psutil.Process(pid)
            living |= {leader, *leader.children(recursive=True)}
    total = 0.0
    for process in living:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total
