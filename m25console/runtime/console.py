"""The whole console on one machine: its servers, and web, live, relay and worker under one watch.

Used by `up`, by `demo`, and by tests that kill its parts.
"""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import psycopg

from m25console.runtime import (
    account,
    addresses,
    layout,
    locks,
    postgres,
    pulse,
    reach,
    roles,
    valkey,
)
from m25console.runtime.addresses import CannotStart
from m25console.runtime.processes import Mark, ProcessGroup, end_leftovers
from m25console.runtime.servers import PrivateServers

HOST: Final = "127.0.0.1"
LOOK_SECONDS: Final = 0.2
READY_SECONDS: Final = 120.0
SPARE_CONNECTIONS: Final = 10  # left to people with psql, backups and migrations


class Console:
    """A running console between start() and stop(). Event streams are on the port above `port`.

    `environment` is added to the environment of its processes. `report` is told, in sentences,
    what was started, how long that took, and which process died. A worker that takes no message
    for `patience_seconds` is replaced.
    """

    def __init__(
        self,
        *,
        port: int = 8000,
        data_dir: Path | None = None,
        web_workers: int = 2,
        worker_processes: int = 2,
        patience_seconds: float = pulse.SILENT_SECONDS,
        environment: Mapping[str, str] | None = None,
        report: Callable[[str], None] = lambda _sentence: None,
    ) -> None:
        self.port = port
        self.data_dir = (data_dir or addresses.data_dir()).resolve()
        configured = {**os.environ, **(environment or {})}
        self._servers = PrivateServers(self.data_dir, names=roles.missing_servers(configured))
        self.environment = roles.environment(
            self.data_dir, port=port, live_url=self.live_url, configured=configured
        )
        self._sizes = roles.Sizes(web_workers=web_workers, worker_processes=worker_processes)
        self._patience_seconds = patience_seconds
        self._report = report
        self._held: int | None = None
        self._group: ProcessGroup | None = None
        self._watch: threading.Thread | None = None
        self._stopping = threading.Event()

    @property
    def url(self) -> str:
        """Where people and senders reach the console."""
        return f"http://{HOST}:{self.port}"

    @property
    def live_url(self) -> str:
        """Where pages reach the event streams."""
        return f"http://{HOST}:{self.port + 1}"

    def start(self) -> None:
        """Starts everything; see wait_ready(). Raises CannotStart, and then nothing runs."""
        try:
            self._hold()
            self._check_ports()
            self._start_servers()
            self._migrate()
            self._start_processes()
        except BaseException:
            self.stop()
            raise

    def wait_ready(self, *, limit_seconds: float = READY_SECONDS) -> None:
        """Returns when /healthz/ready answers 200 and a message has reached this console's own
        worker. Raises CannotStart after the limit.
        """
        began = time.monotonic()
        status, body = self._ask_ready()
        while status != http.HTTPStatus.OK or not self._worker_beats():
            if time.monotonic() - began > limit_seconds:
                raise CannotStart(
                    f"The console was not ready within {limit_seconds:.0f} s: {self.url}"
                    f"/healthz/ready last said {status or 'nothing'} {body[:500]}; the logs are in "
                    f"{self.data_dir / 'logs'}."
                )
            time.sleep(LOOK_SECONDS / 2)
            status, body = self._ask_ready()
        self._report(f"/healthz/ready answers ({time.monotonic() - began:.1f} s)")

    def stop(self) -> None:
        """Stops web, worker, relay and live, then the servers nobody else uses. May be repeated."""
        self._stopping.set()
        if self._watch is not None:
            self._watch.join()
        self._servers.stop()
        if self._held is not None:
            locks.note(self._held, {})
            os.close(self._held)
            self._held = None

    def pids(self, role: str) -> list[int]:
        """Process ids: of web, live, relay, worker with their children; postgres, valkey, each
        with its keeper. The leader comes first; empty when dead. Raises KeyError for another name.
        """
        if role in (postgres.NAME, valkey.NAME):
            return self._servers.pids(role)
        return self._group.pids(role) if self._group else []

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

    def _hold(self) -> None:
        """Takes the data directory for this console and ends what an earlier one left behind."""
        layout.make_folders(self.data_dir, account=account.of_servers())
        path = layout.lock_path(self.data_dir, "console")
        self._held = locks.take(path)
        noted = locks.noted(path)
        if self._held is None:
            raise CannotStart(
                f"The data directory {self.data_dir} is in use by the console at "
                f"{noted.get('url', 'an unknown address')}, process {noted.get('pid', 'unknown')}; "
                "stop that one, or choose another with --data-dir."
            )
        ended = end_leftovers([Mark(**mark) for mark in noted.get("marks", [])])
        if ended:
            self._report(f"ended {ended} processes of a console that was killed")

    def _check_ports(self) -> None:
        for port, purpose in ((self.port, ""), (self.port + 1, " (event streams, --port + 1)")):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((HOST, port))
                except (OSError, OverflowError) as error:
                    reason = getattr(error, "strerror", None) or str(error)
                    raise CannotStart(
                        f"Port {port}{purpose} on {HOST} cannot be used ({reason.lower()}); "
                        "choose another with --port."
                    ) from error

    def _start_servers(self) -> None:
        if postgres.NAME not in self._servers.names:
            reach.require_database(self.environment["DATABASE_URL"])
        if valkey.NAME not in self._servers.names:
            reach.require_broker(self.environment["REDIS_URL"])
        if self._servers.names:
            titles = " and ".join(self._servers.titles)
            self._report(f"starting a private {titles} in {self.data_dir}")
            self._servers.start(report=self._report)
        allowed = reach.connection_limit(self.environment["DATABASE_URL"]) - SPARE_CONNECTIONS
        if self._sizes.connections > allowed:
            raise CannotStart(
                f"The console may open {self._sizes.connections} database connections and the "
                f"server leaves it {allowed}; raise max_connections or lower the workers."
            )

    def _migrate(self) -> None:
        began = time.monotonic()
        log = layout.opened_log(self.data_dir, "migrate")
        try:
            done = subprocess.run(
                # Without checks: those are of the code, and reading all of it takes seconds.
                [sys.executable, "manage.py", "migrate", "--no-input", "--skip-checks"],
                cwd=layout.PROJECT_DIR,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=False,
            )
        finally:
            os.close(log)
        if done.returncode:
            tail = layout.log_tail(self.data_dir, "migrate", lines=3)
            path = layout.log_path(self.data_dir, "migrate")
            raise CannotStart(f"The database could not be migrated; {path} ends:\n{tail}")
        self._report(f"database migrated ({time.monotonic() - began:.1f} s)")

    def _start_processes(self) -> None:
        played = roles.of_console(
            port=self.port, host=HOST, sizes=self._sizes, environment=self.environment
        )
        self._report(f"starting {', '.join(role.name for role in played)}")
        self._group = ProcessGroup(
            played, directory=self.data_dir, handles=self._servers.handles, report=self._report
        )
        self._watch = threading.Thread(target=self._supervise, name="console", daemon=True)
        self._watch.start()
        # Apart from the supervisor, whom a database that hangs must not hold up.
        threading.Thread(target=self._watch_worker, name="pulse", daemon=True).start()

    def _watch_worker(self) -> None:
        pulse.watch(
            self.environment["DATABASE_URL"],
            leader=self._worker,
            stopping=self._stopping,
            report=self._report,
            patience_seconds=self._patience_seconds,
        )

    def _worker(self) -> int | None:
        return next(iter(self.pids(pulse.WORKER)), None)

    def _worker_beats(self) -> bool:
        leader = self._worker()
        if leader is None:
            return False
        with contextlib.suppress(psycopg.Error):
            return pulse.beats(self.environment["DATABASE_URL"], leader=leader).worker is not None
        return False

    def _supervise(self) -> None:
        """The one thread that starts processes, so that none is taken for an orphan before stop."""
        assert self._group is not None
        self._group.start()
        self._note()
        while not self._stopping.wait(LOOK_SECONDS):
            try:
                self._servers.keep()
                if self._group.tend():
                    self._note()
            except OSError as error:
                self._report(f"a process could not be started ({error}); trying again")
        self._group.stop()

    def _note(self) -> None:
        """Leaves in the lock who holds the directory and what to end should it be killed."""
        assert self._held is not None
        assert self._group is not None
        marks = [asdict(mark) for mark in self._group.marks()]
        locks.note(self._held, {"pid": os.getpid(), "url": self.url, "marks": marks})

    def _ask_ready(self) -> tuple[int, str]:
        """The status and text of /healthz/ready; (0, "") when nothing answers."""
        hosts = self.environment.get("M25_ALLOWED_HOSTS", HOST).split(",")
        name = HOST if HOST in hosts else hosts[0].strip().lstrip(".").replace("*", HOST)
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        with (
            contextlib.closing(connection),
            contextlib.suppress(OSError, http.client.HTTPException),
        ):
            # As the proxy in front would say it, where HTTPS is insisted on.
            headers = {"Host": name, "X-Forwarded-Proto": "https"}
            connection.request("GET", "/healthz/ready", headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        return 0, ""
