"""The one way out, against a real server."""

import ipaddress
import socket
import time

import pytest

from m25console import outbound
from m25console.courses import NoAnswer
from m25console.destinations import ForbiddenTarget, is_public
from tests import endpoints
from tests.endpoints import Endpoint, answers, drips

FORBIDDEN = [
    "http://example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "//example.com/",
    "https://",
    "https:///path",
    "https://user:pw@example.com/",
    "https://example.com:99999/",
    "https://example.com/a b",
    "https://example.com/\r\nHost: x",
    "https://example.com\\@evil.example/",
    "https://[::1/",
    "https://" + "a" * 3000,
]
PRIVATE = [
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0.0.0.0", "10.0.0.1", "172.16.0.1",
    "192.168.1.1", "169.254.169.254", "100.64.0.1", "198.18.0.1", "192.0.2.1", "224.0.0.1",
    "255.255.255.255", "240.0.0.1", "192.88.99.1", "[::1]", "[::]", "[fc00::1]", "[fe80::1]",
    "[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
    "[2001:db8::1]", "[ff02::1]", "[5f00::1]", "localhost",
]  # fmt: skip


@pytest.fixture
def endpoint(settings):
    with endpoints.running() as running:
        settings.OUTBOUND_ALLOW = frozenset({running.host})
        yield running


def post(url: str, **rest) -> outbound.Answer:
    return outbound.send(url, method="POST", body=b"{}", **rest)


@pytest.mark.parametrize("url", FORBIDDEN)
def test_what_is_no_address_of_a_public_server_is_refused(url):
    with pytest.raises(ForbiddenTarget):
        post(url)


@pytest.mark.parametrize("host", PRIVATE)
def test_private_addresses_are_refused_however_they_are_written(host):
    with pytest.raises((ForbiddenTarget, NoAnswer)):
        post(f"https://{host}:9/")


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "2606:4700::1111"])
def test_public_addresses_are_not(address):
    assert is_public(ipaddress.ip_address(address))


def test_a_name_with_one_private_address_among_public_ones_is_refused(monkeypatch):
    def found(*_args, **_kwargs):
        return [(0, 0, 0, "", ("1.1.1.1", 443)), (0, 0, 0, "", ("10.0.0.7", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    with pytest.raises(ForbiddenTarget, match=r"10\.0\.0\.7"):
        post("https://example.com/")


def test_a_name_is_looked_up_once_and_that_address_connected_to(
    endpoint: Endpoint, settings, monkeypatch
):
    asked = []

    def found(host, port, **_kwargs):
        asked.append(host)
        return [(0, 0, 0, "", ("127.0.0.1", port))]

    settings.OUTBOUND_ALLOW = frozenset({f"rebinding.example:{endpoint.port}"})
    monkeypatch.setattr(socket, "getaddrinfo", found)
    monkeypatch.setattr(socket, "create_connection", connect_without_look_up)

    assert post(f"http://rebinding.example:{endpoint.port}/").status == 200
    assert asked == ["rebinding.example"]
    assert endpoint.received[0].headers["host"] == f"rebinding.example:{endpoint.port}"


def connect_without_look_up(address, timeout):
    stream = socket.socket(socket.AF_INET)
    stream.settimeout(timeout)
    stream.connect(address)
    return stream


def test_what_is_allowed_is_reached_and_its_answer_read(endpoint: Endpoint):
    endpoint.behaviour = answers(201, b"made", X_Trace="7")
    answer = post(endpoint.url, headers={"Content-Type": "application/json"})
    assert (answer.status, answer.body, answer.headers["x-trace"]) == (201, b"made", "7")
    [received] = endpoint.received
    assert (received.path, received.body) == ("/recover", b"{}")
    assert received.headers["user-agent"] == "m25console"


def test_only_the_port_that_is_allowed(endpoint: Endpoint):
    with endpoints.running() as other, pytest.raises(ForbiddenTarget):
        post(other.url)


def test_a_redirect_is_not_followed(endpoint: Endpoint):
    endpoint.behaviour = answers(307, Location=f"{endpoint.url}/elsewhere")
    assert post(endpoint.url).status == 307
    assert len(endpoint.received) == 1


def test_a_big_body_is_cut(endpoint: Endpoint):
    endpoint.behaviour = answers(200, b"x" * (outbound.MAX_ANSWER + 1))
    answer = post(endpoint.url)
    assert answer.is_cut
    assert len(answer.body) == outbound.MAX_ANSWER


@pytest.mark.parametrize("what", ["headers", "body"])
def test_a_slow_drip_ends_at_the_deadline(endpoint: Endpoint, what):
    endpoint.behaviour = drips(what, seconds=5)
    began = time.monotonic()
    with pytest.raises(NoAnswer, match=r"within 0\.5 seconds"):
        post(endpoint.url, deadline_seconds=0.5)
    assert time.monotonic() - began < 4


def test_a_server_that_hangs_up_is_no_answer(endpoint: Endpoint):
    endpoint.behaviour = lambda request: request.connection.shutdown(socket.SHUT_RDWR)
    with pytest.raises(NoAnswer, match="broke"):
        post(endpoint.url)


def test_nobody_listening_is_no_answer(settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{taken.getsockname()[1]}"
        settings.OUTBOUND_ALLOW = frozenset({host})
        with pytest.raises(NoAnswer, match="does not take connections"):
            post(f"http://{host}/")


def test_no_proxy_of_the_environment_is_used(endpoint: Endpoint, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert post(endpoint.url).status == 200


def test_a_certificate_nobody_vouches_for_is_no_answer(endpoint: Endpoint):
    with pytest.raises(NoAnswer):
        post(f"https://{endpoint.host}/")
