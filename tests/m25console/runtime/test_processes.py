import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from m25console.runtime import layout
from m25console.runtime.processes import Mark, ProcessGroup, Role, end_leftovers, session_of

STAYS = "import time; time.sleep(60)"
FORKS = "import os, time; os.fork(); time.sleep(60)"
FINISHES = (
    "import signal, sys, time\n"
    "signal.signal(signal.SIGTERM, lambda *_: (print('finished', flush=True), sys.exit(0)))\n"
    "print('ready', flush=True)\n"
    "time.sleep(60)"
)
IGNORES = FINISHES.replace("(print('finished', flush=True), sys.exit(0))", "None")


@pytest.fixture
def group(data_dir: Path) -> Iterator[Callable[..., ProcessGroup]]:
    """Starts a group of Python programs, by name; stops it after the test."""
    (data_dir / "logs").mkdir()
    started = []

    def start(**programs: str) -> ProcessGroup:
        roles = [
            Role(name, (sys.executable, "-c", program), stop_seconds=1, environment=os.environ)
            for name, program in programs.items()
        ]
        started.append(ProcessGroup(roles, directory=data_dir, report=said.append))
        started[-1].start()
        return started[-1]

    yield start
    for one in started:
        one.stop()


said: list[str] = []


@pytest.fixture(autouse=True)
def nothing_said() -> None:
    said.clear()


def until(happened: Callable[[], bool], *, seconds: float = 60) -> None:
    """Waits for another process. Fails when it takes longer."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def test_who_is_killed_is_started_again_and_reported(group: Callable[..., ProcessGroup]) -> None:
    running = group(worker=STAYS, relay=STAYS)
    (worker,), (relay,) = running.pids("worker"), running.pids("relay")

    os.kill(worker, signal.SIGKILL)
    until(lambda: running.tend() and running.pids("worker") not in ([], [worker]))

    assert running.pids("relay") == [relay]
    assert said[0].startswith("worker died (signal 9); starting it again in 0.2 s, see ")


def test_one_that_keeps_dying_is_started_ever_more_slowly(
    group: Callable[..., ProcessGroup],
) -> None:
    running = group(worker="raise SystemExit(3)")
    until(lambda: not running.tend() and len(said) == 3)

    assert [line.split("; ")[1].split(",")[0] for line in said] == [
        "starting it again in 0.2 s",
        "starting it again in 0.4 s",
        "starting it again in 0.8 s",
    ]


def test_children_of_a_killed_leader_do_not_stay_behind(
    group: Callable[..., ProcessGroup],
) -> None:
    running = group(web=FORKS)
    until(lambda: len(running.pids("web")) == 2)
    leader, child = running.pids("web")

    os.kill(leader, signal.SIGKILL)
    until(running.tend)

    until(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == "zombie")


def test_stopping_lets_the_work_finish_but_not_for_ever(
    group: Callable[..., ProcessGroup], data_dir: Path
) -> None:
    running = group(web=FINISHES, worker=IGNORES)
    until(lambda: layout.log_tail(data_dir, "web") == "ready")
    until(lambda: layout.log_tail(data_dir, "worker") == "ready")
    (worker,) = running.pids("worker")
    running.stop()

    assert layout.log_tail(data_dir, "web") == "finished"
    assert not psutil.pid_exists(worker)
    assert said == ["worker did not stop within 1 s"]


def test_the_group_ends_with_a_supervisor_that_is_killed(data_dir: Path) -> None:
    (data_dir / "logs").mkdir()
    program = (
        "import os, sys, time; from pathlib import Path\n"
        "from m25console.runtime.processes import ProcessGroup, Role\n"
        f"role = Role('web', (sys.executable, '-c', {STAYS!r}), 1, os.environ)\n"
        "group = ProcessGroup([role], directory=Path(sys.argv[1]), report=print)\n"
        "group.start(); print(group.pids('web')[0], flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(data_dir)],
        cwd=layout.PROJECT_DIR,
        stdout=subprocess.PIPE,
    ) as supervisor:
        assert supervisor.stdout is not None
        child = int(supervisor.stdout.readline())
        assert psutil.pid_exists(child)
        supervisor.kill()

    until(lambda: session_of(child) == [])


def test_leftovers_are_ended_and_strangers_with_their_number_are_not(
    group: Callable[..., ProcessGroup],
) -> None:
    running = group(web=FORKS)
    until(lambda: len(running.pids("web")) == 2)
    (mark,) = running.marks()

    assert end_leftovers([Mark(pid=mark.pid, created=mark.created - 3600)]) == 0
    assert len(running.pids("web")) == 2
    assert end_leftovers([mark]) == 1
    assert running.pids("web") == []
    assert end_leftovers([mark]) == 0
