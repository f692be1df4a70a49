"""The one way out: requests to addresses that people entered.

HTTPS to public addresses only, unless the operator lists a host and port in M25_OUTBOUND_ALLOW.
A name is looked up once, every address it has is checked, and one of those is connected to, so
that a name which changes its mind reaches nothing. No redirect is followed, no proxy of the
environment used, no cookie kept. One deadline covers everything from the look-up to the last
byte, and an answer is read up to a limit.
"""

import contextlib
import http.client
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

DEADLINE_SECONDS: Final = 10.0
MAX_ANSWER: Final = 64 * 1024  # bytes
MAX_URL: Final = 2048
ADDRESSES_TRIED: Final = 3
# What `is_global` leaves in, or did before it was corrected: ways to reach private networks.
_SPECIAL: Final = tuple(
    ipaddress.ip_network(one)
    for one in (
        "192.0.0.0/24", "192.88.99.0/24", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/23",
        "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
    )
)  # fmt: skip
type Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class OutboundFault(Exception):  # noqa: N818 - its text is told to the person who set it up
    """There is no answer; the text says why."""


class ForbiddenTarget(OutboundFault):
    """This address may not be called, now or later."""


class NoAnswer(OutboundFault):
    """The other side could not be reached, or said nothing whole in time."""


@dataclass(frozen=True)
class Target:
    """A URL that may be called, taken apart."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def is_allowed_anywhere(self) -> bool:
        """Whether the operator lets it be private, and without TLS."""
        return f"{self.host}:{self.port}" in settings.OUTBOUND_ALLOW

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.scheme == "https" else 80
        return host if self.port == usual else f"{host}:{self.port}"


@dataclass(frozen=True)
class Answer:
    """What came back; `is_cut` if there was more than the limit."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    is_cut: bool


class _Deadline:
    """The moment by which everything has to be over."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._ends = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds until then. Raises NoAnswer when there are none."""
        seconds = self._ends - time.monotonic()
        if seconds <= 0:
            raise self.missed()
        return seconds

    def missed(self) -> NoAnswer:
        return NoAnswer(f"There was no whole answer within {self.seconds:g} seconds.")


def target_of(url: str) -> Target:
    """The URL, taken apart. Raises ForbiddenTarget for one that must not be called; the addresses
    behind its name are looked at by `send`."""
    parts = _parts(url)
    try:
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode().lower().rstrip(".")
    except ValueError:
        raise ForbiddenTarget("This is not the address of a web server.") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ForbiddenTarget("Enter an address that begins with https://.")
    if parts.username is not None or parts.password is not None:
        raise ForbiddenTarget("Leave name and password out of the address.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    target = Target(parts.scheme, host, port or (443 if parts.scheme == "https" else 80), path)
    if target.scheme != "https" and not target.is_allowed_anywhere:
        raise ForbiddenTarget("Only https:// is allowed: what is sent must not be read on its way.")
    return target


def _parts(url: str) -> SplitResult:
    fits = len(url) <= MAX_URL and url.isascii() and url.isprintable() and " " not in url
    if not fits or "\\" in url:
        raise ForbiddenTarget("An address has up to 2,048 plain characters and no spaces.")
    try:
        return urlsplit(url)
    except ValueError:
        raise ForbiddenTarget("This is not the address of a web server.") from None


def send(
    url: str,
    *,
    method: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    deadline_seconds: float = DEADLINE_SECONDS,
) -> Answer:
    """One request and its answer, whatever its status. Raises ForbiddenTarget or NoAnswer."""
    deadline = _Deadline(deadline_seconds)
    target = target_of(url)
    addresses = _checked(target, deadline)
    sent = {"Host": target.host_header, "User-Agent": "m25console", **(headers or {})}
    connected = _connected(target, addresses, deadline)
    with contextlib.closing(connected) as plain, _watched(plain, target, deadline) as stream:
        connection = http.client.HTTPConnection(target.host, target.port)
        connection.sock = stream
        connection.request(method, target.path, body=body, headers=sent)
        answer = connection.getresponse()
        read = answer.read(MAX_ANSWER + 1)
        deadline.left()  # a stream cut off by the deadline can look like one that has ended
        told = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, told, read[:MAX_ANSWER], len(read) > MAX_ANSWER)


def is_public(address: Address) -> bool:
    """Whether an address is one of the open internet."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    plain = mapped or address
    special = any(plain in one for one in _SPECIAL if one.version == plain.version)
    return plain.is_global and not plain.is_multicast and not special


def _checked(target: Target, deadline: _Deadline) -> list[Address]:
    """The addresses behind the name. Raises ForbiddenTarget if any of them is not public."""
    found = _looked_up(target, deadline)
    private = [one for one in found if not is_public(one)]
    if private and not target.is_allowed_anywhere:
        raise ForbiddenTarget(
            f"{target.host} leads to {private[0]}, which is not a public address. "
            "The operator can allow it in M25_OUTBOUND_ALLOW."
        )
    return found[:ADDRESSES_TRIED]


def _looked_up(target: Target, deadline: _Deadline) -> list[Address]:
    """Asked on a thread of its own: a look-up has no time limit to set."""
    answers: queue.SimpleQueue[list[Address] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
            unique = dict.fromkeys(str(one[4][0]).partition("%")[0] for one in found)
            answers.put([ipaddress.ip_address(one) for one in unique])
        except OSError as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=deadline.left())
    except queue.Empty:
        raise deadline.missed() from None
    if isinstance(answer, OSError) or not answer:
        raise NoAnswer(f"The name {target.host} leads nowhere.")
    return answer


def _connected(target: Target, addresses: list[Address], deadline: _Deadline) -> socket.socket:
    """A connection to the first address that takes one."""
    for address in addresses:
        with contextlib.suppress(OSError):
            return socket.create_connection((str(address), target.port), timeout=deadline.left())
    deadline.left()
    raise NoAnswer(f"{target.host} does not take connections on port {target.port}.")


@contextlib.contextmanager
def _watched(plain: socket.socket, target: Target, deadline: _Deadline) -> Iterator[socket.socket]:
    """The connection, with TLS where the URL says so, cut off at the deadline.

    A time limit on the socket bounds each read and not their sum, so a watchman cuts it off.
    """
    stream = _wrapped(plain, target)
    watchman = threading.Timer(deadline.left(), _cut, [stream])
    watchman.daemon = True
    watchman.start()
    try:
        stream.settimeout(deadline.left())
        if isinstance(stream, ssl.SSLSocket):
            stream.do_handshake()
        yield stream
    except ssl.SSLCertVerificationError as error:
        raise NoAnswer(
            f"The certificate of {target.host} is not good: {error.verify_message}."
        ) from None
    except (OSError, http.client.HTTPException) as error:
        deadline.left()
        raise NoAnswer(f"The connection to {target.host} broke: {_told(error)}.") from None
    finally:
        watchman.cancel()
        stream.close()


def _wrapped(plain: socket.socket, target: Target) -> socket.socket:
    if target.scheme != "https":
        return plain
    return ssl.create_default_context().wrap_socket(
        plain, server_hostname=target.host, do_handshake_on_connect=False
    )


def _cut(stream: socket.socket) -> None:
    # Of the plain socket: the one of TLS would first take its lock, which the reader holds.
    with contextlib.suppress(OSError):
        socket.socket.shutdown(stream, socket.SHUT_RDWR)


def _told(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
