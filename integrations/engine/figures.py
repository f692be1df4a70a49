"""The integrations' figures for Prometheus, read from the database: any process tells the same.

Counters begin again with each month (UTC), as limits do; Prometheus takes that for a restart.
Labels are bounded: models by the price list, error codes by those that are known, else "other".
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Sum
from prometheus_client.core import (
    CounterMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import Metric

from integrations.domain import months
from integrations.domain.decisions import RATE_WINDOW
from integrations.domain.pricing import listed_name
from integrations.domain.states import Enforcement
from integrations.domain.usage import ERROR_CODES, LATENCY_BOUNDS
from integrations.engine.standings import gauges
from integrations.models import EnforcementTally, Integration

OTHER: Final = "other"
CALL: Final = ["tenant", "integration", "provider", "model"]
REASONS: Final = {"budget": "budget", "tokens": "token", "rate": "rate", "status": "disabled"}
_STOPS: Final = (Enforcement.HARD_BLOCKED, Enforcement.BLOCKED, Enforcement.THROTTLED)
_SLICES: Final = """
SELECT tenant_id, integration_id, model, policy_result, error_code, sum(total_calls),
       sum(total_tokens_in), sum(total_tokens_out), sum(total_cost_cents), sum(latency_ms),
       {counts}
FROM cus_usage_slices WHERE date >= %s GROUP BY 1, 2, 3, 4, 5
""".format(counts=", ".join(f"sum(latency_counts[{n}])" for n in range(1, len(LATENCY_BOUNDS) + 2)))

type Labels = tuple[str, ...]


@dataclass(frozen=True)
class _Slice:
    """Calls of this month that are alike."""

    call: Labels  # by CALL
    policy_result: str
    error_code: str
    calls: int
    tokens: Mapping[str, int]
    cents: int
    latency_ms: int
    latencies: Sequence[int]


def metrics(now: datetime) -> Iterator[Metric]:
    """Everything about integrations: five queries, whose cost follows their number and not that
    of the calls."""
    first = months.month_of(now)[0].date()
    rows = list(Integration.objects.filter(deleted_at__isnull=True).with_use(month=first))
    yield from gauges(rows, now=now, window=RATE_WINDOW)
    yield from _calls(_slices(rows, first))
    yield from _decisions(first)


def _slices(rows: Iterable[Integration], first: date) -> list[_Slice]:
    providers = {one.pk: str(one.provider_type) for one in rows}
    with connection.cursor() as cursor:
        cursor.execute(_SLICES, [first])
        return [_slice(one, providers) for one in cursor.fetchall()]


def _slice(row: Sequence[Any], providers: Mapping[str, str]) -> _Slice:
    tenant, integration, model, policy, error, calls, tokens_in, tokens_out, cents, ms, *counts = (
        row
    )
    provider = providers.get(integration, OTHER)
    return _Slice(
        call=(tenant, integration, provider, listed_name(model) or OTHER),
        policy_result=policy,
        error_code=error if error in ERROR_CODES or not error else OTHER,
        calls=int(calls),
        tokens={"input": int(tokens_in), "output": int(tokens_out)},
        cents=int(cents),
        latency_ms=int(ms),
        latencies=[int(one or 0) for one in counts],
    )


def _calls(slices: Sequence[_Slice]) -> Iterator[Metric]:
    calls, cents = Counter[Labels](), Counter[Labels]()
    tokens, errors, results = Counter[Labels](), Counter[Labels](), Counter[Labels]()
    for one in slices:
        calls[one.call] += one.calls
        cents[one.call] += one.cents
        results[(one.policy_result,)] += one.calls
        if one.error_code:
            errors[(*one.call, one.error_code)] += one.calls
        for kind, count in one.tokens.items():
            tokens[(*one.call, kind)] += count
    yield _counter("cus_llm_calls", "Calls of models this month", CALL, calls)
    yield _counter("cus_llm_tokens", "Tokens this month", [*CALL, "token_type"], tokens)
    yield _counter("cus_llm_cost_cents", "What the calls of this month cost", CALL, cents)
    yield _counter("cus_llm_errors", "Calls that failed this month", [*CALL, "error_code"], errors)
    yield _counter("cus_policy_results", "What became of calls this month", ["result"], results)
    yield _latencies(slices)


def _latencies(slices: Sequence[_Slice]) -> Metric:
    """Cumulative buckets, as Prometheus wants them."""
    family = HistogramMetricFamily(
        "cus_llm_latency_seconds", "How long the calls of this month took", labels=CALL
    )
    counts: dict[Labels, list[int]] = {}
    sums = Counter[Labels]()
    for one in slices:
        kept = counts.setdefault(one.call, [0] * (len(LATENCY_BOUNDS) + 1))
        counts[one.call] = [had + more for had, more in zip(kept, one.latencies, strict=True)]
        sums[one.call] += one.latency_ms
    bounds = [*(str(bound / 1000) for bound in LATENCY_BOUNDS), "+Inf"]
    for labels, kept in sorted(counts.items()):
        passed = [(bound, float(sum(kept[: n + 1]))) for n, bound in enumerate(bounds)]
        family.add_metric(labels, buckets=passed, sum_value=sums[labels] / 1000)
    return family


def _decisions(first: date) -> Iterator[Metric]:
    rows = EnforcementTally.objects.filter(day__gte=first).order_by()
    found = rows.values_list("tenant", "integration_id", "result", "reason")
    decided, blocked = Counter[Labels](), Counter[Labels]()
    for tenant, integration, result, reason, answers in found.annotate(n=Sum("answers")):
        decided[(tenant, integration, result)] += answers
        if result in _STOPS:
            blocked[(tenant, integration, REASONS.get(reason, OTHER))] += answers
    whose = ["tenant", "integration"]
    words = "What limits answered this month"
    yield _counter("cus_enforcement_decisions", words, [*whose, "result"], decided)
    words = "Calls that limits stopped this month"
    yield _counter("cus_enforcement_blocked", words, [*whose, "reason"], blocked)


def _counter(name: str, words: str, labels: Sequence[str], kept: Mapping[Labels, int]) -> Metric:
    family = CounterMetricFamily(name, words, labels=labels)
    for values, count in sorted(kept.items()):
        family.add_metric(values, count)
    return family
