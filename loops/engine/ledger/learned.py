"""Rules about harm done and confidences judged."""

from typing import Final

from m25console.ledger import Rule

RULES: Final = (
    Rule(
        "regret_counts_events",
        "A policy carries no more regret than was reported of it.",
        """
        SELECT p.id, format('counts %%s reports and a score of %%s, reported were %%s with %%s',
               p.regret_count, s.regret_score, coalesce(e.events, 0), coalesce(e.severity, 0))
        FROM policy_rules p
        LEFT JOIN policy_regret_summary s ON s.policy_id = p.id
        LEFT JOIN (
            SELECT policy_id, count(*) AS events, sum(severity) AS severity
            FROM regret_events WHERE NOT is_simulated GROUP BY 1
        ) e ON e.policy_id = p.id
        WHERE MINE(p)
          AND (p.regret_count > coalesce(e.events, 0)
               OR coalesce(s.regret_score, 0) > coalesce(e.severity, 0) * 0.5
               OR (coalesce(e.events, 0) > 0) <> (s.policy_id IS NOT NULL))
        """,
    ),
    Rule(
        "regret_summary_agrees",
        "A policy and the summary of its regret count the same reports.",
        """
        SELECT p.id, format('counts %%s reports, its summary %%s', p.regret_count,
               s.regret_event_count)
        FROM policy_rules p JOIN policy_regret_summary s ON s.policy_id = p.id
        WHERE s.regret_event_count <> p.regret_count AND MINE(p)
        """,
    ),
    Rule(
        "demotion_has_its_history",
        "Every report that disabled a policy is in the history of its modes.",
        """
        SELECT p.id, format('%%s reports disabled it, %%s times its history says so',
               coalesce(e.demotions, 0), coalesce(a.changes, 0))
        FROM policy_rules p
        LEFT JOIN (
            SELECT policy_id, count(*) AS demotions FROM regret_events
            WHERE was_auto_rolled_back GROUP BY 1
        ) e ON e.policy_id = p.id
        LEFT JOIN (
            SELECT policy_id, count(*) AS changes FROM policy_activation_audit
            WHERE approval_path = 'regret' AND new_mode = 'disabled' GROUP BY 1
        ) a ON a.policy_id = p.id
        WHERE coalesce(e.demotions, 0) > coalesce(a.changes, 0) AND MINE(p)
        """,
    ),
    Rule(
        "calibration_counts_outcomes",
        "A pattern has counted every outcome, once.",
        """
        SELECT c.pattern_id, format('counts %%s outcomes and %%s right, kept are %%s and %%s',
               c.total_matches, c.correct_matches, count(o.id),
               count(o.id) FILTER (WHERE o.was_correct))
        FROM pattern_calibrations c
        LEFT JOIN calibration_outcomes o ON o.pattern_id = c.pattern_id
        WHERE MINE(c)
        GROUP BY c.pattern_id
        HAVING c.total_matches <> count(o.id)
            OR c.correct_matches <> count(o.id) FILTER (WHERE o.was_correct)
        """,
    ),
    Rule(
        "status_is_the_last_computation",
        "How far a loop is trusted is what was computed last.",
        """
        SELECT s.id, format('says %%s, computed last was %%s', s.level, h.level)
        FROM m25_graduation_status s
        LEFT JOIN LATERAL (
            SELECT level, degraded_from, degradation_reason, computed_at FROM graduation_history g
            WHERE g.tenant_id IS NOT DISTINCT FROM s.tenant_id
            ORDER BY computed_at DESC, id DESC LIMIT 1
        ) h ON true
        WHERE (s.level, s.degraded_from, s.degradation_reason, s.last_checked)
              IS DISTINCT FROM (h.level, h.degraded_from, h.degradation_reason, h.computed_at)
          AND MINE(s)
        """,
    ),
    Rule(
        "lockouts_follow_the_gates",
        "A capability is unlocked exactly while its gate is passed and nothing was lost.",
        """
        SELECT c.capability, format('is_unlocked is %%s, the level %%s', c.is_unlocked, s.level)
        FROM capability_lockouts c JOIN m25_graduation_status s ON s.tenant_id = c.tenant_id
        WHERE c.is_unlocked <> (
            CASE WHEN s.level = 'degraded' THEN false
                 WHEN c.requires_gate = 'all' THEN s.level = 'complete'
                 ELSE (s.gates -> c.requires_gate ->> 'passed')::boolean END
        ) AND MINE(c)
        """,
    ),
    Rule(
        "outcome_is_on_its_incident",
        "An incident says that a confidence was judged exactly when the outcome is kept.",
        """
        SELECT i.id, format('says %%s, kept is %%s', i.prediction_was_correct, o.was_correct)
        FROM incidents i LEFT JOIN calibration_outcomes o ON o.incident_id = i.id
        WHERE (i.calibration_recorded <> (o.id IS NOT NULL)
               OR i.prediction_was_correct IS DISTINCT FROM o.was_correct)
          AND MINE(i)
        """,
    ),
)
