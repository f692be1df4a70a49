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

from m25console.destinations import (
    Address,
    ForbiddenTarget,
    OutboundFault,
    Stage,
    Target,
    is_public,
    target_of,
)

DEADLINE_SECONDS: Final = 10.0
LOOK_UP_SECONDS: Final = 3.0
MAX_ANSWER: Final = 64 * 1024  # bytes
ADDRESSES_TRIED: Final = 3


class NoAnswer(OutboundFault):
    """The other side could not be reached, or said nothing whole in time."""


@dataclass(frozen=True)
class Answer:
    """What came back; `is_cut` if there was more than the limit."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    is_cut: bool
    stages: tuple[Stage, ...]


class _Course:
    """The stages of one request, and the moment by which all of them have to be over."""

    def __init__(self, seconds: float, *, is_secure: bool) -> None:
        self.seconds = seconds
        self.stages: list[Stage] = []
        self._since = time.monotonic()
        self._ends = self._since + seconds
        self._ahead = iter(("dns", "tcp", *(("tls",) if is_secure else ()), "answer"))

    def reached(self, *, is_good: bool = True) -> None:
        """The stage under way has ended."""
        began, self._since = self._since, time.monotonic()
        self.stages.append(
            Stage(next(self._ahead), round((self._since - began) * 1000), is_good=is_good)
        )

    def left(self) -> float:
        """Seconds until then. Raises NoAnswer when there are none."""
        seconds = self._ends - time.monotonic()
        if seconds <= 0:
            raise self.missed()
        return seconds

    def missed(self) -> NoAnswer:
        return NoAnswer(f"There was no whole answer within {self.seconds:g} seconds.")


def check_leads_outside(url: str) -> None:
    """Raises ForbiddenTarget for a URL that must not be called as things are now; a name that
    leads nowhere yet is looked at again when it is called."""
    target = target_of(url)
    with contextlib.suppress(NoAnswer):
        _checked(target, _Course(LOOK_UP_SECONDS, is_secure=True))


def send(
    url: str,
    *,
    method: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    deadline_seconds: float = DEADLINE_SECONDS,
) -> Answer:
    """One request and its answer, whatever its status. Raises ForbiddenTarget or NoAnswer."""
    target = target_of(url)
    course = _Course(deadline_seconds, is_secure=target.scheme == "https")
    sent = {"Host": target.host_header, "User-Agent": "m25console", **(headers or {})}
    try:
        return _exchanged(target, course, method=method, body=body, headers=sent)
    except OutboundFault as fault:
        course.reached(is_good=False)
        fault.stages = tuple(course.stages)
        raise


def _exchanged(
    target: Target, course: _Course, *, method: str, body: bytes, headers: Mapping[str, str]
) -> Answer:
    addresses = _checked(target, course)
    course.reached()
    connected = _connected(target, addresses, course)
    course.reached()
    with contextlib.closing(connected) as plain, _watched(plain, target, course) as stream:
        connection = http.client.HTTPConnection(target.host, target.port)
        connection.sock = stream
        connection.request(method, target.path, body=body, headers=dict(headers))
        answer = connection.getresponse()
        read = answer.read(MAX_ANSWER + 1)
        course.left()  # a stream cut off by the deadline can look like one that has ended
        course.reached()
        told = {name.lower(): value for name, value in answer.getheaders()}
        is_cut = len(read) > MAX_ANSWER
        return Answer(answer.status, told, read[:MAX_ANSWER], is_cut, tuple(course.stages))


def _checked(target: Target, course: _Course) -> list[Address]:
    """The addresses behind the name. Raises ForbiddenTarget if any of them is not public."""
    found = _looked_up(target, course)
    private = [one for one in found if not is_public(one)]
    if private and not target.is_allowed_anywhere:
        raise ForbiddenTarget(
            f"{target.host} leads to {private[0]}, which is not a public address. "
            "The operator can allow it in M25_OUTBOUND_ALLOW."
        )
    return found[:ADDRESSES_TRIED]


def _looked_up(target: Target, course: _Course) -> list[Address]:
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
        answer = answers.get(timeout=course.left())
    except queue.Empty:
        raise course.missed() from None
    if isinstance(answer, OSError) or not answer:
        raise NoAnswer(f"The name {target.host} leads nowhere.")
    return answer


def _connected(target: Target, addresses: list[Address], course: _Course) -> socket.socket:
    """A connection to the first address that takes one."""
    for address in addresses:
        with contextlib.suppress(OSError):
            return socket.create_connection((str(address), target.port), timeout=course.left())
    course.left()
    raise NoAnswer(f"{target.host} does not take connections on port {target.port}.")


@contextlib.contextmanager
def _watched(plain: socket.socket, target: Target, course: _Course) -> Iterator[socket.socket]:
    """The connection, with TLS where the URL says so, cut off at the deadline.

    A time limit on the socket bounds each read and not their sum, so a watchman cuts it off.
    """
    stream = _wrapped(plain, target)
    watchman = threading.Timer(course.left(), _cut, [stream])
    watchman.daemon = True
    watchman.start()
    try:
        stream.settimeout(course.left())
        if isinstance(stream, ssl.SSLSocket):
            stream.do_handshake()
            course.reached()
        yield stream
    except ssl.SSLCertVerificationError as error:
        raise NoAnswer(
            f"The certificate of {target.host} is not good: {error.verify_message}."
        ) from None
    except (OSError, http.client.HTTPException) as error:
        course.left()
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
