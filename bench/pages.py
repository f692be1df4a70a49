"""What the console's pages cost with ten thousand and with a million loops behind them.

    uv run python bench/pages.py [--quick]

Starts a private PostgreSQL in a temporary folder, writes a tenant's past into it, asks for every
page in this process and prints tables; ends with status 1 if a budget is missed. Each loop has an
incident, five events, a recovery and a question; one question in ten waits. For each, too, a
provider was called and looked at, a key read, a limit asked, a connector and a tool called.
Milliseconds are those of the quickest of several requests, by the clock, template and database
included. The small past is kept as a database of its own, and each page is asked of both in turn,
so that a machine busy with something else slows both. Beside a list stands what Django's own
administration takes for its list of the same table, in the same run.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

sys.path.append(str(Path(__file__).resolve().parent.parent))

from bench import home

# isort: split
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import setup_test_environment
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from bench import asked, connected, copies, history
from bench.connected import Connected
from bench.tables import Tables
from bench.workload import failures
from loops.models import FailurePattern, PolicyRule
from m25console.access import Actor
from m25console.models import Membership, Tenant, User
from m25console.runtime.servers import PrivateServers
from m25console.vocabulary import Door, Role

QUERIES: Final = 8  # of one page
GROWTH: Final = 1.5  # from the small past to the large one
ASKED: Final = 5  # times each page is asked for, in each of the rounds
ROUNDS: Final = 3
SMALL: Final = "small"
PATTERNS: Final = 200
ELSEWHERE: Final = ("admin/", "api/", "healthz/", "metrics", "sign-", "static/")
# The table that the administration lists beside a list of ours.
BESIDE: Final = {
    "/checkpoints": "humancheckpoint",
    "/loops": "looptrace",
    "/incidents": "incident",
    "/patterns": "failurepattern",
    "/policies": "policyrule",
    "/recoveries": "recoverycandidate",
}
NARROWED: Final = (
    "/checkpoints?sort=risk",
    "/checkpoints?sort=cost",
    "/checkpoints?priority=low&band=weak_match",
    "/checkpoints?state=decided",
    "/checkpoints?q=escalate",
    "/loops?outcome=failed",
    "/incidents?severity=medium",
)


@dataclass(frozen=True)
class Sizes:
    small: int = 10_000
    large: int = 1_000_000


QUICK: Final = Sizes(small=500, large=2_000)


@dataclass(frozen=True)
class Cost:
    """What one page takes: milliseconds by the clock, and queries."""

    milliseconds: float
    queries: int


def lists(patterns: Sequence[URLPattern | URLResolver], prefix: str = "") -> list[str]:
    """Every address of a page that needs no id."""
    found: list[str] = []
    for one in patterns:
        route = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            found += lists(one.url_patterns, route)
        elif "<" not in route and "(" not in route and not route.startswith(ELSEWHERE):
            found.append(f"/{route}")
    return found


def objects(number: int) -> list[str]:
    """The addresses of things of that past, of each kind one."""
    name = f"past{number:x}"
    pattern = FailurePattern.objects.order_by("pk")[:1].get()
    policy = PolicyRule.objects.order_by("pk")[:1].get()
    return [
        f"/checkpoints/chk_{name}",
        f"/incidents/inc_{name}",
        f"/incidents/inc_{name}/timeline",
        f"/loops/loop_{name}",
        f"/patterns/{pattern.pk}",
        f"/policies/{policy.pk}",
        f"/policies/{policy.pk}/replay",
        f"/recoveries/rec_{name}",
    ]


def cost_of(browser: Client, address: str) -> Cost | None:
    """What the page takes; None where there is no page to look at."""
    answer = browser.get(address)  # the first fills caches
    if answer.status_code != 200 or "text/html" not in answer["Content-Type"]:
        return None
    took, queries = [], Counter[str]()
    with connection.execute_wrapper(partial(_counting, queries)):
        for _ in range(ASKED):
            began = time.perf_counter()
            browser.get(address)
            took.append((time.perf_counter() - began) * 1000)
    return Cost(min(took), queries.total() // ASKED)


def _counting(counter: Counter[str], execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
    counter[sql] += 1
    return execute(sql, *rest)


def measured(browser: Client, addresses: Sequence[str]) -> dict[str, tuple[Cost, Cost]]:
    """The cost of every address that shows a page, with the small and with the large past."""
    large, costs = connection.settings_dict["NAME"], {}
    for address in addresses:
        rounds = []
        for _ in range(ROUNDS):
            copies.go_to(SMALL)
            small = cost_of(browser, address)
            copies.go_to(large)
            big = cost_of(browser, address)
            if small is None or big is None:
                break
            rounds.append((small, big))
        else:
            costs[address] = (_quickest(one for one, _ in rounds), _quickest(b for _, b in rounds))
    return costs


def _quickest(costs: Iterable[Cost]) -> Cost:
    return min(costs, key=lambda one: one.milliseconds)


def visitor(tenant: Tenant) -> tuple[Client, Actor]:
    """An admin of the tenant who is platform staff as well, signed in."""
    person = User.objects.create_user("visitor", is_staff=True, is_superuser=True)
    Membership.objects.create(user=person, tenant=tenant, role=Role.ADMIN)
    browser = Client()
    browser.force_login(person)
    return browser, Actor(tenant, person, Role.ADMIN, Door.WEB, person.username)


def run(sizes: Sizes) -> bool:
    """Measure everything; whether every budget was met."""
    with PrivateServers(home.FOLDER):
        call_command("migrate", verbosity=0)
        setup_test_environment(debug=False)
        tenant = Tenant.objects.create(slug="past", name="Past")
        history.learn(tenant, failures(PATTERNS))
        browser, by = visitor(tenant)
        who = connected.connect(by, now=timezone.now())
        _grow(who, first=1, last=sizes.small)
        middle = sizes.small // 20 * 10
        addresses = [
            *lists(get_resolver().url_patterns),
            *NARROWED,
            *objects(middle),
            *connected.addresses(who, number=middle),
        ]
        admin = [f"/admin/loops/{model}/" for model in BESIDE.values()]
        copies.keep_as(SMALL)
        _grow(who, first=sizes.small + 1, last=sizes.large)
        return _tell(measured(browser, [*addresses, *admin]), sizes)


def _grow(who: Connected, *, first: int, last: int) -> None:
    tenant, person = who.by.tenant, who.by.user
    assert person is not None
    history.live_through(tenant, first=first, last=last)
    asked.ask(tenant, person=person, first=first, last=last)
    connected.use(who, first=first, last=last)
    history.settle()


def _tell(costs: dict[str, tuple[Cost, Cost]], sizes: Sizes) -> bool:
    tables = Tables()
    tables.begin(
        "page, ms",
        "queries",
        f"{sizes.small:,}",
        f"{sizes.large:,}",
        "x",
        "admin's list",
        "x admin",
    )
    for address, (small, large) in costs.items():
        if address.startswith("/admin"):
            continue
        ratio = large.milliseconds / small.milliseconds
        told = [str(large.queries), f"{small.milliseconds:.1f}", f"{large.milliseconds:.1f}"]
        _, admin = costs.get(f"/admin/loops/{BESIDE.get(address, '')}/", (None, None))
        beside = large.milliseconds / admin.milliseconds if admin else 0
        told += [
            f"{ratio:.2f}",
            *((f"{admin.milliseconds:.1f}", f"{beside:.2f}") if admin else ("", "")),
        ]
        tables.row(address, *told)
        tables.hold(f"{address}, queries", measured=large.queries, allowed=QUERIES)
        tables.hold(f"{address}, growth", measured=ratio, allowed=GROWTH)
    return tables.verdicts(only_missed=True)


if __name__ == "__main__":
    sys.exit(home.command(run, told=__doc__ or "", full=Sizes(), quick=QUICK))
