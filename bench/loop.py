"""What the loop costs: accepting incidents, five stages, growth, idleness; beside a bare baseline.

    uv run python bench/loop.py [--quick]

Starts a private console (syncs on) in a temporary folder, measures, prints tables, cleans up; ends
with status 1 if a budget is missed. CPU is that of all the console's processes and servers, not of
its clients. Absolute times are this machine's; ratios are not: "x bare" is a figure beside the same
rows written without a thought, "growth" a figure beside itself with more history or more patterns.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

sys.path.append(str(Path(__file__).resolve().parent.parent))

from bench import home

# isort: split
from django.db import connection

from bench import baseline, history
from bench.rig import Figure, Rig
from bench.tables import Tables
from bench.workload import Failure, failures, occurrences, once_each
from m25console.models import Tenant
from m25console.runtime.console import Console

# Budgets, in CPU-ms for each incident over all processes.
ACCEPT_ONE: Final = 2.0
ACCEPT_BATCH: Final = 0.3
FIVE_STAGES: Final = 2.0
FLAT: Final = 1.25  # growth of an incident's cost that counts as none, noise included
IDLE_RELAY: Final = 0.01  # of a core
BATCH: Final = 200
NEVER_SEEN: Final = 12_000  # failures with numbers from here on are in no catalogue


@dataclass(frozen=True)
class Sizes:
    """How much of everything."""

    singles: int = 4_000
    batched: int = 10_000
    each: int = 4_000
    past: int = 10_000
    long_past: int = 200_000
    patterns: int = 100
    many_patterns: int = 10_000
    idle_seconds: float = 20.0


QUICK: Final = Sizes(
    singles=400,
    batched=1_000,
    each=600,
    past=1_000,
    long_past=5_000,
    patterns=50,
    many_patterns=500,
    idle_seconds=3.0,
)


class Bench:
    """One run on one console."""

    def __init__(self, rig: Rig, sizes: Sizes, tables: Tables) -> None:
        self.rig = rig
        self.sizes = sizes
        self.tables = tables
        self.known = failures(sizes.patterns)
        self._seed = 1000

    def tenant(self, slug: str, known: Sequence[Failure], *, past_from: int) -> Tenant:
        """A tenant that knows these failures and has the usual past."""
        made = Tenant.objects.create(slug=slug, name=slug)
        history.learn(made, known)
        history.live_through(made, first=past_from, last=past_from + self.sizes.past - 1)
        history.settle()
        return made

    def five_stages(self, tenant: Tenant, known: Sequence[Failure]) -> Figure:
        """Further occurrences of known failures, fed as a backlog."""
        return self.rig.advance(
            tenant, occurrences(known, count=self.sizes.each, seed=self._next_seed())
        )

    def accept(self, tenant: Tenant, *, count: int, batch: int) -> Figure:
        return self.rig.accept(
            tenant, count=count, batch=batch, patterns=self.sizes.patterns, seed=self._next_seed()
        )

    def bare(self, tenant: Tenant) -> Figure:
        """The baseline: as many loops' rows, written without a thought."""
        sent = occurrences(self.known, count=self.sizes.each, seed=self._next_seed())
        with self.rig.resting():
            loops = self.rig.feed(tenant, sent)
            return self.rig.by_hand(
                len(loops), lambda: baseline.write_five_stages(loops, tenant_id=tenant.pk)
            )

    def costs(self, tenant: Tenant) -> None:
        """The first table: each part of the work by itself."""
        self.five_stages(tenant, self.known)  # everything loaded, connected and cached
        bare = self.bare(tenant)
        tables, sizes = self.tables, self.sizes
        tables.begin_figures()
        tables.figure("bare rows of five stages, one commit a batch", bare)
        one = self.accept(tenant, count=sizes.singles, batch=1)
        tables.figure("accept, one in a request", one, bare=bare, budget=ACCEPT_ONE)
        self.rig.drain(sizes.singles)
        many = self.accept(tenant, count=sizes.batched, batch=BATCH)
        tables.figure(f"accept, {BATCH} in a request", many, bare=bare, budget=ACCEPT_BATCH)
        drained = self.rig.drain(sizes.batched)
        tables.figure("five stages of those, two workers", drained, bare=bare, budget=FIVE_STAGES)
        with_words = [one for one in self.known if one.form]
        wordless = [one for one in self.known if not one.form]
        tables.figure("- with messages", self.five_stages(tenant, with_words), bare=bare)
        tables.figure("- without messages", self.five_stages(tenant, wordless), bare=bare)
        unseen = once_each(failures(sizes.each // 2, first=NEVER_SEEN), seed=1)
        fresh = self.rig.advance(tenant, unseen)
        tables.figure("- all new: up to a person's decision", fresh, bare=bare, budget=FIVE_STAGES)

    def growth(self, tenant: Tenant) -> None:
        """The second table: the same work with more patterns, and with a longer past."""
        tables, sizes = self.tables, self.sizes
        wide = failures(sizes.many_patterns)
        narrow = failures(sizes.many_patterns, error_types=["ToolError"])
        few = self.five_stages(tenant, self.known)
        accepted = self.accept(tenant, count=sizes.batched, batch=BATCH)
        self.rig.drain(sizes.batched)
        tables.begin("growth of CPU-ms for each incident", "before", "after", "growth")
        patterns = f"{sizes.patterns:,} to {sizes.many_patterns:,} patterns"
        for number, (known, kind) in enumerate(
            [(wide, "many types"), (narrow, "one error type")], 1
        ):
            other = self.tenant(f"grown-{number}", known, past_from=number * 10_000_000)
            self.five_stages(other, known)
            tables.growth(
                f"five stages, {patterns} of {kind}",
                before=few,
                after=self.five_stages(other, known),
                budget=FLAT,
            )
        history.live_through(tenant, first=sizes.past + 1, last=sizes.long_past)
        history.settle()
        self.five_stages(tenant, self.known)
        past = f"{sizes.past:,} to {sizes.long_past:,} incidents"
        long = self.five_stages(tenant, self.known)
        tables.growth(f"five stages, {past}", before=few, after=long, budget=FLAT)
        again = self.accept(tenant, count=sizes.batched, batch=BATCH)
        tables.growth(f"accept in batches, {past}", before=accepted, after=again, budget=FLAT)
        self.rig.drain(sizes.batched)

    def _next_seed(self) -> int:
        self._seed += 1
        return self._seed


@contextmanager
def console(*, workers: int) -> Iterator[Rig]:
    """A console of its own on a free port, ready."""
    running = Console(port=home.free_port(), data_dir=home.FOLDER, worker_processes=workers)
    with running:
        running.wait_ready()
        yield Rig(running)
        connection.close()


def run(sizes: Sizes) -> bool:
    """Measure everything; whether every budget was met."""
    tables = Tables()
    with console(workers=2) as rig:
        bench = Bench(rig, sizes, tables)
        tenant = bench.tenant("bench", bench.known, past_from=1)
        bench.costs(tenant)
        bench.growth(tenant)
        tables.idle(rig.idle(seconds=sizes.idle_seconds), budget=IDLE_RELAY)
    with console(workers=1) as bench.rig:
        bench.five_stages(tenant, bench.known)
        tables.begin_figures()
        tables.figure("five stages, one worker", bench.five_stages(tenant, bench.known))
    return tables.verdicts()


if __name__ == "__main__":
    sys.exit(home.command(run, told=__doc__ or "", full=Sizes(), quick=QUICK))
