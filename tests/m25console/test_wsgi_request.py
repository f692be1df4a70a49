"""Bodies without an announced length, sent to the real web server over real sockets."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from django.db import connection

from loops.models import Incident
from m25console.vocabulary import Scope
from tests import factories
from tests.machines import machine_of
from tests.ports import free_pair

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN_SECONDS = 90


@dataclass(frozen=True)
class Web:
    port: int
    token: str

    def send(self, parts: Sequence[bytes], *headers: str, pause: float = 0) -> tuple[int, dict]:
        """POST an incident in these chunks; the answer's status and document."""
        head = (
            "POST /api/v1/incidents HTTP/1.1",
            "Host: 127.0.0.1",
            f"Authorization: Bearer {self.token}",
            "Content-Type: application/json",
            "Transfer-Encoding: chunked",
            "Connection: close",
            *headers,
        )
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as sender:
            sender.sendall("\r\n".join(head).encode() + b"\r\n\r\n")
            for part in parts:
                sender.sendall(b"%x\r\n%s\r\n" % (len(part), part))
                time.sleep(pause)
            sender.sendall(b"0\r\n\r\n")
            answer = b"".join(iter(lambda: sender.recv(65536), b""))
        status, _, rest = answer.partition(b"\r\n")
        return int(status.split()[1]), json.loads(rest.partition(b"\r\n\r\n")[2])


@pytest.fixture(scope="module")
def listening(django_db_setup: None) -> Iterator[int]:
    """The port of the web process as the console starts it, on the tests' database."""
    port = free_pair()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--no-ws", "m25console.wsgi:application"],
        cwd=ROOT,
        env=os.environ
        | {"DATABASE_URL": _database_url(), "DJANGO_SETTINGS_MODULE": "m25console.settings"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/healthz/live")
        yield port
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def web(listening: int, transactional_db: None) -> Web:
    token = machine_of(factories.make_tenant(), scopes=[Scope.INCIDENTS_WRITE]).token
    return Web(listening, token)


def _database_url() -> str:
    told = connection.settings_dict
    who = f"{quote(told['USER'])}:{quote(told['PASSWORD'])}"
    where = f"host={quote(told['HOST'], safe='')}&port={told['PORT'] or 5432}"
    return f"postgresql://{who}@/{quote(told['NAME'])}?{where}"


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(address, timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail("the web process did not start")


def test_chunked_bodies_are_read_whole(web):
    document = {"error_type": "timeout", "message": "sent in pieces", "context": {"n": 1}}
    body = json.dumps(document).encode()
    in_one = web.send([body])
    byte_by_byte = web.send([body[n : n + 1] for n in range(len(body))])
    slowly = web.send([body[:10], body[10:]], pause=0.3)
    assert [status for status, _ in (in_one, byte_by_byte, slowly)] == [202, 202, 202]
    assert [one.error_message for one in Incident.objects.all()] == ["sent in pieces"] * 3


def test_a_chunked_body_is_capped_like_any_other(web):
    part = b" " * 16 * 1024
    good = b'{"error_type": "timeout"}'
    assert web.send([good, *[part] * 15])[0] == 202
    status, told = web.send([good, *[part] * 16])
    assert (status, told["error"]["code"]) == (413, "too_large")
    assert Incident.objects.count() == 1


def test_a_chunked_body_of_nothing_is_not_taken_for_success(web):
    status, told = web.send([])
    assert (status, told["error"]["code"]) == (400, "bad_request")


def test_a_length_beside_the_chunks_does_not_cut_them(web):
    status, _ = web.send([b'{"error_type":', b' "timeout"}'], "Content-Length: 5")
    assert status in (202, 400)  # 400: the server refuses to guess
    assert [one.error_type for one in Incident.objects.all()] == ["timeout"] * (status == 202)


def test_many_more_bytes_than_the_cap_are_refused_without_being_kept(web):
    part = b" " * 1024 * 1024
    with httpx.Client(base_url=f"http://127.0.0.1:{web.port}") as client:
        headers = {"Authorization": f"Bearer {web.token}", "Content-Type": "application/json"}
        with contextlib.suppress(httpx.TransportError):  # closed before we had sent it all
            answer = client.post(
                "/api/v1/incidents", headers=headers, content=(part for _ in range(64))
            )
            assert answer.status_code == 413
    assert web.send([b'{"error_type": "timeout"}'])[0] == 202
    assert Incident.objects.count() == 1
