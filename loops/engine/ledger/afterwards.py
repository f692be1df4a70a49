"""Rules about what comes after a decision: questions that lapsed, loops undone, proofs seen."""

from typing import Final

from loops.engine.ledger.rules import Rule

RULES: Final = (
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
