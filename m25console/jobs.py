"""What happens by the clock: each app names its jobs, and one place runs them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.apps import apps


@dataclass(frozen=True)
class Job:
    """`run` gets the moment and says what it did. It runs `every` so often, or daily `at` an
    hour and minute (UTC)."""

    run: Callable[[datetime], Mapping[str, Any]]
    every: timedelta = timedelta(days=1)
    at: time | None = None

    def next_run(self, now: datetime) -> datetime:
        """When to run after a run at `now`."""
        if self.at is None:
            return now + self.every
        today = datetime.combine(now.astimezone(UTC).date(), self.at, tzinfo=UTC)
        return today if today > now else today + self.every


def declared() -> Mapping[str, Job]:
    """The jobs of every app by name; an app tells its own as `jobs()` on its AppConfig."""
    return {
        name: job
        for config in apps.get_app_configs()
        if (told := getattr(config, "jobs", None)) is not None
        for name, job in told().items()
    }
