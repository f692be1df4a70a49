"""Rules about what people are asked and what they answered."""

from typing import Final

from loops.engine.ledger.rules import Rule

RULES: Final = (
    Rule(
        "waits_at_a_checkpoint",
        "A loop waits exactly when open checkpoints hold it, and lists those.",
        """
        SELECT t.id, format('lists %%s, open are %%s', t.pending_checkpoints, c.open)
        FROM loop_traces t
        LEFT JOIN LATERAL (
            SELECT coalesce(jsonb_agg(id ORDER BY id), '[]') AS open FROM human_checkpoints
            WHERE trace_id = t.id AND resolved_at IS NULL AND holds_loop
        ) c ON true
        WHERE (t.pending_checkpoints <> c.open OR t.is_blocked <> (c.open <> '[]'))
          AND MINE(t)
        """,
    ),
    Rule(
        "one_final_decision",
        "A checkpoint that a person resolved has one final decision, theirs.",
        """
        SELECT c.id, 'decision and resolution disagree' FROM human_checkpoints c
        LEFT JOIN checkpoint_decisions d ON d.checkpoint_id = c.id AND d.is_final
        WHERE (c.resolved_by_id, CASE WHEN c.resolved_by_id IS NOT NULL THEN c.resolution END)
              IS DISTINCT FROM (d.person_id, d.option)
          AND MINE(c)
        """,
    ),
    Rule(
        "decisions_are_audited",
        "Every decision has its audit row.",
        """
        SELECT d.checkpoint_id, format('%%s decisions, %%s audit rows', count(DISTINCT d.id),
               count(DISTINCT a.id))
        FROM checkpoint_decisions d
        LEFT JOIN audit_entries a
            ON a.object_type = 'human_checkpoints' AND a.object_id = d.checkpoint_id
            AND a.action NOT IN (
                'checkpoint.escalated', 'checkpoint.expired', 'checkpoint.reminded'
            )
        WHERE MINE(d)
        GROUP BY d.checkpoint_id HAVING count(DISTINCT d.id) <> count(DISTINCT a.id)
        """,
    ),
)
