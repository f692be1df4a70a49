"""Keeping what a request was told, and what it turned out to be."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from django.db import connection, transaction

from loops.domain.prevention import ContractViolation
from loops.domain.states import TrafficLabel
from loops.models import PolicyEvaluation
from m25console.access import Actor
from m25console.refusals import WrongState
from m25console.rows import found

# One statement: it is stored only while the policies are as they were when the request was judged.
_STORE: Final = """
INSERT INTO policy_evaluations (id, tenant_id, features, external_id, agent_id, run_id, pattern_id,
                                match_confidence, decision, policy_id, revision, matched,
                                book_version, created_at)
SELECT %s, %s, %s::jsonb, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, last, %s
FROM (SELECT count(*) AS changes, coalesce(max(id), 0) AS last FROM policy_changes
      WHERE tenant_id = %s) AS now
WHERE (changes, last) = (%s, %s)
ON CONFLICT (tenant_id, external_id) WHERE external_id IS NOT NULL DO NOTHING
"""


@dataclass(frozen=True)
class ReadAt:
    """The change of its tenant's policies by which a request was judged."""

    changes: int
    last_change: int


def store(row: PolicyEvaluation, *, read_at: ReadAt) -> bool:
    """Keep an evaluation; False, having kept nothing, if the policies changed meanwhile or the
    external id was used before."""
    values = [
        row.pk, row.tenant_id, _json(row.features), row.external_id, row.agent_id, row.run_id,
        row.pattern_id, row.match_confidence, row.decision, row.policy_id, row.revision,
        _json(row.matched), row.created_at,
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_STORE, [*values, row.tenant_id, read_at.changes, read_at.last_change])
        return bool(cursor.rowcount == 1)


def earlier(row: PolicyEvaluation) -> PolicyEvaluation | None:
    """What was stored under the external id of `row`, an evaluation that was not.

    Raises WrongState if another request was judged under it.
    """
    if row.external_id is None:
        return None
    mine = PolicyEvaluation.objects.filter(tenant=row.tenant_id, external_id=row.external_id)
    known = mine.select_related("prevention").first()
    if known is None:
        return None
    # The database compares: it reads a number as it wrote it, which Python may not.
    if not mine.filter(features=row.features, run_id=row.run_id).exists():
        raise WrongState(
            f"Evaluation {known.pk} was asked for under the same external id, with another "
            "request. Nothing was judged."
        )
    return known


def say_why_not_prevented(row: PolicyEvaluation, violation: ContractViolation) -> None:
    """Keep with a stored evaluation why it prevented nothing, though its policy acted."""
    row.matched = with_violation(row.matched, policy_id=row.policy_id, violation=violation)
    PolicyEvaluation.objects.filter(pk=row.pk).update(matched=row.matched)


def with_violation(
    matched: list[dict[str, Any]], *, policy_id: str | None, violation: ContractViolation
) -> list[dict[str, Any]]:
    """The verdicts, with the rule of the contract that kept the deciding one from preventing."""
    told = {"no_prevention": {"rule": violation.rule.value, "details": violation.details}}
    return [one | told if one["policy_id"] == policy_id else one for one in matched]


@transaction.atomic
def label(
    *, evaluation_id: str, label: TrafficLabel, source: str, by: Actor, now: datetime
) -> PolicyEvaluation:
    """Say once what a request turned out to be; the same again changes nothing.

    Raises NotFound, or WrongState if it was said to be something else.
    """
    mine = PolicyEvaluation.objects.for_tenant(by.tenant).select_for_update(of=("self",))
    row = found(mine, evaluation_id, noun="evaluation")
    if row.label == label:
        return row
    if row.label != TrafficLabel.UNKNOWN:
        raise WrongState(f"It was said to be {row.label}, by {row.label_source}.")
    row.label, row.label_source, row.labelled_at = label, source or by.label, now
    row.save(update_fields=["label", "label_source", "labelled_at"])
    return row


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
