"""Rules about answers to many questions at once: each question has its line, and a run ends."""

from typing import Final

from m25console.ledger import Rule

RULES: Final = (
    Rule(
        "bulk_runs_equal_their_items",
        "A run over many questions has as many lines as it says, of its own tenant; one that is "
        "finished left none waiting.",
        """
        SELECT b.id::text, format('says %%s, has %%s, of which %%s wait', b.total, n.all, n.waiting)
        FROM bulk_runs b CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE i.tenant_id = b.tenant_id) AS all,
                   count(*) FILTER (WHERE i.state = 'waiting') AS waiting
            FROM bulk_items i WHERE i.run_id = b.id
        ) n
        WHERE MINE(b) AND (n.all <> b.total OR (n.waiting > 0 AND b.finished_at IS NOT NULL))
        """,
    ),
    Rule(
        "no_bulk_run_is_stuck",
        "A run over many questions is finished within an hour.",
        """
        SELECT b.id::text, format('was begun at %%s and is not finished', b.created_at)
        FROM bulk_runs b
        WHERE b.finished_at IS NULL AND b.created_at < now() - interval '1 hour' AND MINE(b)
        """,
    ),
)
