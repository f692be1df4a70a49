"""Rules about what a loop made: patterns, recoveries, confirmations, and whose they are."""

from typing import Final

from m25console.ledger import Rule

RULES: Final = (
    Rule(
        "matched_once_stage_done",
        "An incident has its pattern exactly when its first stage is done.",
        """
        SELECT i.id, 'pattern and first stage disagree' FROM incidents i
        JOIN loop_events e ON e.incident_id = i.id AND e.stage = 'incident_created'
        WHERE MINE(i)
        GROUP BY i.id
        HAVING bool_or(e.status = 'done') <> bool_or(i.matched_pattern_id IS NOT NULL)
        """,
    ),
    Rule(
        "occurrences_equal_incidents",
        "A pattern has counted every incident that landed there, once.",
        """
        SELECT p.id, format('counts %%s, %%s incidents landed there', p.occurrence_count,
               coalesce(i.landed, 0))
        FROM failure_patterns p
        LEFT JOIN (
            SELECT matched_pattern_id, count(*) AS landed FROM incidents GROUP BY 1
        ) i ON i.matched_pattern_id = p.id
        WHERE p.occurrence_count <> coalesce(i.landed, 0) AND p.merged_into_id IS NULL
          AND MINE(p)
        """,
    ),
    Rule(
        "recovery_once_stage_done",
        "A loop has a recovery exactly when its second stage is done.",
        """
        SELECT t.id, 'recovery and second stage disagree' FROM loop_traces t
        LEFT JOIN recovery_candidates r ON r.trace_id = t.id
        WHERE (t.stages -> 'completed' ? 'pattern_matched') <> (r.id IS NOT NULL)
          AND MINE(t)
        """,
    ),
    Rule(
        "confirmations_equal_rows",
        "A recovery has counted every person who agreed, once.",
        """
        SELECT r.id, format('counts %%s, %%s people agreed', r.confirmations_received, count(c.id))
        FROM recovery_candidates r LEFT JOIN recovery_confirmations c ON c.recovery_id = r.id
        WHERE MINE(r)
        GROUP BY r.id HAVING r.confirmations_received <> count(c.id)
        """,
    ),
    Rule(
        "loops_are_about_one_incident",
        "Everything in a loop is about the loop's incident.",
        """
        SELECT t.id, format('is about %%s, its %%s %%s about %%s', t.incident_id, r.kind, r.id,
               r.incident_id)
        FROM loop_traces t
        JOIN (
            SELECT 'event' AS kind, id, trace_id, incident_id FROM loop_events
            UNION ALL SELECT 'checkpoint', id, trace_id, incident_id FROM human_checkpoints
            UNION ALL SELECT 'recovery', id, trace_id, source_incident_id FROM recovery_candidates
        ) r ON r.trace_id = t.id AND r.incident_id <> t.incident_id
        WHERE MINE(t)
        """,
    ),
    Rule(
        "parts_share_their_tenant",
        "What belongs to a row belongs to its tenant.",
        """
        SELECT p.id, format('is of tenant %%s, its %%s of %%s', p.tenant_id, p.kind, p.other)
        FROM (
            SELECT f.id, f.tenant_id, 'key' AS kind, k.tenant_id AS other
            FROM failure_pattern_keys k JOIN failure_patterns f ON f.id = k.pattern_id
            UNION ALL SELECT c.id, c.tenant_id, 'decision', d.tenant_id
            FROM checkpoint_decisions d JOIN human_checkpoints c ON c.id = d.checkpoint_id
            UNION ALL SELECT r.id, r.tenant_id, 'confirmation', c.tenant_id
            FROM recovery_confirmations c JOIN recovery_candidates r ON r.id = c.recovery_id
            UNION ALL SELECT r.id, r.tenant_id, 'history', a.tenant_id
            FROM recovery_candidates_audit a JOIN recovery_candidates r ON r.id = a.candidate_id
            UNION ALL SELECT p.id, p.tenant_id, 'history', a.tenant_id
            FROM policy_activation_audit a JOIN policy_rules p ON p.id = a.policy_id
            UNION ALL SELECT p.id, p.tenant_id, 'routing change', a.tenant_id
            FROM routing_policy_adjustments a JOIN policy_rules p ON p.id = a.source_policy_id
        ) p
        WHERE p.other <> p.tenant_id AND MINE(p)
        """,
    ),
)
