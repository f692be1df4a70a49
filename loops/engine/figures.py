"""Counting what happened in each hour, so that dashboards cost the same at any size.

Every minute the hours in which something changed are noted, then counted again from their rows:
never added to, so counting twice or late gives the same figures. An index bounds each part.
"""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction

BATCH: Final = 100  # hours
MOST_SECONDS: Final = 20.0  # a run begins no further batch after this long
# Rows bear the moment their transaction began with, and are seen only once it ended.
UNSEEN_FOR: Final = timedelta(minutes=5)
_LONG_AGO: Final = "'-infinity'::timestamptz"

# Moments of the rows of tenant m that changed since m.since; each is counted in the hour it names.
TOUCHED: Final = """
    SELECT t.started_at AS moment FROM loop_traces t
    WHERE t.tenant_id = m.tenant_id AND t.last_activity_at >= m.since
      AND t.outcome IN ('running', 'waiting', 'complete', 'ended', 'failed')
    UNION SELECT c.resolved_at FROM human_checkpoints c
    WHERE c.tenant_id = m.tenant_id AND c.resolved_at >= m.since
    UNION SELECT r.verified_at FROM recovery_candidates r
    WHERE r.tenant_id = m.tenant_id AND r.verified_at >= m.since
    UNION SELECT p.created_at FROM prevention_records p
    WHERE p.tenant_id = m.tenant_id AND p.created_at >= m.since
    UNION SELECT g.created_at FROM regret_events g
    WHERE g.tenant_id = m.tenant_id AND g.created_at >= m.since
    UNION SELECT u.created_at FROM policy_rules u
    WHERE u.tenant_id = m.tenant_id AND u.created_at >= m.since
    UNION SELECT a.activated_at FROM policy_activation_audit a
    WHERE a.tenant_id = m.tenant_id AND a.activated_at >= m.since
    UNION SELECT n.created_at FROM notification_deliveries n
    WHERE n.tenant_id = m.tenant_id AND n.finished_at >= m.since
    UNION SELECT n.created_at FROM notification_deliveries n
    WHERE n.tenant_id = m.tenant_id AND n.next_try_at IS NOT NULL
"""
# What fell in hour h.hour of tenant h.tenant_id, as (series, label, value).
COUNTED: Final = """
    WITH decided AS (
        SELECT c.*, d.door, d.reason_code FROM human_checkpoints c
        LEFT JOIN checkpoint_decisions d ON d.checkpoint_id = c.id AND d.is_final
        WHERE c.tenant_id = h.tenant_id
          AND c.resolved_at >= h.hour AND c.resolved_at < h.hour + interval '1 hour'
    ), moved AS (
        SELECT a.old_mode, a.new_mode FROM policy_activation_audit a
        WHERE a.tenant_id = h.tenant_id AND a.old_mode IS NOT NULL
          AND a.activated_at >= h.hour AND a.activated_at < h.hour + interval '1 hour'
    )
    SELECT 'loops' AS series, t.outcome AS label, count(*) AS value FROM loop_traces t
    WHERE t.tenant_id = h.tenant_id
      AND t.started_at >= h.hour AND t.started_at < h.hour + interval '1 hour' GROUP BY 2
    UNION ALL
    SELECT 'bands', coalesce(i.match_confidence_band, 'none'), count(*) FROM incidents i
    WHERE i.tenant_id = h.tenant_id
      AND i.created_at >= h.hour AND i.created_at < h.hour + interval '1 hour' GROUP BY 2
    UNION ALL
    SELECT 'decisions', c.resolution || '/' || coalesce(c.door, 'system'), count(*)
    FROM decided c GROUP BY 2
    UNION ALL
    SELECT 'waits', c.priority || '/' || ceil(24 * log(greatest(
        extract(epoch FROM c.resolved_at - c.created_at)::float8, 1)))::int, count(*)
    FROM decided c WHERE c.resolved_by_id IS NOT NULL GROUP BY 2
    UNION ALL
    SELECT 'rejections', coalesce(nullif(c.reason_code, ''), 'none'), count(*)
    FROM decided c WHERE c.resolution = 'reject' GROUP BY 2
    UNION ALL
    SELECT 'decided_by', c.resolved_by_id::text, count(*)
    FROM decided c WHERE c.resolved_by_id IS NOT NULL GROUP BY 2
    UNION ALL
    SELECT 'verifications', r.verification, count(*) FROM recovery_candidates r
    WHERE r.tenant_id = h.tenant_id
      AND r.verified_at >= h.hour AND r.verified_at < h.hour + interval '1 hour' GROUP BY 2
    UNION ALL
    SELECT 'preventions', p.outcome, count(*) FROM prevention_records p
    WHERE p.tenant_id = h.tenant_id AND NOT p.is_simulated AND NOT p.is_synthetic
      AND p.created_at >= h.hour AND p.created_at < h.hour + interval '1 hour' GROUP BY 2
    UNION ALL
    SELECT 'regrets', g.regret_type, count(*) FROM regret_events g
    WHERE g.tenant_id = h.tenant_id AND NOT g.is_simulated
      AND g.created_at >= h.hour AND g.created_at < h.hour + interval '1 hour' GROUP BY 2
    UNION ALL
    SELECT 'deliveries', n.channel_id || '/' || CASE n.status WHEN 'sending' THEN 'waiting'
        ELSE n.status END, count(*)
    FROM notification_deliveries n
    WHERE n.tenant_id = h.tenant_id
      AND n.created_at >= h.hour AND n.created_at < h.hour + interval '1 hour' GROUP BY 2
    UNION ALL
    SELECT 'policy_moves', n.mode, sum(n.change) FROM (
        SELECT old_mode AS mode, -1 AS change FROM moved
        UNION ALL SELECT new_mode, 1 FROM moved
        UNION ALL SELECT coalesce((
            SELECT a.old_mode FROM policy_activation_audit a
            WHERE a.policy_id = u.id ORDER BY a.activated_at, a.id LIMIT 1), u.mode), 1
        FROM policy_rules u
        WHERE u.tenant_id = h.tenant_id
          AND u.created_at >= h.hour AND u.created_at < h.hour + interval '1 hour'
    ) n GROUP BY 2 HAVING sum(n.change) <> 0
"""
# An hour that is being counted just now is noted once more: DO UPDATE waits for who counts it,
# where DO NOTHING would take its row for a note that still stands.
_NOTE: Final = f"""
WITH m AS (
    SELECT t.id AS tenant_id,
           coalesce(k.looked_until - make_interval(secs => %(unseen)s), {_LONG_AGO}) AS since
    FROM tenants t LEFT JOIN figure_marks k ON k.tenant_id = t.id
), noted AS (
    INSERT INTO stale_hours AS s (tenant_id, hour)
    SELECT DISTINCT m.tenant_id, date_trunc('hour', x.moment, 'UTC')
    FROM m CROSS JOIN LATERAL ({TOUCHED}) x
    ORDER BY 1, 2
    ON CONFLICT (tenant_id, hour) DO UPDATE SET hour = excluded.hour RETURNING 1
), marked AS (
    INSERT INTO figure_marks AS k (tenant_id, looked_until)
    SELECT tenant_id, %(now)s FROM m ORDER BY 1
    ON CONFLICT (tenant_id) DO UPDATE
    SET looked_until = greatest(k.looked_until, excluded.looked_until)
)
SELECT count(*) FROM noted
"""  # noqa: S608 - made of constants
_TAKE: Final = """
SELECT id, tenant_id, hour FROM stale_hours ORDER BY hour DESC, id LIMIT %s
FOR UPDATE SKIP LOCKED
"""
_HOURS: Final = "unnest(%s::text[], %s::timestamptz[]) AS h(tenant_id, hour)"
_FORGET: Final = f"""
DELETE FROM figures f USING {_HOURS} WHERE (f.tenant_id, f.hour) = (h.tenant_id, h.hour)
"""  # noqa: S608 - made of constants
_COUNT: Final = f"""
INSERT INTO figures (tenant_id, hour, series, label, value)
SELECT h.tenant_id, h.hour, x.series, x.label, x.value
FROM {_HOURS} CROSS JOIN LATERAL ({COUNTED}) x
"""  # noqa: S608 - made of constants


def count_figures(now: datetime) -> Mapping[str, Any]:
    """Count every hour that changed, the newest first. Several may run at once: an hour is one's
    alone while it is counted."""
    began = time.monotonic()
    noted, counted = _note(now), 0
    while time.monotonic() - began < MOST_SECONDS:
        taken = _count_batch()
        counted += taken
        if taken < BATCH:
            break
    return {"changed": noted, "counted": counted}


@transaction.atomic
def _note(now: datetime) -> int:
    """Note the hours that changed since the last look; how many."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, {"now": now, "unseen": UNSEEN_FOR.total_seconds()})
        return int(cursor.fetchone()[0])


@transaction.atomic
def _count_batch() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [BATCH])
        rows = cursor.fetchall()
        if not rows:
            return 0
        ids, tenants, hours = (list(column) for column in zip(*rows, strict=True))
        cursor.execute(_FORGET, [tenants, hours])
        cursor.execute(_COUNT, [tenants, hours])
        cursor.execute("DELETE FROM stale_hours WHERE id = ANY(%s)", [ids])
    return len(rows)
