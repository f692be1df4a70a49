"""Keeps one private server running for as long as anybody uses it.

`python -m m25console.runtime.keeper NAME DIRECTORY [volatile]`, started by servers.py. Whoever
uses the server holds a shared lock; when the keeper can take that lock for itself, the last user
has gone, by choice or by force, and the server is stopped in good order.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Final

from m25console.runtime import account, layout, locks, postgres, valkey

SERVERS: Final = {postgres.NAME: postgres, valkey.NAME: valkey}
LOOK_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 5.0
TETHER: Final = Path(__file__).with_name("tether.py")


class Stopping(Exception):  # noqa: N818 - not an error: the machine asks us to leave
    """Raised in the main thread by SIGTERM and SIGINT."""


def keep(name: str, directory: Path, *, volatile: bool) -> None:
    """Runs the server until nobody uses it; returns at once when another keeper does that."""
    held = locks.take(layout.lock_path(directory, f"{name}.keeper"))
    if held is None:
        return
    users = layout.lock_path(directory, f"{name}.users")
    server: subprocess.Popen[bytes] | None = None
    pause, started = 0.0, 0.0
    alone: int | None = None
    with contextlib.suppress(Stopping):
        while (alone := locks.take(users)) is None:
            if server is None or server.poll() is not None:
                pause = _next_pause(pause, ran=time.monotonic() - started)
                time.sleep(pause)
                server, started = _start(name, directory, volatile=volatile), time.monotonic()
                locks.note(held, {"keeper": os.getpid(), "server": server.pid})
            time.sleep(LOOK_SECONDS)
    if server is not None:
        _stop(name, server)
    os.close(held)
    if alone is not None:
        # Last: a newcomer waits for this one and then finds no keeper.
        os.close(alone)


def _start(name: str, directory: Path, *, volatile: bool) -> subprocess.Popen[bytes]:
    server, owner = SERVERS[name], account.of_servers()
    server.clear_leftovers(directory)
    become = f"{owner.uid}:{owner.gid}" if owner.switch else "-"
    tether = [sys.executable, "-I", "-S", str(TETHER), str(int(server.ORPHANED_SIGNAL)), become]
    log = layout.opened_log(directory, name)
    with layout.entered(server.home(directory)) as (home, handles):
        command = server.command(directory, home=home, account=owner, volatile=volatile)
        started = subprocess.Popen(  # noqa: S603 - our own programs
            [*tether, str(os.getpid()), *command],
            cwd="/",
            env=layout.server_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=handles,
        )
    os.close(log)
    return started


def _next_pause(pause: float, *, ran: float) -> float:
    """Seconds to wait before starting again: none at first, doubling while starts fail."""
    if ran > LONGEST_PAUSE_SECONDS:
        return 0.0
    return min(LONGEST_PAUSE_SECONDS, max(0.1, pause * 2))


def _stop(name: str, server: subprocess.Popen[bytes]) -> None:
    kind = SERVERS[name]
    server.send_signal(kind.STOP_SIGNAL)
    try:
        server.wait(kind.STOP_SECONDS)
    except subprocess.TimeoutExpired:
        # PostgreSQL's "immediate" stop; it recovers from its log at the next start.
        server.send_signal(signal.SIGQUIT)
        server.wait(kind.STOP_SECONDS)


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise Stopping


def main() -> None:
    """Reads the command line; see the module."""
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    name, directory, *options = sys.argv[1:]
    keep(name, Path(directory), volatile="volatile" in options)


if __name__ == "__main__":
    main()
