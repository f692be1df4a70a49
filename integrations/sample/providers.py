"""Providers of the demo: a small server that speaks like one, and connections that lead to it."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from integrations.actions import integrations
from integrations.actions.integrations import Wanted
from integrations.domain.states import Provider
from integrations.engine import keeping
from integrations.models import Integration
from m25console.access import Actor

HOST: Final = "127.0.0.1"
PROVIDER: Final = "provider"
MODELS: Final = ("gpt-4o", "gpt-4o-mini")


class _Provider(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        listed = [{"id": one, "object": "model"} for one in MODELS]
        body = json.dumps({"object": "list", "data": listed}).encode()
        self.send_response(200 if self.path == "/v1/models" else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Says nothing at the terminal."""


@contextmanager
def servers() -> Iterator[Mapping[str, str]]:
    """A provider on loopback."""
    server = ThreadingHTTPServer((HOST, 0), _Provider)
    threading.Thread(target=server.serve_forever, name="provider", daemon=True).start()
    try:
        yield {PROVIDER: f"{HOST}:{server.server_port}"}
    finally:
        server.shutdown()
        server.server_close()


def furnish(by: Actor, servers: Mapping[str, str], now: datetime) -> None:
    """One connection, enabled."""
    if Integration.objects.for_tenant(by.tenant).exists():
        return
    config = {"base_url": f"http://{servers[PROVIDER]}/v1"}
    wanted = Wanted(
        name="Own models", provider=Provider.CUSTOM, credential_ref="", config=config,
        default_model=MODELS[0], budget_limit_cents=50_000,
    )  # fmt: skip
    made = keeping.connect(wanted=wanted, secret="sample-key", by=by, now=now)  # noqa: S106
    integrations.enable(integration_id=made.pk, by=by, now=now)
