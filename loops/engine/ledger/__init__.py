"""Proof that nothing is lost or doubled: what must hold between the rows, asked of the database.

Each rule selects the rows that break it, so an empty answer is the proof.
"""

from collections.abc import Iterator
from typing import Final

from django.db import connection, transaction

from loops.engine.ledger import (
    afterwards,
    bulk,
    decisions,
    figures,
    history,
    learned,
    loop_parts,
    notifications,
    patterns,
    policies,
    prevention,
    recoveries,
    routing,
    runs,
)
from m25console.ledger import Rule, Violation, declared

__all__ = ["RULES", "Rule", "Violation", "violations"]

RULES: Final = (
    *history.RULES,
    *loop_parts.RULES,
    *decisions.RULES,
    *afterwards.RULES,
    *learned.RULES,
    *patterns.RULES,
    *policies.RULES,
    *prevention.RULES,
    *routing.RULES,
    *recoveries.RULES,
    *runs.RULES,
    *figures.RULES,
    *notifications.RULES,
    *bulk.RULES,
)


def violations(*, tenant_id: str | None = None) -> Iterator[Violation]:
    """Everything that breaks a rule, in one tenant or in all, as of one moment."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for rule in declared():
            cursor.execute(rule.statement, {"tenant": tenant_id})
            for object_id, detail in cursor.fetchall():
                yield Violation(rule, object_id, detail)
