"""Rules about patterns that people merged, split and told apart."""

from typing import Final

from m25console.ledger import Rule

RULES: Final = (
    Rule(
        "merged_pattern_has_nothing",
        "Incidents, recoveries and policies belong to patterns that are not merged.",
        """
        SELECT p.id, format('is merged into %%s, yet has a %%s', p.merged_into_id, h.kind)
        FROM failure_patterns p
        CROSS JOIN LATERAL (
            (SELECT 'incident' AS kind FROM incidents i
             WHERE i.tenant_id = p.tenant_id AND i.matched_pattern_id = p.id LIMIT 1)
            UNION ALL
            (SELECT 'recovery' FROM recovery_candidates r
             WHERE r.tenant_id = p.tenant_id AND r.source_pattern_id = p.id LIMIT 1)
            UNION ALL
            (SELECT 'policy' FROM policy_rules o WHERE o.source_pattern_id = p.id LIMIT 1)
        ) h
        WHERE p.merged_into_id IS NOT NULL AND MINE(p)
        """,
    ),
    Rule(
        "merged_pattern_leads_to_its_heir",
        "A merged pattern leads straight to one that is not, as its history and its alias say.",
        """
        SELECT p.id, format('leads to %%s, %%s merges of it stand', p.merged_into_id, m.standing)
        FROM failure_patterns p
        LEFT JOIN failure_patterns heir ON heir.id = p.merged_into_id
        LEFT JOIN pattern_aliases a ON a.pattern_id = p.id
        CROSS JOIN LATERAL (
            SELECT count(*) AS standing FROM pattern_merges g
            LEFT JOIN pattern_splits s ON s.undoes_id = g.id
            WHERE g.source_id = p.id AND s.id IS NULL
        ) m
        WHERE (heir.merged_into_id IS NOT NULL
               OR a.heir_id IS DISTINCT FROM p.merged_into_id
               OR m.standing <> (p.merged_into_id IS NOT NULL)::int)
          AND MINE(p)
        """,
    ),
    Rule(
        "apart_is_what_people_said",
        "Patterns know the pairs that stand, and nobody made one pattern of such a pair.",
        """
        SELECT p.id, format('knows %%s, told were %%s', p.apart_from, t.pairs)
        FROM failure_patterns p
        CROSS JOIN LATERAL (
            SELECT coalesce(array_agg(c.other ORDER BY c.other), '{}')::varchar[] AS pairs,
                   coalesce(bool_or(coalesce(o.merged_into_id, o.id)
                                    = coalesce(p.merged_into_id, p.id)), false) AS joined
            FROM (
                SELECT right_id AS other FROM pattern_cannot_links
                WHERE left_id = p.id AND lifted_at IS NULL
                UNION ALL SELECT left_id FROM pattern_cannot_links
                WHERE right_id = p.id AND lifted_at IS NULL
            ) c JOIN failure_patterns o ON o.id = c.other
        ) t
        WHERE (t.joined OR NOT (p.apart_from @> t.pairs AND p.apart_from <@ t.pairs))
          AND MINE(p)
        """,
    ),
)
