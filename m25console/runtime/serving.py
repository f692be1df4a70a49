"""Granian, which ends although it is told to end several times at once.

When `up` is killed, the kernel tells its children so once for each of its threads. Granian's
answer to a signal sets an event under a lock; told again in that moment, it would wait for that
lock, which it holds itself, forever.
"""

from typing import Any

from granian.cli import entrypoint
from granian.server.common import AbstractServer

_end = AbstractServer.signal_handler_interrupt


def end_once(server: "AbstractServer[Any]", *signal: Any) -> None:
    """What a server does when it is told to end; nothing if it is ending already."""
    if not server.interrupt_signal:
        _end(server, *signal)  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    AbstractServer.signal_handler_interrupt = end_once  # type: ignore[method-assign]
    entrypoint()  # type: ignore[no-untyped-call]
