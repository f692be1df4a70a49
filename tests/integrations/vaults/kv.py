"""A double of HashiCorp Vault's key-value store, version 2, written by hand.

There is no package of Vault or of its forks to test against here, so this follows its API's
documentation: what it proves is how the console speaks and what it makes of each answer, not that
a real Vault answers so. The same behaviour is proved against a real server for AWS.
"""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "a-token-of-the-console"


@dataclass
class KeyValues:
    """What it holds, by path: every version of each. `fails_with` is a status for every request,
    `waits` the seconds before any answer."""

    port: int = 0
    versions: dict[str, list[Any]] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)  # method, path, namespace
    fails_with: int = 0
    waits: float = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, method: str, path: str, told: Any) -> tuple[int, Any]:
        _, _, rest = path.partition("/v1/secret/")
        kind, _, name = rest.partition("/")
        held = self.versions.get(name, [])
        if kind == "data" and method in ("POST", "PUT"):
            self.versions[name] = [*held, told["data"]]
            return 200, {"data": {"version": len(held) + 1}}
        if kind == "data" and method == "GET" and held:
            return 200, {"data": {"data": held[-1], "metadata": {"version": len(held)}}}
        if kind == "metadata" and method == "DELETE":
            self.versions.pop(name, None)
            return 204, None
        return 404, {"errors": []}


@contextlib.contextmanager
def running() -> Iterator[KeyValues]:
    store = KeyValues()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            told = json.loads(self.rfile.read(length) or b"null")
            namespace = self.headers.get("X-Vault-Namespace", "")
            store.asked.append((self.command, self.path, namespace))
            time.sleep(store.waits)
            if store.fails_with:
                status, body = store.fails_with, {"errors": [json.dumps(told)]}
            elif self.headers.get("X-Vault-Token") != TOKEN:
                status, body = 403, {"errors": ["permission denied"]}
            else:
                status, body = store.answer(self.command, self.path, told)
            text = b"" if body is None else json.dumps(body).encode()
            with contextlib.suppress(OSError):
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815

        def log_message(self, *_args: object) -> None:
            """Says nothing at the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    store.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
