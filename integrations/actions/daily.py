"""The sums of a day, made again from the records: run as often as one likes, the same comes out."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction

from integrations.domain.usage import LATENCY_BOUNDS
from m25console.models import Tenant

LATE_DAYS: Final = 8  # a call may be reported for seven days after it was made

_KEY: Final = "tenant_id, date, integration_id, provider, model, policy_result, error_code"
_SUMS: Final = (
    "total_calls, total_tokens_in, total_tokens_out, total_cost_cents, unpriced_count, our_cents,"
    " their_cents, timed_count, latency_ms, latency_counts"
)
_DAY_SUMS: Final = (
    "total_calls, total_tokens_in, total_tokens_out, total_cost_cents, avg_latency_ms,"
    " error_count, blocked_count, unpriced_count"
)
_UPSERT: Final = """
ON CONFLICT ({key}) DO UPDATE SET ({names}) = ROW({values})
WHERE ({stored}) IS DISTINCT FROM ({compared})
"""


def _upsert(table: str, key: str, sums: str, *, also: str = "") -> str:
    """Set the sums, and `also` that column, of rows whose sums are others."""
    names = [one.strip() for one in sums.split(",")]
    values = [f"excluded.{one}" for one in names]
    return _UPSERT.format(
        key=key,
        names=", ".join([*names, also] if also else names),
        values=", ".join([*values, f"excluded.{also}"] if also else values),
        stored=", ".join(f"{table}.{one}" for one in names),
        compared=", ".join(values),
    )


_BOUNDS: Final = (0, *(bound + 1 for bound in LATENCY_BOUNDS))
_LATENCIES: Final = ", ".join(
    f"count(*) FILTER (WHERE latency_ms >= {low}" + (f" AND latency_ms < {high})" if high else ")")
    for low, high in zip(_BOUNDS, (*_BOUNDS[1:], None), strict=True)
)
# What a call costs now is what it cost at first and every change since, so changes are summed.
_SLICES: Final = f"""
WITH calls AS (
    SELECT tenant_id, integration_id, provider, model, policy_result,
           coalesce(error_code, '') AS error_code, count(*) AS total_calls,
           sum(tokens_in) AS total_tokens_in, sum(tokens_out) AS total_tokens_out,
           sum(cost_cents) AS total_cost_cents,
           count(*) FILTER (WHERE price_version = '') AS unpriced_count,
           coalesce(sum(cost_cents) FILTER (WHERE price_version <> ''), 0) AS our_cents,
           coalesce(sum(reported_cents) FILTER (WHERE price_version <> ''), 0) AS their_cents,
           count(latency_ms) AS timed_count, coalesce(sum(latency_ms), 0) AS latency_ms,
           ARRAY[{_LATENCIES}] AS latency_counts
    FROM cus_llm_usage
    WHERE created_at >= %(begins)s AND created_at < %(ends)s
      AND (%(tenant)s::text IS NULL OR tenant_id = %(tenant)s)
    GROUP BY 1, 2, 3, 4, 5, 6
), changes AS (
    SELECT u.tenant_id, u.integration_id, u.provider, u.model, u.policy_result,
           coalesce(u.error_code, '') AS error_code, sum(r.new_cents - r.old_cents) AS cents,
           count(*) FILTER (WHERE r.old_version = '') AS priced,
           sum(r.new_cents - CASE r.old_version WHEN '' THEN 0 ELSE r.old_cents END) AS ours,
           coalesce(sum(u.reported_cents) FILTER (WHERE r.old_version = ''), 0) AS theirs
    FROM cus_usage_repricings r JOIN cus_llm_usage u ON u.id = r.usage_id
    WHERE r.happened_at >= %(begins)s AND r.happened_at < %(ends)s
      AND (%(tenant)s::text IS NULL OR r.tenant_id = %(tenant)s)
    GROUP BY 1, 2, 3, 4, 5, 6
)
INSERT INTO cus_usage_slices AS slice ({_KEY}, {_SUMS})
SELECT tenant_id, %(day)s, integration_id, provider, model, policy_result, error_code,
       total_calls, total_tokens_in, total_tokens_out, total_cost_cents + coalesce(cents, 0),
       unpriced_count - coalesce(priced, 0), our_cents + coalesce(ours, 0),
       their_cents + coalesce(theirs, 0), timed_count, latency_ms, latency_counts
FROM calls
LEFT JOIN changes USING (tenant_id, integration_id, provider, model, policy_result, error_code)
ORDER BY 1, 3, 4, 5, 6, 7
""" + _upsert("slice", _KEY, _SUMS)  # noqa: S608 - columns and bounds of this module
_DAYS: Final = f"""
INSERT INTO cus_usage_daily AS day
    (tenant_id, integration_id, date, {_DAY_SUMS}, updated_at)
SELECT tenant_id, integration_id, date, sum(total_calls), sum(total_tokens_in),
       sum(total_tokens_out), sum(total_cost_cents),
       round(sum(latency_ms)::numeric / nullif(sum(timed_count), 0)),
       coalesce(sum(total_calls) FILTER (WHERE error_code <> ''), 0),
       coalesce(sum(total_calls) FILTER (WHERE policy_result = 'blocked'), 0),
       sum(unpriced_count), %(now)s
FROM cus_usage_slices
WHERE date = %(day)s AND (%(tenant)s::text IS NULL OR tenant_id = %(tenant)s)
GROUP BY 1, 2, 3 ORDER BY 1, 2
""" + _upsert("day", "tenant_id, date, integration_id", _DAY_SUMS, also="updated_at")  # noqa: S608 - columns of this module


@transaction.atomic
def sum_up(day: date, *, now: datetime, tenant: Tenant | None = None) -> int:
    """Bring one day's sums up to date, in every tenant or in one; how many days of an
    integration were not."""
    begins = datetime(day.year, day.month, day.day, tzinfo=UTC)
    values = {
        "day": day, "now": now, "begins": begins, "ends": begins + timedelta(days=1),
        "tenant": tenant.pk if tenant else None,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_SLICES, values)
        cursor.execute(_DAYS, values)
        return int(cursor.rowcount)


def sum_up_recent(now: datetime) -> Mapping[str, Any]:
    """Bring up to date every day for which calls may still be reported."""
    today = now.astimezone(UTC).date()
    days = [today - timedelta(days=back) for back in range(LATE_DAYS)]
    return {"corrected": sum(sum_up(one, now=now) for one in days)}
