"""A group of processes that is started, watched, started again and stopped as one.

Each process leads a session of its own: what it leaves behind when it is killed can be found and
ended, and the terminal's Ctrl-C reaches the supervisor alone, which stops the group in order.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

from m25console.runtime import layout

TETHER: Final = Path(__file__).with_name("tether.py")
SHORTEST_PAUSE_SECONDS: Final = 0.2
LONGEST_PAUSE_SECONDS: Final = 5.0
SETTLED_SECONDS: Final = 5.0  # one that ran this long did start: its next start need not wait

KILLED_SECONDS: Final = 5.0  # until the kernel has taken a killed process away
CLOCK_SECONDS: Final = 2.0  # a process's birth is computed from a boot time that may be corrected


@dataclass(frozen=True)
class Role:
    """One process of the group: `stop_seconds` is how long it may take to finish its work."""

    name: str
    command: tuple[str, ...]
    stop_seconds: float
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Member:
    """A role and the process that plays it now; None between a death and the next start."""

    role: Role
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = 0.0
    start_at: float = 0.0


@dataclass(frozen=True)
class Mark:
    """What tells a process from a later one that was given the same number."""

    pid: int
    created: float


class ProcessGroup:
    """Processes under one supervisor. All calls except pids() belong to one thread.

    The kernel stops the processes when that thread ends, so it must be the one that lives longest.
    """

    def __init__(
        self,
        roles: Sequence[Role],
        *,
        directory: Path,
        handles: tuple[int, ...] = (),
        report: Callable[[str], None],
    ) -> None:
        self._members = {role.name: Member(role) for role in roles}
        self._directory = directory
        self._handles = handles
        self._report = report

    def start(self) -> None:
        """Starts every process, in the order of the roles."""
        for member in self._members.values():
            self._start(member)

    def tend(self) -> bool:
        """Starts again whoever died, after a pause that grows; True when there was a change."""
        changes = [self._tend(member) for member in self._members.values()]
        return any(changes)

    def stop(self) -> None:
        """Stops one process after the other, in the order of the roles, each within its limit."""
        for member in self._members.values():
            process, member.process = member.process, None
            if process is None:
                continue
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(member.role.stop_seconds)
            except subprocess.TimeoutExpired:
                self._report(
                    f"{member.role.name} did not stop within {member.role.stop_seconds:.0f} s"
                )
            end_session(process.pid)
            process.wait()

    def pids(self, name: str) -> list[int]:
        """The processes that play a role: the leader first, then its children. Empty when dead.

        Raises KeyError for an unknown role.
        """
        process = self._members[name].process
        found = session_of(process.pid) if process else []
        return found if process and process.pid in found else []

    def marks(self) -> list[Mark]:
        """The leaders that run now, for end_leftovers() after a supervisor was killed."""
        running = [member.process for member in self._members.values() if member.process]
        return [mark for process in running if (mark := _mark(process.pid))]

    def _start(self, member: Member) -> None:
        log = layout.opened_log(self._directory, member.role.name)
        tether = [sys.executable, "-I", "-S", str(TETHER), str(int(signal.SIGTERM)), "-"]
        try:
            member.process = subprocess.Popen(  # noqa: S603 - our own programs
                [*tether, str(os.getpid()), *member.role.command],
                cwd=layout.PROJECT_DIR,
                env=dict(member.role.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=self._handles,
                start_new_session=True,
            )
        finally:
            os.close(log)
        member.started = time.monotonic()

    def _tend(self, member: Member) -> bool:
        if member.process is None:
            if time.monotonic() < member.start_at:
                return False
            self._start(member)
            return True
        code = member.process.poll()
        if code is None:
            return False
        end_session(member.process.pid)
        member.process = None
        settled = time.monotonic() - member.started > SETTLED_SECONDS
        doubled = SHORTEST_PAUSE_SECONDS if settled else member.pause * 2
        member.pause = min(LONGEST_PAUSE_SECONDS, max(SHORTEST_PAUSE_SECONDS, doubled))
        member.start_at = time.monotonic() + member.pause
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        log = layout.log_path(self._directory, member.role.name)
        self._report(
            f"{member.role.name} died ({how}); starting it again in {member.pause:.1f} s, see {log}"
        )
        return True


def session_of(leader: int) -> list[int]:
    """The live processes of the session that `leader` started, itself first."""
    found = []
    for pid in psutil.pids():
        with contextlib.suppress(OSError, psutil.Error):
            if os.getsid(pid) == leader and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                found.append(pid)
    return sorted(found, key=lambda pid: (pid != leader, pid))


def end_session(leader: int) -> None:
    """Kills what is left of the session that `leader` started; returns when it is gone."""
    deadline = time.monotonic() + KILLED_SECONDS
    while (left := session_of(leader)) and time.monotonic() < deadline:
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def end_leftovers(marks: Sequence[Mark]) -> int:
    """Kills the sessions of an earlier supervisor; returns how many there were.

    A session whose leader is gone is still ours: its number is not given out while it has members.
    """
    ended = 0
    for mark in marks:
        now = _mark(mark.pid)
        ours = now is None or abs(now.created - mark.created) < CLOCK_SECONDS
        if ours and session_of(mark.pid):
            end_session(mark.pid)
            ended += 1
    return ended


def _mark(pid: int) -> Mark | None:
    try:
        return Mark(pid=pid, created=psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return None
