"""The one way out: requests to addresses that people entered.

HTTPS to public addresses only, unless the operator lists a host and port in M25_OUTBOUND_ALLOW.
The way there is that of `courses`. No redirect is followed, no proxy of the environment used, no
cookie kept, and an answer is read up to a limit.
"""

import contextlib
import http.client
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from m25console import courses
from m25console.courses import Course, NoAnswer
from m25console.destinations import OutboundFault, Stage, Target, target_of

DEADLINE_SECONDS: Final = 10.0
LOOK_UP_SECONDS: Final = 3.0
MAX_ANSWER: Final = 64 * 1024  # bytes
STAGES: Final = ("dns", "tcp", "tls", "answer")


@dataclass(frozen=True)
class Answer:
    """What came back; `is_cut` if there was more than the limit."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    is_cut: bool
    stages: tuple[Stage, ...]


def check_leads_outside(url: str) -> None:
    """Raises ForbiddenTarget for a URL that must not be called as things are now; a name that
    leads nowhere yet is looked at again when it is called."""
    check_target(target_of(url))


def check_target(target: Target) -> None:
    """The same for a server that is not called by a URL."""
    with contextlib.suppress(NoAnswer):
        courses.checked(target, Course(LOOK_UP_SECONDS, ahead=STAGES))


def send(
    url: str,
    *,
    method: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    deadline_seconds: float = DEADLINE_SECONDS,
    max_answer: int = MAX_ANSWER,
) -> Answer:
    """One request and its answer, whatever its status, of which at most `max_answer` bytes are
    read. Raises ForbiddenTarget or NoAnswer."""
    target = target_of(url)
    ahead = STAGES if target.scheme == "https" else [one for one in STAGES if one != "tls"]
    course = Course(deadline_seconds, ahead=ahead)
    sent = {"Host": target.host_header, "User-Agent": "m25console", **(headers or {})}
    try:
        return _exchanged(
            target, course, method=method, body=body, headers=sent, max_answer=max_answer
        )
    except OutboundFault as fault:
        course.reached(is_good=False)
        fault.stages = tuple(course.stages)
        raise


def _exchanged(
    target: Target, course: Course, *, method: str, body: bytes, headers: Mapping[str, str],
    max_answer: int,
) -> Answer:  # fmt: skip
    addresses = courses.checked(target, course)
    course.reached()
    connected = courses.connected(target, addresses, course)
    course.reached()
    with contextlib.closing(connected) as plain, _secured(plain, target, course) as stream:
        connection = http.client.HTTPConnection(target.host, target.port)
        connection.sock = stream
        connection.request(method, target.path, body=body, headers=dict(headers))
        answer = connection.getresponse()
        read = answer.read(max_answer + 1)
        course.left()  # a stream cut off by the deadline can look like one that has ended
        course.reached()
        told = {name.lower(): value for name, value in answer.getheaders()}
        is_cut = len(read) > max_answer
        return Answer(answer.status, told, read[:max_answer], is_cut, tuple(course.stages))


@contextlib.contextmanager
def _secured(plain: socket.socket, target: Target, course: Course) -> Iterator[socket.socket]:
    """The connection, with TLS where the URL says so, cut off at the deadline."""
    stream = _wrapped(plain, target)
    try:
        with courses.watched(stream, course):
            if isinstance(stream, ssl.SSLSocket):
                stream.do_handshake()
                course.reached()
            yield stream
    except ssl.SSLCertVerificationError as error:
        raise courses.bad_certificate(target.host, error) from None
    except (OSError, http.client.HTTPException) as error:
        course.left()
        told = courses.told_by(error)
        raise NoAnswer(f"The connection to {target.host} broke: {told}.") from None
    finally:
        stream.close()


def _wrapped(plain: socket.socket, target: Target) -> socket.socket:
    if target.scheme != "https":
        return plain
    return ssl.create_default_context().wrap_socket(
        plain, server_hostname=target.host, do_handshake_on_connect=False
    )
