"""The console's processes: their command lines, environments and database connections."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from m25console.runtime import addresses, postgres, valkey
from m25console.runtime.processes import Role

WEB_THREADS: Final = 8  # for each web worker; each may hold one database connection
LIVE_CONNECTIONS: Final = 4
RELAY_CONNECTIONS: Final = 4
QUEUES: Final = ("loops", "jobs")
SERVED_BY: Final = {postgres.NAME: "DATABASE_URL", valkey.NAME: "REDIS_URL"}


@dataclass(frozen=True)
class Sizes:
    """How many processes share the work."""

    web_workers: int
    worker_processes: int

    @property
    def connections(self) -> int:
        """The most database connections the console opens at once."""
        web = self.web_workers * WEB_THREADS
        return web + LIVE_CONNECTIONS + self.worker_processes + 1 + RELAY_CONNECTIONS


def missing_servers(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The servers that `environment` does not name, which the console has to start."""
    return tuple(name for name, variable in SERVED_BY.items() if not environment.get(variable))


def environment(
    directory: Path, *, port: int, live_url: str, configured: Mapping[str, str]
) -> dict[str, str]:
    """What the processes are told: `configured`, with the addresses it leaves open filled in."""
    private = {
        "DATABASE_URL": addresses.database_url,
        "REDIS_URL": addresses.redis_url,
    }
    found = {
        variable: configured.get(variable) or address(directory)
        for variable, address in private.items()
    }
    return {
        "M25_LIVE_URL": live_url,
        "M25_WEB_ORIGINS": f"http://127.0.0.1:{port},http://localhost:{port}",
        **configured,
        **found,
        "M25_DATA_DIR": str(directory),
        "DJANGO_SETTINGS_MODULE": "m25console.settings",
        "PYTHONUNBUFFERED": "1",
    }


def of_console(
    *, host: str, port: int, sizes: Sizes, environment: Mapping[str, str]
) -> tuple[Role, ...]:
    """The processes in the order in which they are stopped: first who accepts new work."""
    web = {**environment, "M25_DATABASE_POOL": str(WEB_THREADS)}
    live = {**environment, "M25_DATABASE_POOL": str(LIVE_CONNECTIONS)}
    relay = (sys.executable, "manage.py", "relay")
    return (
        Role(
            "web",
            (
                *_granian("wsgi", host=host, port=port, workers=sizes.web_workers),
                *("--blocking-threads", str(WEB_THREADS), "m25console.wsgi:application"),
            ),
            stop_seconds=15,
            environment=web,
        ),
        Role("worker", _celery(sizes.worker_processes), stop_seconds=25, environment=environment),
        Role("relay", relay, stop_seconds=10, environment=environment),
        Role(
            "live",
            (
                *_granian("asgi", host=host, port=port + 1, workers=1),
                "m25console.asgi:application",
            ),
            stop_seconds=10,
            environment=live,
        ),
    )


def _granian(interface: str, *, host: str, port: int, workers: int) -> tuple[str, ...]:
    command = (sys.executable, "-m", "granian", "--interface", interface, "--host", host)
    limits = ("--workers-kill-timeout", "5", "--respawn-interval", "0.2")
    switches = ("--respawn-failed-workers", "--no-ws")
    return (*command, "--port", str(port), "--workers", str(workers), *limits, *switches)


def _celery(processes: int) -> tuple[str, ...]:
    command = (sys.executable, "-m", "celery", "-A", "m25console.celery", "worker")
    queues = ("--queues", ",".join(QUEUES))
    quiet = ("--without-gossip", "--without-mingle", "--loglevel", "INFO")
    name = ("--hostname", f"worker-{os.getpid()}@%h")
    return (*command, "--concurrency", str(processes), *queues, *quiet, *name)
