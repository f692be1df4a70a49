"""How an integration was found over time: single looks, uptime, and charts of both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from integrations.domain.states import HealthState
from integrations.models import DataSource, HealthCheck, Integration
from integrations.presenters.looks import HEALTH
from loops.domain.figures import DAY, Period, Steps, hours_back, steps_of
from m25console import keyset
from m25console.charts import LINES, Chart, Line
from m25console.keyset import Order, Page, Place
from m25console.looks import Look

NEWEST: Final = Order("at", tie_kind=int)
PERIODS: Final[Mapping[str, tuple[str, timedelta]]] = {
    Period.DAY: ("24 hours", DAY),
    Period.WEEK: ("7 days", 7 * DAY),
    Period.MONTH: ("30 days", 30 * DAY),
}
HALF: Final = Look("Half answered within", "accent", "")
MOST: Final = Look("95 in 100 within", "warn", "")
STAGES: Final[Mapping[str, str]] = {
    "dns": "Name lookup",
    "tcp": "Connection",
    "tls": "Encryption",
    "answer": "Answer",
    "auth": "Key",
    "permission": "Rights of the key",
    "sample": "List of models",
}


@dataclass(frozen=True)
class StageLine:
    """One stage of a look: how it went and how long it took."""

    name: str
    look: Look
    milliseconds: int
    told: str


@dataclass(frozen=True)
class CheckLine:
    """One look at an integration."""

    check: HealthCheck
    look: Look
    stages: Sequence[StageLine]


@dataclass(frozen=True)
class Uptime:
    """Of one period until now: `share` of the looks at which the provider answered, None where
    nothing is known; the milliseconds within which half and 95 in 100 of its answers came."""

    period: str
    looks: int
    share: float | None
    half_ms: int | None
    most_ms: int | None


@dataclass(frozen=True)
class HealthPage:
    """The health of one integration over a period."""

    period: str
    periods: Sequence[tuple[str, str]]
    uptimes: Sequence[Uptime]
    charts: Sequence[Chart]
    checks: Page[HealthCheck]
    lines: Sequence[CheckLine]


def health_page(row: Integration, *, period: str, place: Place, now: datetime) -> HealthPage:
    """A page of looks below the charts of a period: three queries."""
    chosen = Period(period) if period in PERIODS else Period.DAY
    checks = keyset.page(row.health_checks.all(), order=NEWEST, place=place)
    return HealthPage(
        period=chosen,
        periods=[(value, words) for value, (words, _length) in PERIODS.items()],
        uptimes=uptimes(row, now=now),
        charts=_charts(row, chosen, now),
        checks=checks,
        lines=[check_line(one) for one in checks.rows],
    )


_UPTIME: Final = """
SELECT {figures}
FROM {table} WHERE {of} = %(row)s AND at > %(since)s
"""
_FIGURES: Final = """
    count(*) FILTER (WHERE {mine} AND {known}),
    count(*) FILTER (WHERE {mine} AND {good}),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY latency_ms) FILTER (WHERE {mine}),
    percentile_cont(0.95) WITHIN GROUP (ORDER BY latency_ms) FILTER (WHERE {mine})
"""


@dataclass(frozen=True)
class History:
    """Where looks are kept, and which of them say something, and something good."""

    table: str
    of: str
    known: str
    good: str


INTEGRATIONS: Final = History(
    "cus_health_checks", "integration_id", "state <> 'unknown'",
    "state IN ('healthy', 'degraded')",
)  # fmt: skip
SOURCES: Final = History("cus_data_source_checks", "source_id", "true", "is_good")


def uptimes(
    row: Integration | DataSource, *, now: datetime, kept: History = INTEGRATIONS
) -> list[Uptime]:
    """For each of the periods, the shortest first: one query."""
    mine = [
        _FIGURES.format(mine=f"at > %(since_{one})s", known=kept.known, good=kept.good)
        for one in PERIODS
    ]
    begins = {f"since_{one}": now - length for one, (_words, length) in PERIODS.items()}
    with connection.cursor() as cursor:
        cursor.execute(
            _UPTIME.format(figures=",".join(mine), table=kept.table, of=kept.of),
            {"row": row.pk, "since": now - 30 * DAY, **begins},
        )
        told = cursor.fetchone()
    return [
        _uptime(words, *told[4 * place : 4 * place + 4])
        for place, (words, _length) in enumerate(PERIODS.values())
    ]


def stage_lines(
    stages: Sequence[Mapping[str, Any]], *, words: Mapping[str, str] = STAGES
) -> list[StageLine]:
    """The stages of a look in words."""
    return [
        StageLine(
            words.get(one["name"], one["name"]),
            _went(one),
            one["milliseconds"],
            one.get("told", ""),
        )
        for one in stages
    ]


def _went(stage: Mapping[str, Any]) -> Look:
    if not stage["is_good"]:
        return Look("Failed", "bad", "x")
    if stage.get("is_warning"):
        return Look("Good, but", "warn", "alert-circle")
    return Look("Good", "ok", "check")


def check_line(check: HealthCheck) -> CheckLine:
    return CheckLine(check, HEALTH[HealthState(check.state)], stage_lines(check.stages))


def _uptime(
    period: str, looks: int, answered: int, half: float | None, most: float | None
) -> Uptime:
    return Uptime(
        period=period,
        looks=looks,
        share=answered / looks if looks else None,
        half_ms=None if half is None else round(half),
        most_ms=None if most is None else round(most),
    )


_STEPS: Final = """
SELECT floor(extract(epoch FROM at - %(since)s) / %(size)s)::int AS step,
       count(*) FILTER (WHERE state = 'healthy'), count(*) FILTER (WHERE state = 'degraded'),
       count(*) FILTER (WHERE state = 'failing'), count(*) FILTER (WHERE state = 'unknown'),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY latency_ms),
       percentile_cont(0.95) WITHIN GROUP (ORDER BY latency_ms)
FROM cus_health_checks WHERE integration_id = %(integration)s AND at >= %(since)s
GROUP BY 1
"""


def _charts(row: Integration, period: Period, now: datetime) -> list[Chart]:
    steps = hours_back(7 * 24, now=now) if period is Period.WEEK else steps_of(period, now=now)
    with connection.cursor() as cursor:
        size = steps.size.total_seconds()
        cursor.execute(_STEPS, {"integration": row.pk, "since": steps.since, "size": size})
        found = {step: told for step, *told in cursor.fetchall()}
    rows = [found.get(one, _NOTHING) for one in range(len(steps.begins))]
    columns = list(zip(*rows, strict=True))
    return [_latency(steps, columns), _states(steps, columns)]


_NOTHING: Final = (0, 0, 0, 0, None, None)
_STATES: Final = (
    HealthState.HEALTHY, HealthState.DEGRADED, HealthState.FAILING, HealthState.UNKNOWN,
)  # fmt: skip


def _latency(steps: Steps, columns: Sequence[Sequence[Any]]) -> Chart:
    half, most = columns[4:]
    slowest = max((one for one in most if one is not None), default=0)
    return Chart(
        key="latency",
        title="Answer after",
        about="from the look-up of its name to the answer",
        summary=f"At the slowest, 95 in 100 answers came within {slowest:,.0f} ms.",
        steps=steps,
        lines=[Line(HALF, half), Line(MOST, most)],
        kind=LINES,
        unit="ms",
        empty="It did not answer in this period, or was not asked.",
        gap="no answer",
    )


def _states(steps: Steps, columns: Sequence[Sequence[Any]]) -> Chart:
    lines = [
        Line(HEALTH[one], told) for one, told in zip(_STATES, columns, strict=False) if any(told)
    ]
    parts = [
        (sum(told), HEALTH[one].text.lower())
        for one, told in zip(_STATES, columns, strict=False)
        if any(told)
    ]
    listed = ", ".join(f"{number:,} {words}" for number, words in parts)
    made = sum(number for number, _ in parts)
    return Chart(
        key="states",
        title="What the checks found",
        about="by how many",
        summary=f"{made:,} check{'' if made == 1 else 's'}: {listed}.",
        steps=steps,
        lines=lines,
        empty="It was not checked in this period.",
    )
