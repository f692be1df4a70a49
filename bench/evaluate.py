"""What asking the policies costs with 10, 100 and 1,000 live ones.

    uv run python bench/evaluate.py [--quick]

Starts a private console (syncs on) in a temporary folder, measures, prints tables, cleans up; ends
with status 1 if a budget is missed. Each size is a tenant of its own: a pattern and a policy for
every failure, four of five known by their messages, half of them in shadow and half active. "ours"
is what the evaluation takes in this process, without HTTP; "judging" is the evaluator alone. CPU
is not that of the client. Absolute times are this machine's; "x" is a figure beside that of the
fewest policies in the same run.
"""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

sys.path.append(str(Path(__file__).resolve().parent.parent))

from bench import home

# isort: split
from django.db.models import F
from django.utils import timezone

from bench import history
from bench.loop import console
from bench.rig import Figure, Rig
from bench.senders import CONNECTIONS
from bench.tables import Tables
from bench.workload import failures, occurrences
from loops.domain.evaluation import PATTERN, features_of_request
from loops.domain.incidents import Incident, incident_from
from loops.engine.books import Books
from loops.engine.evaluating import evaluate
from loops.engine.recognising import recognise_many
from loops.models import PolicyRule
from m25console.models import Tenant

OURS: Final = 1.0  # CPU-ms of this process for each question, with the most policies
FLAT: Final = 1.5  # growth from the fewest policies to the most that counts as none
MESSAGE: Final = "message"
FIELDS: Final = "fields"


@dataclass(frozen=True)
class Sizes:
    policies: Sequence[int] = (10, 100, 1000)
    asked: int = 2000
    judged: int = 20_000


QUICK: Final = Sizes(policies=(10, 50), asked=200, judged=1000)


@dataclass(frozen=True)
class Measured:
    """CPU-ms for each question: judging alone, ours without HTTP, and of the console with it."""

    judging: float
    ours: float
    asked: Figure


def measured(rig: Rig, tenant: Tenant, *, patterns: int, about: str, sizes: Sizes) -> Measured:
    """What questions about the failures that are known by this cost."""
    known = [one for one in failures(patterns) if bool(one.form) is (about == MESSAGE)]
    documents = list(occurrences(known, count=sizes.asked, seed=patterns))
    now = timezone.now()
    requests = [incident_from(one | {"external_id": None}, now=now) for one in documents]
    judging = _judging(tenant, requests, sizes)
    evaluate(requests[0], tenant_id=tenant.pk, now=now)  # the book is read
    turn = iter(requests)
    ours = _each(lambda: evaluate(next(turn), tenant_id=tenant.pk, now=now), times=len(requests))
    seed = 1 if about == MESSAGE else 3  # external ids come from it, and are used once
    rig.ask(tenant, count=CONNECTIONS * 25, patterns=patterns, seed=seed, about=about)
    asked = rig.ask(tenant, count=sizes.asked, patterns=patterns, seed=seed + 1, about=about)
    return Measured(judging, ours, asked)


def _judging(tenant: Tenant, requests: Sequence[Incident], sizes: Sizes) -> float:
    rules = Books().of(tenant.pk).rules
    plain = [features_of_request(one) for one in requests]
    found = recognise_many(plain, tenant_id=tenant.pk)
    seen = [
        features | ({PATTERN: one.pattern_id} if one else {})
        for features, one in zip(plain, found, strict=True)
    ]
    now, turn = timezone.now(), iter(range(sizes.judged))
    return _each(lambda: rules.judge(seen[next(turn) % len(seen)], now=now), times=sizes.judged)


def _each(work: Callable[[], object], *, times: int) -> float:
    """CPU-ms of this process for each call."""
    began = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - began) / times * 1000


def learned(count: int) -> Tenant:
    """A tenant with that many live policies, every second one active: it warns."""
    tenant = Tenant.objects.create(slug=f"policies-{count}", name=f"{count} policies")
    history.learn(tenant, failures(count))
    mine = PolicyRule.objects.filter(tenant=tenant).order_by("pk").values_list("pk", flat=True)
    PolicyRule.objects.filter(pk__in=list(mine)[::2]).update(
        mode="active", activated_at=F("created_at"), actions={"type": "warn", "params": {}}
    )
    history.settle()
    return tenant


def run(sizes: Sizes) -> bool:
    """Measure everything; whether every budget was met."""
    tables = Tables()
    with console(workers=1) as rig:
        results = {count: _of(rig, learned(count), count, sizes) for count in sizes.policies}
    fewest, most = results[sizes.policies[0]], results[sizes.policies[-1]]
    for kind in (MESSAGE, FIELDS):
        title = f"CPU-ms for each question, known by {kind}"
        tables.begin(title, "a second", "judging", "x", "ours", "x", "web", "database")
        for count, by_kind in results.items():
            _row(tables, count, by_kind[kind], fewest[kind])
    for kind in (MESSAGE, FIELDS):
        before, after = fewest[kind].ours, most[kind].ours
        tables.hold(f"ours, {kind}, CPU-ms", measured=after, allowed=OURS)
        tables.hold(f"ours, {kind}, growth", measured=after / before, allowed=FLAT)
    return tables.verdicts()


def _of(rig: Rig, tenant: Tenant, count: int, sizes: Sizes) -> dict[str, Measured]:
    return {
        about: measured(rig, tenant, patterns=count, about=about, sizes=sizes)
        for about in (MESSAGE, FIELDS)
    }


def _row(tables: Tables, count: int, one: Measured, beside: Measured) -> None:
    tables.row(
        f"{count:,} policies",
        f"{one.asked.per_second:,.0f}",
        f"{one.judging:.4f}",
        f"{one.judging / beside.judging:.2f}",
        f"{one.ours:.3f}",
        f"{one.ours / beside.ours:.2f}",
        f"{one.asked.milliseconds(one.asked.cpu.web):.3f}",
        f"{one.asked.milliseconds(one.asked.cpu.database):.3f}",
    )


if __name__ == "__main__":
    sys.exit(home.command(run, told=__doc__ or "", full=Sizes(), quick=QUICK))
