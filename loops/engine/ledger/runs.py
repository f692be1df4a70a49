"""Rules about runs: every loop has one, and what it says is what its rows prove."""

from typing import Final

from m25console.ledger import Rule

# An acknowledgement is a success when it says so, names no error and was not taken back.
_LAST: Final = """
    LEFT JOIN LATERAL (
        SELECT a.status = 'SUCCESS' AND a.error IS NULL AND NOT a.rolled_back AS is_success
        FROM audit_acks a
        WHERE (a.run_id, a.domain, a.action) = (e.run_id, e.domain, e.action)
        ORDER BY a.id DESC LIMIT 1
    ) k ON true
"""
RULES: Final = (
    Rule(
        "loop_is_a_run",
        "Every loop that was ever advanced is a run under the audit contract.",
        """
        SELECT t.id, 'has no run' FROM loop_traces t
        LEFT JOIN audit_runs r ON r.trace_id = t.id AND r.run_id = t.id
        WHERE t.version > 1 AND r.id IS NULL AND MINE(t)
        """,
    ),
    Rule(
        "complete_loop_is_finalized",
        "A loop that is complete has acknowledged everything it promised, its end included.",
        f"""
        SELECT t.id, format('%%s of 5 promises are acknowledged',
               count(e.id) FILTER (WHERE e.status = 'ACKED' AND k.is_success))
        FROM loop_traces t JOIN audit_runs r ON r.trace_id = t.id
        LEFT JOIN audit_expectations e ON e.run_id = r.id
        {_LAST}
        WHERE t.is_complete AND MINE(t)
        GROUP BY t.id
        HAVING count(e.id) FILTER (WHERE e.status = 'ACKED' AND k.is_success) <> 5
        """,  # noqa: S608 - made of constants
    ),
    Rule(
        "acked_is_the_last_word",
        "A promise counts as kept exactly when the last word about it is a success.",
        f"""
        SELECT r.run_id, format('%%s/%%s is %%s', e.domain, e.action, e.status)
        FROM audit_expectations e JOIN audit_runs r ON r.id = e.run_id
        {_LAST}
        WHERE (e.status = 'ACKED') <> coalesce(k.is_success, false) AND MINE(e)
        """,  # noqa: S608 - made of constants
    ),
    Rule(
        "run_says_what_its_rows_prove",
        "What a run was reconciled to is what its promises and acknowledgements say.",
        """
        WITH checked AS (
            SELECT * FROM audit_runs r
            WHERE r.reconciled_at IS NOT NULL AND r.next_check_at IS NULL AND MINE(r)
        ), words AS (
            SELECT a.run_id, a.domain, a.action, a.id,
                   a.status = 'SUCCESS' AND a.error IS NULL AND NOT a.rolled_back AS is_success
            FROM audit_acks a WHERE a.run_id IN (SELECT id FROM checked)
        ), keys AS (
            SELECT run_id, domain, action,
                   (array_agg(is_success ORDER BY id DESC))[1] AS stands,
                   bool_or(is_success AND before) AS is_repeated
            FROM (
                SELECT *, lag(is_success) OVER (
                    PARTITION BY run_id, domain, action ORDER BY id) AS before FROM words
            ) w GROUP BY run_id, domain, action
        ), proved AS (
            SELECT r.id, count(e.id) AS promised, coalesce(bool_or(e.deadline_ms <= 0), false)
                   AS is_void,
                   count(e.id) FILTER (WHERE k.run_id IS NULL) AS open,
                   count(e.id) FILTER (WHERE k.run_id IS NULL AND e.due_at < r.reconciled_at)
                   AS late,
                   coalesce(bool_or(k.run_id IS NULL AND e.due_at < r.reconciled_at
                                    AND e.action = 'finalize_run'), false) AS is_stale
            FROM checked r LEFT JOIN audit_expectations e ON e.run_id = r.id
            LEFT JOIN keys k ON (k.run_id, k.domain, k.action) = (e.run_id, e.domain, e.action)
            GROUP BY r.id
        ), amiss AS (
            SELECT k.run_id, bool_or(NOT k.stands OR k.is_repeated
                OR e.id IS NULL AND k.action <> 'complete_trace') AS has_findings
            FROM keys k LEFT JOIN audit_expectations e
                ON (e.run_id, e.domain, e.action) = (k.run_id, k.domain, k.action)
            GROUP BY k.run_id
        ), told AS (
            SELECT r.run_id, r.reconciliation, CASE
                WHEN p.promised = 0 OR p.is_void THEN 'INVALID'
                WHEN p.is_stale THEN 'STALE'
                WHEN p.late > 0 OR coalesce(m.has_findings, false) THEN 'INCOMPLETE'
                WHEN p.open > 0 THEN 'PENDING' ELSE 'COMPLETE' END AS proved
            FROM checked r JOIN proved p ON p.id = r.id LEFT JOIN amiss m ON m.run_id = r.id
        )
        SELECT run_id, format('says %%s, its rows say %%s', reconciliation, proved)
        FROM told WHERE reconciliation <> proved
        """,
    ),
)
