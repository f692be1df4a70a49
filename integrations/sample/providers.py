"""Providers of the demo: a small server that speaks like one, connections of every kind that lead
to it, and a month of what was used through them."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from integrations.actions import integrations
from integrations.actions.integrations import Wanted
from integrations.domain import months
from integrations.domain.states import Provider
from integrations.engine import keeping
from integrations.models import Integration
from integrations.sample import past
from integrations.sample.listening import HOST, port_for
from integrations.sample.past import Habit, Share
from m25console.access import Actor

PROVIDER: Final = "provider"
PORT: Final = 8781
KNOWN_KEY: Final = "sample-key"
MODELS: Final = ("gpt-4o", "gpt-4o-mini")
NEARLY: Final = 0.9  # of its budget, used by the one that is near it


@dataclass(frozen=True)
class _Connection:
    """A connection of the demo: where it leads at the provider, with which key, and how it is
    used."""

    name: str
    provider: Provider
    path: str = "/v1"
    secret: str = KNOWN_KEY
    habit: Habit | None = None
    is_near_its_budget: bool = False


_CONNECTIONS: Final = (
    _Connection(
        "Support assistant", Provider.OPENAI,
        habit=Habit("support-agent", 70, 1.6, (Share("gpt-4o", 3), Share("gpt-4o-mini", 5))),
    ),
    _Connection(
        "Document reading", Provider.ANTHROPIC, path="", is_near_its_budget=True,
        habit=Habit("reader", 40, 3.8, (Share("claude-sonnet-4", 4), Share("claude-3-5-haiku", 3))),
    ),
    _Connection(
        "EU deployment", Provider.AZURE_OPENAI, path="",
        habit=Habit("contracts", 18, 2.2, (Share("gpt-4o", 1),)),
    ),
    _Connection("Batch summaries", Provider.BEDROCK),
    _Connection(
        "Own models", Provider.CUSTOM,
        habit=Habit("nightly", 24, 0.7, (Share("llama-3.3-70b", 4), Share("gpt-4o-mini", 2))),
    ),
    _Connection("Old account", Provider.OPENAI, secret="revoked-key"),  # noqa: S106 - opens nothing
)  # fmt: skip


class _Provider(BaseHTTPRequestHandler):
    """Lists its models to whoever shows the known key, in the header of any provider."""

    def do_GET(self) -> None:
        keys = (self.headers.get("Authorization", ""), self.headers.get("x-api-key", ""))
        shown = [*keys, self.headers.get("api-key", "")]
        listed = [{"id": one, "object": "model"} for one in MODELS]
        body = json.dumps({"object": "list", "data": listed}).encode()
        self.send_response(200 if any(one.endswith(KNOWN_KEY) for one in shown) else 401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Says nothing at the terminal."""


@contextmanager
def servers() -> Iterator[Mapping[str, str]]:
    """A provider on loopback."""
    server = ThreadingHTTPServer((HOST, port_for(PORT)), _Provider)
    threading.Thread(target=server.serve_forever, name="provider", daemon=True).start()
    try:
        yield {PROVIDER: f"{HOST}:{server.server_port}"}
    finally:
        server.shutdown()
        server.server_close()


def furnish(by: Actor, servers: Mapping[str, str], now: datetime) -> None:
    """One connection of each kind, enabled, with what was used through them for a month."""
    if Integration.objects.for_tenant(by.tenant).exists():
        return
    for one in _CONNECTIONS:
        wanted = Wanted(
            name=one.name, provider=one.provider, credential_ref="",
            config=_config(one, servers[PROVIDER]), budget_limit_cents=200_000,
        )  # fmt: skip
        made = keeping.connect(wanted=wanted, secret=one.secret, by=by, now=now)
        integrations.enable(integration_id=made.pk, by=by, now=now)
        if one.habit is not None:
            past.use(made, one.habit, now=now)
            past.look_at(made, now=now)
        if one.is_near_its_budget:
            _nearly_spend(made, wanted, by=by, now=now)
    past.sum_up(by.tenant, now=now)


def _config(one: _Connection, host: str) -> dict[str, str]:
    if one.provider is Provider.BEDROCK:
        return {"region": "eu-central-1"}
    name = "azure_endpoint" if one.provider is Provider.AZURE_OPENAI else "base_url"
    return {name: f"http://{host}{one.path}"}


def _nearly_spend(row: Integration, wanted: Wanted, *, by: Actor, now: datetime) -> None:
    """Give it a budget of which what it used this month is nearly all."""
    month = months.month_of(now)[0].date()
    used: Any = Integration.objects.with_use(month=month).get(pk=row.pk)
    cents = round(used.cents_used / NEARLY) or 100
    wanted = replace(wanted, credential_ref=row.credential_ref, budget_limit_cents=cents)
    integrations.change(integration_id=row.pk, wanted=wanted, by=by, now=now)
