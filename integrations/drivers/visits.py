"""What every visit to a server has in common: the way there, and how it is told that it failed."""

import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from django.conf import settings

from integrations.domain.reaching import Reach
from m25console import courses, outbound
from m25console.courses import Course
from m25console.destinations import ForbiddenTarget, OutboundFault, server_of
from m25console.scrubbing import scrubbed

SECONDS: Final = 10.0
MOST: Final = 20  # names of a sample
MAX_TOLD: Final = 300  # characters of what a server says
PLAIN: Final = ("dns", "tcp", "auth", "permission", "sample")
SECURE: Final = ("dns", "tcp", "tls", "auth", "permission", "sample")
IN_PLACE: Final = ("permission", "sample")


class Refused(OutboundFault):
    """The server said no, at the stage that was under way."""


class Unready(Refused):
    """Nothing was asked: the settings do not allow it."""


@dataclass(frozen=True)
class Sample:
    """Names of what is there: tables, keys, objects; `told` says how it was looked at."""

    names: tuple[str, ...] = ()
    told: str = ""


def course_of(reach: Reach, *, seconds: float = SECONDS) -> Course:
    """The stages ahead on the way to this server."""
    return Course(seconds, ahead=SECURE if reach.is_tls else PLAIN)


@contextmanager
def way_to(reach: Reach, course: Course) -> Iterator["Way"]:
    """An open connection to a checked address, cut off at the deadline; `dns` and `tcp` are
    behind. Raises ForbiddenTarget or NoAnswer."""
    target = server_of(reach.host, reach.port)
    addresses = courses.checked(target, course)
    course.reached()
    with closing(courses.connected(target, addresses, course)) as stream:
        course.reached()
        with courses.watched(stream, course):
            yield Way(target.host, str(stream.getpeername()[0]), stream)


@dataclass(frozen=True)
class Way:
    """The server's name, the address that was checked, and the connection to it."""

    host: str
    address: str
    stream: socket.socket


def secured(way: Way, reach: Reach, course: Course) -> ssl.SSLSocket:
    """The connection inside TLS; `tls` is behind. Raises NoAnswer, Refused or ForbiddenTarget."""
    try:
        stream = trust_of(reach).wrap_socket(way.stream, server_hostname=way.host)
    except ssl.SSLCertVerificationError as error:
        raise courses.bad_certificate(way.host, error) from None
    except OSError:
        course.left()
        raise Refused("The server does not encrypt connections.") from None
    course.reached()
    return stream


def ask(course: Course, url: str, *, headers: Mapping[str, str]) -> outbound.Answer:
    """A GET, whatever its answer; `auth` is under way then. Raises ForbiddenTarget or NoAnswer."""
    try:
        answer = outbound.send(url, method="GET", headers=headers, deadline_seconds=course.left())
    except OutboundFault as fault:
        course.adopt([one for one in fault.stages if one.is_good])
        raise
    course.adopt(answer.stages)
    return answer


def trust_of(reach: Reach) -> ssl.SSLContext:
    """Whom to believe that they are the server. Raises ForbiddenTarget or Refused."""
    context = ssl.create_default_context()
    if not reach.verifies:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    elif reach.authority:
        try:
            context.load_verify_locations(authority_of(reach))
        except (OSError, ssl.SSLError):
            raise Refused("The certificate of the authority cannot be read.") from None
    return context


def authority_of(reach: Reach) -> str:
    """The path of the authority's certificate. Raises ForbiddenTarget outside the operator's
    folders."""
    return str(allowed(reach.authority))


def allowed(path: str) -> Path:
    """The path as it is, if it lies under a folder that the operator allows, however it is
    written and wherever links lead. Raises ForbiddenTarget."""
    try:
        real = Path(path).resolve()
    except (OSError, ValueError, RuntimeError):
        raise ForbiddenTarget("This is not a path.") from None
    roots = [Path(one).resolve() for one in settings.FILE_ROOTS]
    if not Path(path).is_absolute() or not any(real.is_relative_to(one) for one in roots):
        raise ForbiddenTarget(
            "This lies outside the folders that the operator allows in M25_FILE_ROOTS."
            if roots
            else "The operator allows no folder of this machine: M25_FILE_ROOTS names none."
        )
    return real


def signed_in(course: Course) -> None:
    """The server has taken the account; encryption, where it is asked for, came before."""
    while course.now in ("tls", "auth"):
        course.reached()


def note_rights(course: Course, *, may_write: bool) -> None:
    """Whether the account is one that may only read, as it should be."""
    told = "The account may also write: one that may only read is safer." if may_write else ""
    course.reached(told=told, is_warning=may_write)


def sample_of(names: Sequence[str], noun: str) -> Sample:
    """What was found, and how many in words."""
    shown = tuple(names[:MOST])
    if not shown:
        return Sample(told=f"There is no {noun} yet that can be read.")
    several = "" if len(shown) == 1 else "s"
    return Sample(shown, f"{len(shown)} {noun}{several}, the first of them {shown[0]}")


def refuse(course: Course, at: str, told: str) -> NoReturn:
    """The stage `at` failed, those before it went well. Raises Refused."""
    while course.now != at and course.now:
        course.reached()
    raise Refused(told)


def words_of(error: BaseException, reach: Reach) -> str:
    """What a server or library said, shortened and without anything secret."""
    text = " ".join(str(error).split())
    return scrubbed(text, reach.secrets)[:MAX_TOLD]
