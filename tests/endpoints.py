"""A real web server on loopback, which answers as a test tells it to."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Received:
    """One request as it arrived; header names are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


type Behaviour = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Endpoint:
    """The server: what it received, and what it does next."""

    port: int = 0
    received: list[Received] = field(default_factory=list)
    behaviour: Behaviour = field(default_factory=lambda: answers(200, b'{"done": true}'))

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}/recover"


def answers(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    def behave(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return behave


def drips(what: str, *, seconds: float) -> Behaviour:
    """Says one byte every tenth of a second, of its headers or of its body."""

    def behave(request: BaseHTTPRequestHandler) -> None:
        if what == "body":
            request.send_response(200)
            request.end_headers()
        ends = time.monotonic() + seconds
        with contextlib.suppress(OSError):
            while time.monotonic() < ends:
                request.wfile.write(b"x")
                request.wfile.flush()
                time.sleep(0.1)

    return behave


@contextlib.contextmanager
def running(*, port: int = 0) -> Iterator[Endpoint]:
    endpoint = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.body = self.rfile.read(length)
            endpoint.received.append(Received(self.path, headers, self.body))
            endpoint.behaviour(self)

        do_GET = do_POST  # noqa: N815 - the server looks for this name

        def log_message(self, *args: Any) -> None:
            """Says nothing: the test does."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    endpoint.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
