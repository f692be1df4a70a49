"""Using the private servers: started when needed, shared, stopped by the last user's leaving."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import psycopg
from redis.exceptions import RedisError

from m25console.runtime import account, addresses, layout, locks, postgres, reach, valkey
from m25console.runtime.addresses import CannotStart

BOTH: Final = (postgres.NAME, valkey.NAME)
KINDS: Final = {postgres.NAME: postgres, valkey.NAME: valkey}
READY_SECONDS: Final = 90.0  # recovery after a crash replays the log before it answers
LEAVING_SECONDS: Final = 40.0  # a keeper that is stopping its server for lack of users
SHARED_SECONDS: Final = 0.4  # held that long by others after we left: they still use it


class PrivateServers:
    """The private PostgreSQL and Valkey of one data directory, in use between start() and stop().

    Any number of processes may use the same directory. `volatile` (unit tests only) turns off
    the syncs of a server that is started here.
    """

    def __init__(
        self, directory: Path, *, names: Iterable[str] = BOTH, volatile: bool = False
    ) -> None:
        self.directory = directory
        self.names = tuple(names)
        self._volatile = volatile
        self._held: dict[str, int] = {}
        self._keepers: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *, report: Callable[[str], None] | None = None) -> None:
        """Returns when every server answers. Raises CannotStart, and then holds nothing.

        `report` is told what was made or started and how many seconds it took.
        """
        try:
            self._prepare(report)
            self.keep()
            for name in self.names:
                began = time.monotonic()
                self._wait_ready(name)
                if report:
                    taken = time.monotonic() - began
                    report(f"{KINDS[name].TITLE} answers ({taken:.1f} s)")
        except BaseException:
            self.stop()
            raise

    def keep(self) -> None:
        """Gives every server in use a keeper, should its own have been killed."""
        for name in self._held:
            ours = self._keepers.get(name)
            # One that lives is about to take the lock: a busy machine starts it slowly, and is
            # not helped by a second.
            if ours is not None and ours.poll() is None:
                continue
            if locks.is_free(layout.lock_path(self.directory, f"{name}.keeper")):
                self._keepers[name] = self._start_keeper(name)

    def stop(self) -> None:
        """Leaves the servers; returns once they have stopped, or at once when others use them."""
        left = list(self._held)
        for handle in self._held.values():
            os.close(handle)
        self._held.clear()
        for name in left:
            self._wait_stopped(name)
        for keeper in self._keepers.values():
            try:
                keeper.wait(0.1)
            except subprocess.TimeoutExpired:
                keeper.returncode = 0  # lives on for its other users, and nobody need be warned
        self._keepers.clear()

    def pids(self, name: str) -> list[int]:
        """The server's process id and its keeper's, in this order; empty when it is not kept."""
        path = layout.lock_path(self.directory, f"{name}.keeper")
        if not path.exists() or locks.is_free(path):
            return []
        noted = locks.noted(path)
        return [noted[who] for who in ("server", "keeper") if who in noted]

    @property
    def titles(self) -> list[str]:
        """The servers' names for people."""
        return [KINDS[name].TITLE for name in self.names]

    @property
    def handles(self) -> tuple[int, ...]:
        """Descriptors to hand to a child that should keep the servers running while it lives."""
        return tuple(self._held.values())

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _prepare(self, report: Callable[[str], None] | None) -> None:
        """Takes the user's lock of every server and makes its data when they are missing."""
        owner = account.of_servers()
        layout.make_folders(self.directory, account=owner)
        making = locks.take(layout.lock_path(self.directory, "prepare"), wait_seconds=120)
        if making is None:
            raise CannotStart(f"Another process has been preparing {self.directory} for minutes.")
        try:
            for name in self.names:
                self._held[name] = self._take_use(name)
                if not locks.is_free(layout.lock_path(self.directory, f"{name}.keeper")):
                    continue
                began = time.monotonic()
                made = KINDS[name].prepare(self.directory, account=owner, volatile=self._volatile)
                if made and report:
                    report(f"{KINDS[name].TITLE} data made ({time.monotonic() - began:.1f} s)")
        except OSError as error:
            raise CannotStart(addresses.unusable(self.directory, error)) from error
        finally:
            os.close(making)

    def _take_use(self, name: str) -> int:
        handle = locks.take(
            layout.lock_path(self.directory, f"{name}.users"),
            shared=True,
            wait_seconds=LEAVING_SECONDS,
        )
        if handle is None:
            raise CannotStart(
                f"{KINDS[name].TITLE} in {self.directory} has been stopping for "
                f"{LEAVING_SECONDS:.0f} s; see {layout.log_path(self.directory, name)}."
            )
        return handle

    def _start_keeper(self, name: str) -> subprocess.Popen[bytes]:
        log = layout.opened_log(self.directory, f"{name}-keeper")
        arguments = [name, str(self.directory), *(["volatile"] if self._volatile else [])]
        try:
            return subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "m25console.runtime.keeper", *arguments],
                cwd=layout.PROJECT_DIR,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # out of reach of the terminal's Ctrl-C
            )
        finally:
            os.close(log)

    def _wait_ready(self, name: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not self._answers(name):
            if time.monotonic() > deadline:
                last = layout.log_tail(self.directory, name)
                path = layout.log_path(self.directory, name)
                raise CannotStart(
                    f"{KINDS[name].TITLE} did not start within {READY_SECONDS:.0f} s; "
                    f"its log {path} ends: {last}"
                )
            time.sleep(locks.POLL_SECONDS)

    def _answers(self, name: str) -> bool:
        try:
            if name == postgres.NAME:
                reach.database(addresses.database_url(self.directory))
            else:
                reach.broker(addresses.redis_url(self.directory))
        except (psycopg.OperationalError, RedisError):
            return False
        return True

    def _wait_stopped(self, name: str) -> None:
        deadline = time.monotonic() + LEAVING_SECONDS
        shared_until = time.monotonic() + SHARED_SECONDS
        users = layout.lock_path(self.directory, f"{name}.users")
        while not locks.is_free(layout.lock_path(self.directory, f"{name}.keeper")):
            now = time.monotonic()
            if now > deadline or (now > shared_until and locks.is_free(users, shared=True)):
                return
            time.sleep(locks.POLL_SECONDS)
