"""Whoever is told: a small web server on this machine that takes the demo's messages and shows
what came, in a browser, the newest first."""

import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

HOST: Final = "127.0.0.1"
KEPT: Final = 100  # messages
MAX_BODY: Final = 256 * 1024  # bytes


class _Taking(BaseHTTPRequestHandler):
    taken: deque[Any]

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        if not 0 < length <= MAX_BODY:
            self.send_error(413)
            return
        self.taken.appendleft(json.loads(self.rfile.read(length)))
        self.send_response(204)
        self.end_headers()

    def do_GET(self) -> None:
        shown = json.dumps(list(self.taken), indent=2, ensure_ascii=False).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(shown)))
        self.end_headers()
        self.wfile.write(shown)

    def log_message(self, *_args: object) -> None:
        """Says nothing at the terminal."""


@contextmanager
def running() -> Iterator[str]:
    """The address of a receiver that runs meanwhile."""
    handler = type("Taking", (_Taking,), {"taken": deque(maxlen=KEPT)})
    server = ThreadingHTTPServer((HOST, 0), handler)
    threading.Thread(target=server.serve_forever, name="receiver", daemon=True).start()
    try:
        yield f"http://{HOST}:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
