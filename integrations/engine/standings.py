"""How every integration stands at this moment, as gauges for Prometheus."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from integrations.actions.enforcement import MOST_CALLS, limits_of
from integrations.domain.enforcement import Limits
from integrations.domain.states import HealthState, IntegrationStatus
from integrations.models import Integration

WHOSE: Final = ["tenant", "integration"]
HEALTH: Final[Mapping[HealthState, int]] = {
    HealthState.UNKNOWN: 0, HealthState.HEALTHY: 1, HealthState.DEGRADED: 2, HealthState.FAILING: 3,
}  # fmt: skip
STATUS: Final[Mapping[IntegrationStatus, int]] = {
    IntegrationStatus.CREATED: 0, IntegrationStatus.ENABLED: 1, IntegrationStatus.DISABLED: 2,
    IntegrationStatus.ERROR: 3,
}  # fmt: skip
_RATES: Final = """
SELECT i.id, (SELECT count(*) FROM (
    SELECT FROM cus_llm_usage u
    WHERE u.tenant_id = i.tenant_id AND u.integration_id = i.id AND u.created_at > %s
      AND u.policy_result <> 'blocked' LIMIT %s
) AS made)
FROM cus_integrations i
WHERE i.rate_limit_rpm > 0 AND i.status = 'enabled' AND i.deleted_at IS NULL
"""

type Figure = Callable[[Any, Limits], float | None]  # of an integration; None: it has none

_BUDGET: Final = "of this month's budget in cents"
GAUGES: Final[Mapping[str, tuple[str, Figure]]] = {
    "cus_integration_health_state": (
        "0 unknown, 1 healthy, 2 degraded, 3 failing",
        lambda row, _: HEALTH[HealthState(row.health_state)],
    ),
    "cus_integration_status": (
        "0 created, 1 enabled, 2 disabled, 3 error",
        lambda row, _: STATUS[IntegrationStatus(row.status)],
    ),
    "cus_budget_used_cents": (
        f"What is used {_BUDGET}", lambda row, kept: row.cents_used if kept.budget_cents else None,
    ),
    "cus_budget_limit_cents": (
        f"The end {_BUDGET}", lambda _, kept: kept.budget_cents or None,
    ),
    "cus_budget_utilization_ratio": (
        "The share of this month's budget that is used",
        lambda row, kept: row.cents_used / kept.budget_cents if kept.budget_cents else None,
    ),
    "cus_tokens_used": (
        "Tokens used of this month's limit",
        lambda row, kept: row.tokens_used if kept.tokens else None,
    ),
    "cus_tokens_limit": ("Tokens a month", lambda _, kept: kept.tokens or None),
    "cus_rate_limit_rpm": ("Calls a minute", lambda _, kept: kept.calls_per_minute or None),
}  # fmt: skip


def gauges(rows: Sequence[Integration], *, now: datetime, window: timedelta) -> Iterator[Metric]:
    """Of these, which must be `with_use`; one query for the calls of the window."""
    limits = [(row, limits_of(row, now=now)) for row in rows]
    for name, (words, figure) in GAUGES.items():
        family = GaugeMetricFamily(name, words, labels=WHOSE)
        for row, kept in limits:
            value = figure(row, kept)
            if value is not None:
                family.add_metric([row.tenant_id, row.pk], value)
        yield family
    yield _rates(rows, now - window)
    yield _info(rows)


def _rates(rows: Sequence[Integration], since: datetime) -> Metric:
    words = "Calls of the last 60 seconds, where they are limited"
    family = GaugeMetricFamily("cus_rate_current_rpm", words, labels=WHOSE)
    with connection.cursor() as cursor:
        cursor.execute(_RATES, [since, MOST_CALLS])
        counted = dict(cursor.fetchall())
    for row in rows:
        if row.pk in counted:
            family.add_metric([row.tenant_id, row.pk], counted[row.pk])
    return family


def _info(rows: Sequence[Integration]) -> Metric:
    """Its name and whether its limits stop calls, to be joined to the other figures."""
    words = "1 for each integration, with what people call it"
    family = GaugeMetricFamily(
        "cus_integration_info", words, labels=[*WHOSE, "name", "enforcement"]
    )
    for row in rows:
        state = "enforcing" if row.enforces else "observing"
        family.add_metric([row.tenant_id, row.pk, row.name, state], 1)
    return family
