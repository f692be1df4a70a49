"""Rules about what comes after a decision: questions that lapsed, loops undone, proofs seen."""

from typing import Final

from m25console.ledger import Rule

RULES: Final = (
    Rule(
        "reverted_leaves_nothing_in_force",
        "Of a loop that was undone nothing is in force, but for what people brought back since.",
        """
        SELECT t.id, format('%%s %%s is still in force', r.kind, r.id)
        FROM loop_traces t
        JOIN (
            SELECT 'routing change' AS kind, id, loop_trace_id AS trace_id, false AS brought_back
            FROM routing_policy_adjustments WHERE is_active
            UNION ALL
            SELECT 'recovery', id, trace_id, false FROM recovery_candidates
            WHERE status NOT IN ('rolled_back', 'rejected')
            UNION ALL
            SELECT 'policy', p.id, i.loop_trace_id, EXISTS (
                SELECT FROM policy_activation_audit a JOIN loop_traces o ON o.id = i.loop_trace_id
                WHERE a.policy_id = p.id AND a.new_mode = p.mode AND a.activated_at > o.reverted_at)
            FROM policy_rules p JOIN incidents i ON i.id = p.source_incident_id
            WHERE p.mode <> 'disabled'
        ) r ON r.trace_id = t.id
        WHERE t.reverted_at IS NOT NULL AND NOT r.brought_back AND MINE(t)
        """,
    ),
    Rule(
        "only_advice_approves_itself",
        "What nobody answered was dismissed, or was a likeness its tenant calls mere advice.",
        """
        SELECT c.id, format('%%s without a person', c.resolution) FROM human_checkpoints c
        WHERE c.resolved_at IS NOT NULL AND c.resolved_by_id IS NULL AND NOT c.auto_dismissed
          AND NOT (c.priority = 'advisory' AND c.stage = 'pattern_matched'
                   AND c.checkpoint_type = 'approve_recovery')
          AND MINE(c)
        """,
    ),
    Rule(
        "escalations_are_audited",
        "What was brought to everybody's notice says so in its audit, once.",
        """
        SELECT c.id, 'escalation and audit disagree' FROM human_checkpoints c
        WHERE MINE(c) AND (c.escalated_at IS NOT NULL)::int <> (
            SELECT count(*) FROM audit_entries a
            WHERE a.object_type = 'human_checkpoints' AND a.object_id = c.id
              AND a.action = 'checkpoint.escalated'
        )
        """,
    ),
    Rule(
        "reminders_are_audited",
        "What people were reminded of says so in its audit, once for each reminder.",
        """
        SELECT c.id, 'reminders and audit disagree' FROM human_checkpoints c
        WHERE MINE(c) AND num_nonnulls(c.reminded_at, c.lapse_reminded_at) <> (
            SELECT count(*) FROM audit_entries a
            WHERE a.object_type = 'human_checkpoints' AND a.object_id = c.id
              AND a.action = 'checkpoint.reminded'
        )
        """,
    ),
    Rule(
        "views_saw_what_was_there",
        "Whoever saw the proof of a prevention saw a real one that was there by then.",
        """
        SELECT v.id, 'saw a prevention that was not there' FROM timeline_views v
        WHERE v.has_prevention AND NOT v.is_simulated AND MINE(v) AND NOT EXISTS (
            SELECT FROM prevention_records p
            WHERE p.tenant_id = v.tenant_id AND p.original_incident_id = v.incident_id
              AND p.outcome IN ('prevented', 'mitigated') AND p.created_at <= v.viewed_at
              AND NOT p.is_simulated AND NOT p.is_synthetic
        )
        """,
    ),
)
