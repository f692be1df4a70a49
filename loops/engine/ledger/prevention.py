"""Rules about what policies were asked, what they did, and what that prevented."""

from typing import Final

from m25console.ledger import Rule

RULES: Final = (
    Rule(
        "decided_by_a_policy_that_matched",
        "An evaluation that does not allow names an active policy that matched and acted.",
        """
        SELECT e.id, format('decided %%s by %%s', e.decision, e.policy_id)
        FROM policy_evaluations e
        WHERE e.decision <> 'allow' AND MINE(e)
          AND NOT e.matched @> jsonb_build_array(jsonb_build_object(
              'policy_id', e.policy_id, 'revision', e.revision, 'mode', 'active',
              'action', e.decision, 'excepted', false))
        """,
    ),
    Rule(
        "preventions_come_from_decisions",
        "A real prevention belongs to an evaluation that its policy decided, while active.",
        """
        SELECT p.id, format('evaluation %%s decided %%s by %%s', e.id, e.decision, e.policy_id)
        FROM prevention_records p LEFT JOIN policy_evaluations e ON e.id = p.evaluation_id
        WHERE NOT p.is_simulated AND MINE(p)
          AND NOT coalesce(
              e.tenant_id = p.tenant_id AND e.policy_id = p.policy_id
              AND e.matched @> jsonb_build_array(jsonb_build_object(
                  'policy_id', p.policy_id, 'mode', 'active', 'excepted', false)), false)
        """,
    ),
    Rule(
        "preventions_equal_records",
        "A policy counts as many preventions as it has real records, up to the last of them.",
        """
        SELECT r.id, format('counts %%s, records are %%s', r.prevention_count, n.times)
        FROM policy_rules r
        LEFT JOIN LATERAL (
            SELECT count(*) AS times, max(created_at) AS last FROM prevention_records p
            WHERE p.policy_id = r.id AND NOT p.is_simulated
        ) n ON true
        WHERE (r.prevention_count <> n.times OR r.last_prevention_at IS DISTINCT FROM n.last)
          AND MINE(r)
        """,
    ),
    Rule(
        "prevented_or_incident",
        "Under one external id a failure was prevented or became an incident, never both.",
        """
        SELECT p.id, format('%%s is also incident %%s', p.external_id, i.id)
        FROM prevention_records p
        JOIN incidents i ON i.tenant_id = p.tenant_id AND i.external_id = p.external_id
        WHERE MINE(p)
        """,
    ),
    Rule(
        "shadow_counts_equal_rows",
        "What a policy would have done in shadow equals the counted rows that say so.",
        """
        SELECT r.id, format('counts %%s, rows are %%s', r.shadow_would_block, coalesce(n.times, 0))
        FROM policy_rules r
        LEFT JOIN (
            SELECT m->>'policy_id' AS policy_id, (m->>'revision')::int AS revision,
                   count(*) AS times
            FROM policy_evaluations e, jsonb_array_elements(e.matched) m
            WHERE e.is_counted AND m->>'mode' = 'shadow' AND NOT (m->>'excepted')::boolean
            GROUP BY 1, 2
        ) n ON n.policy_id = r.id AND n.revision = r.revision
        WHERE r.shadow_would_block <> coalesce(n.times, 0) AND MINE(r)
        """,
    ),
    Rule(
        "tallies_equal_rows",
        "A policy's tallies hold every counted row that names it, once.",
        """
        SELECT t.policy_id, format('%%s in %%s: matched %%s, rows are %%s', t.day, t.mode,
               t.matched, coalesce(n.matched, 0))
        FROM policy_tallies t
        LEFT JOIN (
            SELECT m->>'policy_id' AS policy_id, (e.created_at AT TIME ZONE 'UTC')::date AS day,
                   m->>'mode' AS mode,
                   count(*) FILTER (WHERE NOT (m->>'excepted')::boolean) AS matched,
                   count(*) FILTER (WHERE (m->>'excepted')::boolean) AS excepted,
                   count(*) FILTER (WHERE e.policy_id = m->>'policy_id') AS decided
            FROM policy_evaluations e, jsonb_array_elements(e.matched) m
            WHERE e.is_counted GROUP BY 1, 2, 3
        ) n ON n.policy_id = t.policy_id AND n.day = t.day AND n.mode = t.mode
        WHERE (t.matched, t.excepted, t.decided)
              IS DISTINCT FROM (coalesce(n.matched, 0), coalesce(n.excepted, 0),
                                coalesce(n.decided, 0))
          AND MINE(t)
        """,
    ),
)
