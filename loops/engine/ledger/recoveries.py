"""Rules about carrying recoveries out, and what is said about that."""

from typing import Final

from m25console.ledger import Rule

RULES: Final = (
    Rule(
        "applied_is_executed_once",
        "A recovery that was applied has exactly one real execution, a pending one has none.",
        """
        SELECT r.id, format('is %%s and has %%s executions', r.status, count(e.id))
        FROM recovery_candidates r
        LEFT JOIN recovery_executions e
            ON e.recovery_id = r.id AND NOT e.is_dry_run AND e.scope_id IS NULL
        WHERE r.status IN ('applied', 'pending', 'rejected') AND MINE(r)
        GROUP BY r.id HAVING count(e.id) <> CASE WHEN r.status = 'applied' THEN 1 ELSE 0 END
        """,
    ),
    Rule(
        "recovery_says_how_its_execution_stands",
        "A recovery shows the state of its own execution, and no other.",
        """
        SELECT r.id, format('says %%s, its execution %%s', r.execution_status, e.status)
        FROM recovery_candidates r
        LEFT JOIN recovery_executions e
            ON e.recovery_id = r.id AND NOT e.is_dry_run AND e.scope_id IS NULL
        WHERE r.execution_status IS DISTINCT FROM e.status AND MINE(r)
        """,
    ),
    Rule(
        "watched_once_executed",
        "Only what was applied and carried out is watched or verified, from that moment on.",
        """
        SELECT r.id, format('is %%s and %%s, yet %%s', r.status, r.execution_status, r.verification)
        FROM recovery_candidates r
        WHERE r.verification IS NOT NULL AND MINE(r) AND NOT (
            r.status IN ('applied', 'rolled_back')
            AND r.execution_status IN ('succeeded', 'rolled_back')
            AND r.executed_at < r.verify_until
            AND (r.verification = 'watching') = (r.verified_at IS NULL)
        )
        """,
    ),
    Rule(
        "actions_count_executions",
        "An action has counted every execution by an endpoint that ended, once.",
        """
        SELECT a.action_code, format('counts %%s of %%s, executions say %%s of %%s',
               a.successful_applications, a.total_applications, e.succeeded, e.ended)
        FROM suggestion_action a
        CROSS JOIN LATERAL (
            SELECT count(*) AS ended, count(*) FILTER (WHERE status = 'succeeded') AS succeeded
            FROM recovery_executions
            WHERE action_id = a.id AND executor = 'webhook' AND NOT is_dry_run
              AND status IN ('succeeded', 'failed', 'rolled_back')
        ) e
        WHERE (a.total_applications, a.successful_applications) <> (e.ended, e.succeeded)
          AND (%(tenant)s::text IS NULL OR EXISTS (
              SELECT FROM recovery_executions o WHERE o.action_id = a.id AND MINE(o)
          ))
        """,
    ),
    Rule(
        "scopes_count_executions",
        "A bound scope has counted every execution within it, and what they cost.",
        """
        SELECT s.id, format('counts %%s for %%s, executions say %%s for %%s',
               s.attempts_used, s.cost_used, count(e.id), coalesce(sum(e.cost), 0))
        FROM bound_scopes s
        LEFT JOIN recovery_executions e ON e.scope_id = s.id AND NOT e.is_dry_run
        WHERE MINE(s)
        GROUP BY s.id
        HAVING s.attempts_used <> count(e.id) OR s.cost_used <> coalesce(sum(e.cost), 0)
        """,
    ),
)
