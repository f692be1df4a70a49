"""What exactly a person decides on: the fields that matter, so that a change of them is noticed."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from loops.domain.checkpoints import contract_digest
from loops.models import HumanCheckpoint, PolicyRule, RecoveryCandidate

type Subject = RecoveryCandidate | PolicyRule


def recovery_subject(recovery: RecoveryCandidate) -> dict[str, Any]:
    """The remedy a reviewer agrees to, and the action of the catalogue that would carry it out."""
    selected = recovery.selected_action
    return {
        "pattern_id": recovery.source_pattern_id,
        "incident_id": recovery.source_incident_id,
        "suggestion_type": recovery.suggestion_type,
        "action_type": recovery.action_type,
        "action_params": recovery.action_params,
        **({"executes": selected.action_code} if selected else {}),
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


def policy_subject(policy: PolicyRule) -> dict[str, Any]:
    """The rule a reviewer agrees to; with it, when it applies and to whom."""
    return {
        "policy_id": policy.pk,
        "policy_name": policy.name,
        "revision": policy.revision,
        "conditions": policy.conditions,
        "policy_action": policy.actions["type"],
        "action_params": policy.actions.get("params", {}),
        "scope_type": policy.scope_type,
        "scope_id": policy.scope_id,
        "confidence": policy.generation_confidence,
    }


def subject_now(checkpoint: HumanCheckpoint, about: Subject | None) -> Mapping[str, Any]:
    """What would be decided at this moment; `about` is the checkpoint's target, if it can change.

    Anything else is still as it was when it was asked.
    """
    if about is None or about.pk != checkpoint.target_id:
        asked: Mapping[str, Any] = checkpoint.contract.get("subject", {})
        return asked
    return policy_subject(about) if isinstance(about, PolicyRule) else recovery_subject(about)


def digest_now(checkpoint: HumanCheckpoint, about: Subject | None) -> str:
    """The digest of `subject_now`; it was `contract_digest` when the checkpoint was raised."""
    if about is None or about.pk != checkpoint.target_id:
        return checkpoint.contract_digest
    return contract_digest({**checkpoint.contract, "subject": subject_now(checkpoint, about)})
