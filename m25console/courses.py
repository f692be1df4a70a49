"""The way to a server whose address people entered, stage by stage and against the clock.

A name is looked up once, every address it has is checked, and one of those is connected to, so
that a name which changes its mind reaches nothing. One deadline covers everything from the look-up
to the last byte.
"""

import contextlib
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Final

from m25console.destinations import (
    Address,
    ForbiddenTarget,
    OutboundFault,
    Stage,
    Target,
    is_public,
)

ADDRESSES_TRIED: Final = 3


class NoAnswer(OutboundFault):
    """The other side could not be reached, or said nothing whole in time."""


class Course:
    """The stages of one visit, and the moment by which all of them have to be over."""

    def __init__(self, seconds: float, *, ahead: Sequence[str]) -> None:
        self.seconds = seconds
        self.stages: list[Stage] = []
        self._since = time.monotonic()
        self._ends = self._since + seconds
        self._ahead = list(ahead)

    @property
    def now(self) -> str:
        """The name of the stage under way; empty after the last."""
        return self._ahead[0] if self._ahead else ""

    def reached(self, *, is_good: bool = True, told: str = "", is_warning: bool = False) -> None:
        """The stage under way has ended."""
        began, self._since = self._since, time.monotonic()
        took = round((self._since - began) * 1000)
        self.stages.append(
            Stage(self._ahead.pop(0), took, is_good=is_good, told=told, is_warning=is_warning)
        )

    def adopt(self, stages: Sequence[Stage]) -> None:
        """What a visit by other means went through: its stages, as far as they are ahead here;
        any other was the beginning of the one that is under way then."""
        for one in stages:
            if one.name in self._ahead:
                self._ahead.remove(one.name)
                self.stages.append(one)
            else:
                self._since = time.monotonic() - one.milliseconds / 1000

    def left(self) -> float:
        """Seconds until then. Raises NoAnswer when there are none."""
        seconds = self._ends - time.monotonic()
        if seconds <= 0:
            raise self.missed()
        return seconds

    def missed(self) -> NoAnswer:
        return NoAnswer(f"There was no whole answer within {self.seconds:g} seconds.")


def checked(target: Target, course: Course) -> list[Address]:
    """The addresses behind the name. Raises ForbiddenTarget if any of them is not public, or
    NoAnswer where there are none."""
    found = _looked_up(target, course)
    private = [one for one in found if not is_public(one)]
    if private and not target.is_allowed_anywhere:
        raise ForbiddenTarget(
            f"{target.host} leads to {private[0]}, which is not a public address. "
            "The operator can allow it in M25_OUTBOUND_ALLOW."
        )
    return found[:ADDRESSES_TRIED]


def connected(target: Target, addresses: Sequence[Address], course: Course) -> socket.socket:
    """A connection to the first address that takes one. Raises NoAnswer."""
    for address in addresses:
        with contextlib.suppress(OSError):
            return socket.create_connection((str(address), target.port), timeout=course.left())
    course.left()
    raise NoAnswer(f"{target.host} does not take connections on port {target.port}.")


@contextlib.contextmanager
def watched(stream: socket.socket, course: Course) -> Iterator[None]:
    """The connection is cut off at the deadline, whoever is reading from it.

    A time limit on the socket bounds each read and not their sum, so a watchman cuts it off.
    """
    watchman = threading.Timer(course.left(), _cut, [stream])
    watchman.daemon = True
    watchman.start()
    try:
        stream.settimeout(course.left())
        yield
    finally:
        watchman.cancel()


def told_by(error: Exception) -> str:
    """What broke a connection, in a few words that repeat nothing that was sent."""
    return getattr(error, "strerror", None) or type(error).__name__


def bad_certificate(host: str, error: ssl.SSLCertVerificationError) -> NoAnswer:
    """What to say of a server that is not who it should be."""
    return NoAnswer(f"The certificate of {host} is not good: {error.verify_message}.")


def _looked_up(target: Target, course: Course) -> list[Address]:
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


def _cut(stream: socket.socket) -> None:
    # Of the plain socket: the one of TLS would first take its lock, which the reader holds.
    with contextlib.suppress(OSError):
        socket.socket.shutdown(stream, socket.SHUT_RDWR)
