"""Figures of MCP servers' tools for Prometheus: calls, and what waits for people."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

REFUSED_WITHIN: Final = timedelta(minutes=5)
REFUSED_COUNTED: Final = 1_000  # of one tenant, at most
_CALLS: Final = """
SELECT t.tenant_id, t.server_id, sum(t.invocation_count), sum(t.failure_count)
FROM mcp_tools t GROUP BY 1, 2 ORDER BY 1, 2
"""
_REFUSED: Final = """
SELECT t.id, refused.calls FROM tenants t CROSS JOIN LATERAL (
    SELECT count(*) AS calls FROM (
        SELECT FROM mcp_tool_invocations i
        WHERE i.tenant_id = t.id AND i.outcome = 'blocked' AND i.invoked_at > %s LIMIT %s
    ) AS counted
) AS refused
WHERE t.is_active ORDER BY 1
"""
_WAITING: Final = """
SELECT a.tenant_id, count(*), extract(epoch FROM %s - min(a.asked_at))::float
FROM mcp_approvals a WHERE a.status = 'pending' AND a.ends_at > %s GROUP BY 1 ORDER BY 1
"""


def metrics(now: datetime) -> Iterator[Metric]:
    """Calls of each server, and what each tenant's people are asked: three queries."""
    calls = CounterMetricFamily(
        "cus_mcp_calls", "Calls of tools that were made", labels=["tenant", "server"]
    )
    failed = CounterMetricFamily(
        "cus_mcp_calls_failed", "Those that failed", labels=["tenant", "server"]
    )
    for tenant, server, made, wrong in _rows(_CALLS):
        calls.add_metric([tenant, server], made)
        failed.add_metric([tenant, server], wrong)
    yield from (calls, failed)
    words = "Calls of tools that were refused in the last five minutes"
    refused = _gauge("cus_mcp_calls_refused", words)
    for tenant, number in _rows(_REFUSED, now - REFUSED_WITHIN, REFUSED_COUNTED):
        refused.add_metric([tenant], number)
    yield refused
    waiting = _gauge("cus_mcp_approvals_waiting", "Calls that wait for people")
    oldest = _gauge("cus_mcp_approvals_oldest_seconds", "How long the oldest of them waits")
    for tenant, number, seconds in _rows(_WAITING, now, now):
        waiting.add_metric([tenant], number)
        oldest.add_metric([tenant], seconds)
    yield from (waiting, oldest)


def _gauge(name: str, words: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, labels=["tenant"])


def _rows(query: str, *parameters: datetime | int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())
