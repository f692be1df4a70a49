"""What exactly a person decides on: the fields that matter, so that a change of them is noticed."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from loops.domain.checkpoints import contract_digest
from loops.models import HumanCheckpoint, PolicyRule, RecoveryCandidate


def recovery_subject(recovery: RecoveryCandidate) -> dict[str, Any]:
    """The remedy a reviewer agrees to."""
    return {
        "pattern_id": recovery.source_pattern_id,
        "incident_id": recovery.source_incident_id,
        "suggestion_type": recovery.suggestion_type,
        "action_type": recovery.action_type,
        "action_params": recovery.action_params,
    }


def match_subject(*, pattern_id: str, incident_id: str) -> dict[str, Any]:
    """The likeness a reviewer agrees to."""
    return {"pattern_id": pattern_id, "incident_id": incident_id}


def routing_subject(
    rule: PolicyRule, *, agents: Sequence[str], magnitude: Decimal
) -> dict[str, Any]:
    """The change of routing a reviewer agrees to, per agent."""
    return {
        "policy_id": rule.pk,
        "policy_name": rule.name,
        "agents": list(agents),
        "magnitude": magnitude,
    }


def digest_now(checkpoint: HumanCheckpoint, recovery: RecoveryCandidate | None) -> str:
    """The digest of what would be decided at this moment; it was `contract_digest` when raised."""
    if recovery is None or checkpoint.target_id != recovery.pk:
        return checkpoint.contract_digest
    return contract_digest({**checkpoint.contract, "subject": recovery_subject(recovery)})
