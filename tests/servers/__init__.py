"""Other people's servers on loopback, for tests to talk to: real ones, from packages.

Each group of tests/servers/pyproject.toml has a locked environment of its own, made when a test
first wants it, so that what their authors pin never meets what the console pins.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from tests import ports

HERE: Final = Path(__file__).resolve().parent
READY_SECONDS: Final = 180.0  # on a machine that is busy with other tests
LOOK_SECONDS: Final = 0.1


@cache
def environment(group: str) -> Path:
    """The folder with the group's programs; made if missing, which needs PyPI."""
    place = HERE / f".venv-{group}"
    subprocess.run(
        [*_uv(), "sync", "--quiet", "--locked", "--project", str(HERE), "--only-group", group],
        env=_without_ours() | {"UV_PROJECT_ENVIRONMENT": str(place)},
        check=True,
    )
    return place / "bin"


@cache
def everything() -> Path:
    """The program of the MCP project's reference server, for `node` of the group of that name;
    installed as its lock file says if missing, which needs the registry of npm."""
    programs = environment("node")
    place = programs.parent / "everything"
    installed = place / "node_modules" / "@modelcontextprotocol" / "server-everything"
    place.mkdir(exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = (HERE / "everything" / "package-lock.json").read_bytes()
        kept = place / "package-lock.json"
        if not installed.exists() or kept.read_bytes() != wanted:
            shutil.copytree(HERE / "everything", place, dirs_exist_ok=True)
            quietly = ("--ignore-scripts", "--no-audit", "--no-fund", "--silent")
            subprocess.run(
                [programs / "npm", "ci", *quietly, "--prefix", place],
                env=_without_ours() | {"PATH": f"{programs}:{os.environ['PATH']}"},
                check=True,
            )
    return installed / "dist" / "index.js"


@contextlib.contextmanager
def running(
    group: str, command: Sequence[str], *, port: int, env: Mapping[str, str] | None = None
) -> Iterator[int]:
    """The group's program, from the moment it takes connections on `port` of loopback."""
    programs = environment(group)
    process = subprocess.Popen(
        [str(programs / command[0]), *command[1:]],
        env=_without_ours() | dict(env or {}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_until_open(process, port)
        yield port
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    """A port of loopback for one server."""
    return ports.free_pair()


def _wait_until_open(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, f"the server ended with {process.returncode}"
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(LOOK_SECONDS)
    raise AssertionError("the server takes no connections")


def _uv() -> list[str]:
    found = os.environ.get("UV") or shutil.which("uv")
    return [found] if found else [sys.executable, "-m", "uv"]


def _without_ours() -> dict[str, str]:
    """The environment of this process without what would lead to the console's own packages."""
    ours = ("VIRTUAL_ENV", "PYTHONPATH", "DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL")
    return {name: value for name, value in os.environ.items() if name not in ours}
