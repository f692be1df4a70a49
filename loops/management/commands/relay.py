import signal
from typing import Any

from django.core.management.base import BaseCommand

from loops.engine.relay import Relay
from m25console.celery import app


class Command(BaseCommand):
    help = "Hands due work to the workers and news to open pages. One is enough, more are safe."
    requires_system_checks = ()  # they ask the database, which may be away for a moment

    def handle(self, *args: Any, **options: Any) -> None:
        asked_to_stop: list[int] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda received, _frame: asked_to_stop.append(received))
        Relay(app, stopping=lambda: bool(asked_to_stop)).run()
