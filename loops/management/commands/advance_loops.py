import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from loops.engine import dispatcher
from loops.engine.dispatcher import Advanced

LOOK_SECONDS = 0.2


class Command(BaseCommand):
    help = "Advances due loops in this process, without workers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--until-idle", action="store_true", help="go on until no loop is due")

    def handle(self, *args: Any, **options: Any) -> None:
        moved = dispatcher.advance_due()
        while options["until_idle"]:
            batch = dispatcher.advance_due()
            moved += batch
            if not batch.loops:
                if not dispatcher.any_due():
                    break
                time.sleep(LOOK_SECONDS)  # others are working on what is left
        self.stdout.write(_line(moved))


def _line(moved: Advanced) -> str:
    return (
        f"loops={moved.loops} complete={moved.complete} "
        f"blocked={moved.blocked} failed={moved.failed}"
    )
