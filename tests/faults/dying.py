"""Workers that die at a named moment. `python -m tests.faults.dying DATABASE` reads lines of JSON,
`{"slot": …, "ticket": …, "step": N}`, works for that message in a child that kills itself before
its Nth step, and answers each line with the number of steps the child took to its end, or "died".

A step is a statement or a commit, so "before step N + 1" is also "after step N".
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "m25console.settings")
django.setup()

from django.db import connection  # noqa: E402 - settings come first

from loops.engine import working  # noqa: E402
from loops.engine.slots import Message  # noqa: E402


class Steps:
    """Counts what is asked of the database, and dies when it is told to."""

    def __init__(self, *, last: int) -> None:
        self.taken = 0
        self._last = last
        self._commit = connection.commit

    def one(self) -> None:
        if self.taken == self._last:
            os.kill(os.getpid(), signal.SIGKILL)
        self.taken += 1

    def statement(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        self.one()
        return execute(*arguments)

    def commit(self) -> None:
        self.one()
        self._commit()


def work(message: Message, *, last: int) -> int:
    """Works for the message in this process; returns the number of steps, if it gets that far."""
    connection.ensure_connection()
    steps = Steps(last=last)
    connection.commit = steps.commit  # type: ignore[method-assign]
    with connection.execute_wrapper(steps.statement):
        working.work_for(message, worker="worker:dying:1")
    return steps.taken


def in_child(message: Message, *, last: int) -> str:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, str(work(message, last=last)).encode())
        os._exit(0)
    os.close(writing)
    said = os.read(reading, 100).decode()
    os.close(reading)
    os.waitpid(child, 0)
    return said or "died"


def main(database: str) -> None:
    connection.settings_dict["NAME"] = database
    for line in sys.stdin:
        asked = json.loads(line)
        message = Message(asked["slot"], asked["ticket"])
        print(in_child(message, last=asked["step"]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
