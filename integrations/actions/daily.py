"""The sums of a day, made again from the records: run as often as one likes, the same comes out."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.db import connection

LATE_DAYS: Final = 8  # a call may be reported for seven days after it was made

_SUM: Final = """
INSERT INTO cus_usage_daily AS day
    (tenant_id, integration_id, date, total_calls, total_tokens_in, total_tokens_out,
     total_cost_cents, avg_latency_ms, error_count, blocked_count, unpriced_count, updated_at)
SELECT tenant_id, integration_id, %(day)s, count(*), sum(tokens_in), sum(tokens_out),
       sum(cost_cents), round(avg(latency_ms)), count(error_code),
       count(*) FILTER (WHERE policy_result = 'blocked'),
       count(*) FILTER (WHERE price_version = ''), %(now)s
FROM cus_llm_usage
WHERE created_at >= %(begins)s AND created_at < %(ends)s
GROUP BY tenant_id, integration_id ORDER BY tenant_id, integration_id
ON CONFLICT (tenant_id, date, integration_id) DO UPDATE SET
    total_calls = excluded.total_calls, total_tokens_in = excluded.total_tokens_in,
    total_tokens_out = excluded.total_tokens_out, total_cost_cents = excluded.total_cost_cents,
    avg_latency_ms = excluded.avg_latency_ms, error_count = excluded.error_count,
    blocked_count = excluded.blocked_count, unpriced_count = excluded.unpriced_count,
    updated_at = excluded.updated_at
WHERE (day.total_calls, day.total_tokens_in, day.total_tokens_out, day.total_cost_cents,
       day.avg_latency_ms, day.error_count, day.blocked_count, day.unpriced_count)
   IS DISTINCT FROM
      (excluded.total_calls, excluded.total_tokens_in, excluded.total_tokens_out,
       excluded.total_cost_cents, excluded.avg_latency_ms, excluded.error_count,
       excluded.blocked_count, excluded.unpriced_count)
"""


def sum_up(day: date, *, now: datetime) -> int:
    """Bring one day's sums up to date in every tenant; how many were not."""
    begins = datetime(day.year, day.month, day.day, tzinfo=UTC)
    values = {"day": day, "now": now, "begins": begins, "ends": begins + timedelta(days=1)}
    with connection.cursor() as cursor:
        cursor.execute(_SUM, values)
        return int(cursor.rowcount)


def sum_up_recent(now: datetime) -> Mapping[str, Any]:
    """Bring up to date every day for which calls may still be reported."""
    today = now.astimezone(UTC).date()
    days = [today - timedelta(days=back) for back in range(LATE_DAYS)]
    return {"corrected": sum(sum_up(one, now=now) for one in days)}
