"""What asking for leave to call costs with ten thousand and with a million calls behind it.

    uv run python -m bench.enforcement [--quick]

Starts a private PostgreSQL in a temporary folder, writes a tenant's usage into it, asks in this
process and prints tables; ends with status 1 if a budget is missed. Every integration has a budget,
a limit of tokens and one of calls a minute, and made calls in the last minute; each check is let
through. "ours" is CPU of this process, "request" that of Django's whole handler; a batch is a
hundred checks over ten integrations. Figures are for one check, the least of several rounds. The
small past is kept as a database of its own, and both are asked in turn, so that a machine busy with
something else slows both.
"""

import io
import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

sys.path.append(str(Path(__file__).resolve().parent.parent))

from bench import home

# isort: split
from django.core.management import call_command
from django.db import connection
from django.http import HttpResponse
from django.utils import timezone

from bench import copies, history
from bench.cpu import seconds
from bench.spending import Spender, spend, spend_now, spender
from bench.tables import Tables
from integrations.actions.enforcement import Question, ask
from integrations.api.callers import KEY_HEADER
from integrations.domain.enforcement import MOST_AT_ONCE, Wanted
from loops.engine.ledger import violations
from m25console.runtime import postgres
from m25console.runtime.servers import PrivateServers
from m25console.wsgi_request import ConsoleHandler, ConsoleRequest

OURS: Final = 2.0  # CPU-ms of this process for each check
GROWTH: Final = 1.5  # of all CPU, from the small past to the large one
ROUNDS: Final = 3
SMALL: Final = "small"
COST: Final = {"estimated_cost_cents": 2, "estimated_tokens": 1200}


@dataclass(frozen=True)
class Sizes:
    small: int = 10_000
    large: int = 1_000_000
    checks: int = 300  # in each round
    batches: int = 20


QUICK: Final = Sizes(small=500, large=5_000, checks=100, batches=5)


@dataclass(frozen=True)
class Cost:
    """CPU-ms for each check."""

    ours: float
    database: float

    @property
    def all(self) -> float:
        return self.ours + self.database


@dataclass(frozen=True)
class Way:
    """One way of asking: how many checks one asking is, and how often it is asked in a round."""

    ask: Callable[[], None]
    checks: int
    times: int


class Bench:
    """One tenant, asked for in this process."""

    def __init__(self, servers: PrivateServers, who: Spender, sizes: Sizes) -> None:
        self.servers = servers
        self.who = who
        self.handler = ConsoleHandler()
        one = {"integration_id": who.integrations[0], **COST}
        many = [one | {"integration_id": name} for name in self._in_turn()]
        bearer = {"HTTP_AUTHORIZATION": f"Bearer {who.token}"}
        key = {f"HTTP_{KEY_HEADER.upper().replace('-', '_')}": who.key}
        self.ways: Mapping[str, Way] = {
            "one, action alone": Way(lambda: self._ask(1), 1, sizes.checks),
            "one, request with a key": Way(lambda: self._post("check", one, key), 1, sizes.checks),
            "one, request with a token": Way(
                lambda: self._post("check", one, bearer), 1, sizes.checks
            ),
            f"of {MOST_AT_ONCE}, action alone": Way(
                lambda: self._ask(MOST_AT_ONCE), MOST_AT_ONCE, sizes.batches
            ),
            f"of {MOST_AT_ONCE}, request with a token": Way(
                lambda: self._post("batch", {"requests": many}, bearer),
                MOST_AT_ONCE,
                sizes.batches,
            ),
        }

    def costs(self) -> dict[str, list[tuple[Cost, Cost]]]:
        """Each way's cost with the small and with the large past, round by round."""
        large = connection.settings_dict["NAME"]
        found: dict[str, list[tuple[Cost, Cost]]] = {}
        for _ in range(ROUNDS):
            for name, way in self.ways.items():
                copies.go_to(SMALL)
                small = self._cost(way)
                copies.go_to(large)
                found.setdefault(name, []).append((small, self._cost(way)))
        return found

    def _cost(self, way: Way) -> Cost:
        spend_now(self.who, now=timezone.now())
        way.ask()  # the first fills caches
        database, ours = self._database(), time.process_time()
        for _ in range(way.times):
            way.ask()
        ours, database = time.process_time() - ours, self._database() - database
        return Cost(*(used / way.times / way.checks * 1000 for used in (ours, database)))

    def _database(self) -> float:
        return seconds(self.servers.pids(postgres.NAME))

    def _in_turn(self, count: int = MOST_AT_ONCE) -> list[str]:
        names = self.who.integrations
        return [names[number % len(names)] for number in range(count)]

    def _ask(self, count: int) -> None:
        wanted = Wanted(cents=2, tokens=1200)
        questions = [Question(name, wanted) for name in self._in_turn(count)]
        answers = ask(questions, tenant=self.who.admin.tenant, now=timezone.now())
        assert all(one.decision.result == "allowed" for one in answers)

    def _post(self, what: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        """A request through all of Django but its socket; it must be answered with a yes."""
        sent = json.dumps(body).encode()
        environ = {
            "REQUEST_METHOD": "POST", "PATH_INFO": f"/api/v1/enforcement/{what}",
            "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(sent)),
            "SERVER_NAME": "localhost", "SERVER_PORT": "80", "REMOTE_ADDR": "127.0.0.1",
            "wsgi.input": io.BytesIO(sent), "wsgi.url_scheme": "http", **headers,
        }  # fmt: skip
        response = self.handler.get_response(ConsoleRequest(environ))
        assert isinstance(response, HttpResponse)
        response.close()
        if response.status_code != 200 or b'"blocked"' in response.content:
            raise RuntimeError(f"{response.status_code}: {response.content[:500]!r}")


def run(sizes: Sizes) -> bool:
    """Measure everything; whether every budget was met."""
    with PrivateServers(home.FOLDER) as servers:
        call_command("migrate", verbosity=0)
        who = spender("spender", now=timezone.now())
        spend(who.admin.tenant, who.integrations, first=1, last=sizes.small)
        history.settle()
        copies.keep_as(SMALL)
        spend(who.admin.tenant, who.integrations, first=sizes.small + 1, last=sizes.large)
        history.settle()
        costs = Bench(servers, who, sizes).costs()
        broken = [one.rule.name for one in violations(tenant_id=who.admin.tenant.pk)]
        connection.close()
    if broken:
        raise RuntimeError(f"the ledger does not agree: {', '.join(broken)}")
    return _tell(costs, sizes)


def _tell(costs: Mapping[str, list[tuple[Cost, Cost]]], sizes: Sizes) -> bool:
    tables = Tables()
    kinds = ("ours", "database", "all")
    titles = [f"{kind}, {past:,}" for past in (sizes.small, sizes.large) for kind in kinds]
    tables.begin("CPU-ms for each check", *titles, "growth")
    for name, rounds in costs.items():
        small, large = (min(one, key=lambda cost: cost.all) for one in zip(*rounds, strict=True))
        ratio = large.all / small.all
        figures = [getattr(cost, kind) for cost in (small, large) for kind in kinds]
        tables.row(name, *(f"{one:.3f}" for one in figures), f"{ratio:.2f}")
        tables.hold(f"{name}, ours, CPU-ms", measured=large.ours, allowed=OURS)
        tables.hold(f"{name}, growth", measured=ratio, allowed=GROWTH)
    return tables.verdicts()


if __name__ == "__main__":
    sys.exit(home.command(run, told=__doc__ or "", full=Sizes(), quick=QUICK))
