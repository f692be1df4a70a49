"""A month behind a connection of the demo: its calls, in the rhythm of working days, and how it
was found meanwhile. The same dice are thrown for every tenant."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from integrations.actions import daily, usage
from integrations.actions.usage import Call
from integrations.domain import health
from integrations.models import HealthCheck, Integration
from m25console.models import Tenant

DAYS: Final = 30
LOOKS_EVERY: Final = timedelta(minutes=30)
LOOKS_FOR: Final = timedelta(days=7)
DAY: Final = timedelta(days=1)
SATURDAY: Final = 5
OUTAGE: Final = range(100, 104)  # looks ago


@dataclass(frozen=True)
class Share:
    """A model, and how many of its integration's calls go to it, in proportion."""

    model: str
    weight: int


@dataclass(frozen=True)
class Habit:
    """Who calls how often on a working day, for how many seconds, and which models."""

    agent: str
    calls_a_day: int
    seconds: float
    shares: Sequence[Share]


def use(row: Integration, habit: Habit, *, now: datetime) -> None:
    """Report its calls of the last thirty days, each day's when it was over."""
    dice = random.Random(habit.agent)  # noqa: S311 - a story, no secret
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for back in reversed(range(DAYS)):
        day = today - back * DAY
        until = min(day + DAY, now)
        usage.ingest(list(_calls(row, habit, day, until, dice)), tenant=row.tenant, now=until)


def _calls(
    row: Integration, habit: Habit, day: datetime, until: datetime, dice: random.Random
) -> Iterator[Call]:
    share = 0.3 if day.weekday() >= SATURDAY else 1.0
    models = [one.model for one in habit.shares]
    weights = [one.weight for one in habit.shares]
    for number in range(round(habit.calls_a_day * share * dice.uniform(0.8, 1.2))):
        at = day + timedelta(hours=min(23.9, max(0.0, dice.gauss(14, 3.5))))
        [model] = dice.choices(models, weights)
        failed = dice.random() < (0.12 if day.day % 11 == 0 else 0.02)
        if at >= until:
            continue
        yield Call(
            integration_id=row.pk,
            call_id=f"{habit.agent}-{day:%m%d}-{number}",
            provider=row.provider_type,
            model=model,
            tokens_in=round(dice.lognormvariate(8.2, 0.7)),
            tokens_out=0 if failed else round(dice.lognormvariate(6.2, 0.6)),
            cost_cents=1,
            agent_id=habit.agent,
            latency_ms=round(1000 * habit.seconds * dice.lognormvariate(0, 0.5)),
            error_code=dice.choice(("timeout", "rate_limited")) if failed else None,
            occurred_at=at,
        )


def look_at(row: Integration, *, now: datetime) -> None:
    """How it was found for a week: nobody can look at the past, so the looks are written down."""
    dice = random.Random(row.name)  # noqa: S311 - a story, no secret
    HealthCheck.objects.bulk_create(
        _look(row, back, dice, now) for back in range(1, LOOKS_FOR // LOOKS_EVERY)
    )


def _look(row: Integration, back: int, dice: random.Random, now: datetime) -> HealthCheck:
    is_out = back in OUTAGE
    latency = round(dice.lognormvariate(5.6, 0.5)) * (9 if dice.random() < 0.02 else 1)
    found = health.of_answer(status=503 if is_out else 200, latency_ms=latency)
    return HealthCheck(
        tenant_id=row.tenant_id, integration=row, at=now - back * LOOKS_EVERY, state=found.state,
        error=found.error, message=found.message, latency_ms=latency,
    )  # fmt: skip


def sum_up(tenant: Tenant, *, now: datetime) -> None:
    """Have the days counted."""
    for back in range(DAYS):
        daily.sum_up((now.astimezone(UTC) - back * DAY).date(), now=now, tenant=tenant)
