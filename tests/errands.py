"""Programs run in a console's environment, by a process that imported the console once.

An import takes seconds of CPU, and these programs are many and small. `python -m tests.errands`
reads lines of JSON, `{"arguments": […], "environment": {…}}`, runs each in a child as Python
itself would, and answers with `{"code": …, "said": …, "complained": …}`.
"""

import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, NoReturn

from m25console.runtime import layout
from m25console.runtime.console import Console

AT_MOST_SECONDS: Final = 300  # beyond it an errand hangs, however busy the machine


@dataclass(frozen=True)
class Errands:
    """The process, as who sends it sees it."""

    process: subprocess.Popen[str]

    def run(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        may_fail: bool = False,
    ) -> str:
        """What a Python program in the console's environment says, once it has ended well."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        asked = {"arguments": arguments, "environment": dict(environment or {})}
        print(json.dumps(asked), file=self.process.stdin, flush=True)
        done = json.loads(self.process.stdout.readline())
        assert may_fail or done["code"] == 0, done["said"] + done["complained"]
        return str(done["said"])


@contextmanager
def of(console: Console) -> Iterator[Errands]:
    """For as long as the console's tests take."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.errands"],
        cwd=layout.PROJECT_DIR,
        env=console.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield Errands(process)


def in_child(arguments: Sequence[str], environment: Mapping[str, str]) -> dict[str, Any]:
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as complained:
        child = os.fork()
        if child == 0:
            os.environ.update(environment)
            become(arguments, said=said, complained=complained)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        texts = [file.seek(0) or file.read() for file in (said, complained)]
    return {"code": code, "said": texts[0], "complained": texts[1]}


def become(arguments: Sequence[str], *, said: IO[str], complained: IO[str]) -> NoReturn:
    """The rest of this process is the program's."""
    signal.alarm(AT_MOST_SECONDS)
    with Path(os.devnull).open() as nothing:
        for number, file in enumerate((nothing, said, complained)):
            os.dup2(file.fileno(), number)
    code = 1
    try:
        execute(arguments)
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def execute(arguments: Sequence[str]) -> None:
    match arguments:
        case ["-m", name, *rest]:
            sys.argv = [name, *rest]
            runpy.run_module(name, run_name="__main__", alter_sys=True)
        case ["-c", text]:
            exec(text, {"__name__": "__main__"})
        case _:
            sys.argv = list(arguments)
            runpy.run_path(arguments[0], run_name="__main__")


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "m25console.settings")
    django.setup()
    import m25console.urls  # noqa: F401 - what every program's checks would import

    for line in sys.stdin:
        print(json.dumps(in_child(**json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
