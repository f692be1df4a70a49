"""Rules about policies: who agreed to what, and that every change of them is kept."""

from typing import Final

from m25console.ledger import Rule

RULES: Final = (
    Rule(
        "policy_confirmations_equal_rows",
        "A policy has counted every person who confirmed its revision, once.",
        """
        SELECT p.id, format('counts %%s, %%s people confirmed revision %%s',
               p.confirmations_received, count(c.id), p.revision)
        FROM policy_rules p
        LEFT JOIN policy_confirmations c ON c.policy_id = p.id AND c.revision = p.revision
        WHERE MINE(p)
        GROUP BY p.id HAVING p.confirmations_received <> count(c.id)
        """,
    ),
    Rule(
        "mode_is_the_last_change",
        "A policy is in the mode that its history ends with.",
        """
        SELECT p.id, format('is %%s, its history ends with %%s', p.mode, a.new_mode)
        FROM policy_rules p
        CROSS JOIN LATERAL (
            SELECT new_mode FROM policy_activation_audit
            WHERE policy_id = p.id ORDER BY id DESC LIMIT 1
        ) a
        WHERE a.new_mode <> p.mode AND MINE(p)
        """,
    ),
    Rule(
        "revisions_are_kept",
        "An edited policy has kept every revision, and the last is what it is now.",
        """
        SELECT p.id, format('is revision %%s, kept are %%s', p.revision, count(v.id))
        FROM policy_rules p LEFT JOIN policy_versions v ON v.policy_id = p.id
        WHERE MINE(p)
        GROUP BY p.id
        HAVING count(v.id) <> CASE p.revision WHEN 1 THEN 0 ELSE p.revision END
            OR p.revision > 1 AND NOT bool_or(
                (v.revision, v.name, v.conditions, v.actions, v.scope_type, v.scope_id)
                = (p.revision, p.name, p.conditions, p.actions, p.scope_type, p.scope_id))
        """,
    ),
    Rule(
        "nobody_confirmed_their_own",
        "Whoever wrote a revision did not confirm it.",
        """
        SELECT c.policy_id, format('%%s wrote and confirmed revision %%s', v.changed_by, v.revision)
        FROM policy_confirmations c JOIN policy_versions v
            ON v.policy_id = c.policy_id AND v.revision = c.revision AND v.author_id = c.reviewer_id
        WHERE MINE(c)
        """,
    ),
)
