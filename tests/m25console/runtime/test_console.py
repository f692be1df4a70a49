import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from m25console.runtime import layout, locks
from m25console.runtime.console import Console
from tests import prepared

ROLES = ("web", "worker", "external", "checks", "relay", "live", "postgres", "valkey")

pytestmark = pytest.mark.faults


def until(happened: Callable[[], bool], *, seconds: float = 120) -> None:
    """Waits for another process. Fails when it takes longer."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def up(port: int, data_dir: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Starts `up` as an operator would and returns it when it says that it is ready."""
    prepared.fill(data_dir)
    started = []

    def start() -> subprocess.Popen[str]:
        arguments = ["up", "--port", str(port), "--data-dir", str(data_dir)]
        process = subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=layout.PROJECT_DIR,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "m25console.settings"},
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        said = list(iter(process.stdout.readline, f"m25console is ready at {url}\n"))
        assert process.poll() is None, said
        return process

    url = f"http://127.0.0.1:{port}"
    yield start
    for process in started:
        with process:
            process.terminate()


def test_each_part_that_is_killed_comes_back(port: int, data_dir: Path) -> None:
    said: list[str] = []
    prepared.fill(data_dir)
    with Console(
        port=port, data_dir=data_dir, web_workers=1, worker_processes=1, report=said.append
    ) as console:
        console.wait_ready()
        before = {role: console.pids(role)[0] for role in ROLES}
        for pid in before.values():
            os.kill(pid, signal.SIGKILL)
        until(lambda: all(console.pids(r)[:1] not in ([], [before[r]]) for r in ROLES))
        console.wait_ready()
        after = [pid for role in ROLES for pid in console.pids(role)]

    assert [pid for pid in after if psutil.pid_exists(pid)] == []
    died = sum("died (signal 9)" in sentence for sentence in said)
    assert died == len(ROLES) - len(("postgres", "valkey"))  # keepers of their own watch those


def test_up_that_is_killed_leaves_nothing_running_starts_again_and_stops_in_order(
    up: Callable[[], subprocess.Popen[str]], data_dir: Path
) -> None:
    process = up()
    children = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
    assert len(children) >= 6
    process.kill()
    process.wait()

    until(lambda: not any(psutil.pid_exists(pid) for pid in children))
    until(lambda: locks.is_free(layout.lock_path(data_dir, "postgres.keeper")))
    again = up()
    again.send_signal(signal.SIGINT)
    said, _errors = again.communicate(timeout=120)

    assert (again.returncode, said) == (0, "stopping\nstopped\n")
