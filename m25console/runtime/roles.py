"""The console's processes: their command lines, environments and database connections."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from m25console.runtime import addresses, postgres, valkey
from m25console.runtime.processes import Role

SERVING: Final = "m25console.runtime.serving"
WEB_THREADS: Final = 8  # for each web worker; each may hold one database connection
LIVE_CONNECTIONS: Final = 4
RELAY_CONNECTIONS: Final = 4
QUEUES: Final = ("loops", "jobs")
EXTERNAL_QUEUE: Final = "external"  # calls to others, whose slowness must delay no loop
EXTERNAL_PROCESSES: Final = 2
CHECKS_QUEUE: Final = "checks"  # looks at providers and MCP servers: threads, they only wait
CHECKS_THREADS: Final = 32  # as many as there are in flight of both
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
        workers = self.worker_processes + 1 + EXTERNAL_PROCESSES + 1 + CHECKS_THREADS + 1
        return web + LIVE_CONNECTIONS + workers + RELAY_CONNECTIONS


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
        "M25_BASE_URL": f"http://127.0.0.1:{port}",
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
    served = ("--blocking-threads", str(WEB_THREADS), "m25console.wsgi:application")
    wsgi = _granian("wsgi", host=host, port=port, workers=sizes.web_workers)
    asgi = _granian("asgi", host=host, port=port + 1, workers=1)
    return (
        Role("web", (*wsgi, *served), stop_seconds=15, environment=web),
        *_workers(sizes, environment),
        Role("relay", relay, stop_seconds=10, environment=environment),
        Role("live", (*asgi, "m25console.asgi:application"), stop_seconds=10, environment=live),
    )


def _workers(sizes: Sizes, environment: Mapping[str, str]) -> tuple[Role, ...]:
    advance = _celery("worker", processes=sizes.worker_processes, queues=QUEUES)
    execute = _celery("external", processes=EXTERNAL_PROCESSES, queues=(EXTERNAL_QUEUE,))
    check = _celery("checks", processes=CHECKS_THREADS, queues=(CHECKS_QUEUE,))
    return (
        Role("worker", advance, stop_seconds=25, environment=environment),
        Role("external", execute, stop_seconds=15, environment=environment),
        Role("checks", (*check, "--pool", "threads"), stop_seconds=15, environment=environment),
    )


def _granian(interface: str, *, host: str, port: int, workers: int) -> tuple[str, ...]:
    command = (sys.executable, "-m", SERVING, "--interface", interface, "--host", host)
    limits = ("--workers-kill-timeout", "5", "--respawn-interval", "0.2")
    switches = ("--respawn-failed-workers", "--no-ws")
    return (*command, "--port", str(port), "--workers", str(workers), *limits, *switches)


def _celery(role: str, *, processes: int, queues: tuple[str, ...]) -> tuple[str, ...]:
    command = (sys.executable, "-m", "celery", "-A", "m25console.celery", "worker")
    served = ("--queues", ",".join(queues))
    quiet = ("--without-gossip", "--without-mingle", "--loglevel", "INFO")
    name = ("--hostname", f"{role}-{os.getpid()}@%h")
    return (*command, "--concurrency", str(processes), *served, *quiet, *name)
