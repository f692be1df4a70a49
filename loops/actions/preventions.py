"""Writing down that a failure was prevented: the only function that does."""

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Greatest

from loops.domain import prevention
from loops.domain.prevention import Claim, ContractViolation
from loops.domain.states import ContractRule, PreventionOutcome
from loops.models import PolicyEvaluation, PolicyRule, PreventionRecord
from loops.models.ids import new_incident_id

EITHER_OR = "prevention_or_incident"  # the trigger's name for its refusal


def record(
    claim: Claim,
    *,
    outcome: PreventionOutcome,
    original_incident_id: str,
    evaluation: PolicyEvaluation,
) -> PreventionRecord:
    """The stored record of what the deciding policy of `evaluation` prevented.

    Call it in the transaction that stores the evaluation. Raises ContractViolation, having
    stored nothing: also if an incident under the same external id came first.
    """
    prevention.check(claim)
    policy = PolicyRule.objects.get(tenant=claim.tenant_id, pk=claim.policy_id)
    row = _row(claim, policy, outcome, original_incident_id, evaluation)
    _store(row)
    PolicyRule.objects.filter(pk=policy.pk).update(
        prevention_count=F("prevention_count") + 1,
        last_prevention_at=Greatest(F("last_prevention_at"), claim.created_at),
    )
    return row


def _row(
    claim: Claim,
    policy: PolicyRule,
    outcome: PreventionOutcome,
    original_incident_id: str,
    evaluation: PolicyEvaluation,
) -> PreventionRecord:
    return PreventionRecord(
        tenant_id=claim.tenant_id,
        policy=policy,
        pattern_id=claim.pattern_id or "",
        evaluation=evaluation,
        original_incident_id=original_incident_id,
        blocked_incident_id=new_incident_id(),
        external_id=evaluation.external_id,
        outcome=outcome,
        signature_match_confidence=claim.signature_match_confidence,
        policy_age_seconds=max(0, round((claim.created_at - policy.created_at).total_seconds())),
        calls_evaluated=1,
        run_id=evaluation.run_id,
        created_at=claim.created_at,
    )


def _store(row: PreventionRecord) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if _constraint(error) != EITHER_OR:
            raise
        details = {"external_id": row.external_id}
        raise ContractViolation(ContractRule.INCIDENT_CREATED, details) from error


def _constraint(error: IntegrityError) -> str:
    """The name of what refused the row, as the database told it."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""
