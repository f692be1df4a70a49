"""Rules about what people are asked and what they answered."""

from typing import Final

from m25console.ledger import Rule

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
            AND a.action IN ('checkpoint.approve', 'checkpoint.reject', 'checkpoint.modify',
                'checkpoint.apply', 'checkpoint.defer', 'checkpoint.cancel', 'checkpoint.override',
                'checkpoint.confirm_revert', 'checkpoint.respect')
        WHERE MINE(d)
        GROUP BY d.checkpoint_id HAVING count(DISTINCT d.id) <> count(DISTINCT a.id)
        """,
    ),
    Rule(
        "held_answers_end",
        "An answer on hold takes effect, or is refused, within ten minutes of its time.",
        """
        SELECT h.checkpoint_id, format('held since %%s, due at %%s', h.at, h.effect_at)
        FROM held_decisions h
        WHERE h.state = 'held' AND h.effect_at < now() - interval '10 minutes' AND MINE(h)
        """,
    ),
    Rule(
        "carried_out_is_decided",
        "An answer that was carried out is a decision of its person, and no other one is.",
        """
        SELECT h.checkpoint_id, format('%%s, decisions at its end: %%s', h.state, count(d.id))
        FROM held_decisions h
        LEFT JOIN checkpoint_decisions d
            ON d.checkpoint_id = h.checkpoint_id AND d.person_id = h.person_id
            AND d.option = h.option AND d.at = h.ended_at
        WHERE h.state <> 'held' AND MINE(h)
        GROUP BY h.id HAVING (h.state = 'carried_out') <> (count(d.id) = 1)
        """,
    ),
    Rule(
        "decisions_keep_what_was_seen",
        "What was decided on is kept with every decision.",
        """
        SELECT d.checkpoint_id, 'no snapshot' FROM checkpoint_decisions d
        LEFT JOIN decision_snapshots s ON s.decision_id = d.id
        WHERE s.decision_id IS NULL AND MINE(d)
        """,
    ),
)
