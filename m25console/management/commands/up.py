"""`up`: the whole console on this machine, until Ctrl-C."""

import signal
from collections.abc import Mapping
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from m25console.runtime.console import Console

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Command(BaseCommand):
    """Starts the console, says where it is, and stops it in good order."""

    help = "Start the console: its servers unless configured, web, live, relay and worker."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """The options of the start."""
        parser.add_argument("--port", type=int, default=8000, help="of the pages (default 8000)")
        parser.add_argument("--data-dir", help="the console's data (default: M25_DATA_DIR)")

    def handle(self, *, port: int, **options: Any) -> None:
        """Runs until SIGINT, SIGTERM or SIGHUP. Raises CannotStart."""
        for number in ENDING:
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
                signal.signal(number, _leave)
        console = Console(port=port, environment=self.environment(), report=self.say)
        try:
            console.start()
            console.wait_ready()
            self.say(f"m25console is ready at {console.url}")
            self.serve(console, **options)
        except KeyboardInterrupt:
            self.say("stopping")
        finally:
            # Once is enough: a second Ctrl-C must not interrupt the orderly stop.
            for number in ENDING:
                signal.signal(number, signal.SIG_IGN)
            console.stop()
        self.say("stopped")

    def environment(self) -> Mapping[str, str]:
        """What the console's processes are told beside what is configured."""
        return {}

    def serve(self, console: Console, **_options: Any) -> None:
        """What to do while the console runs: nothing, until a signal ends it."""
        signal.pause()

    def say(self, sentence: str) -> None:
        """One line for the person at the terminal, at once."""
        self.stdout.write(sentence)
        self.stdout.flush()


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
