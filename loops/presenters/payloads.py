"""Everything there is about a question, in full: nothing is cut."""

from collections.abc import Iterator
from dataclasses import dataclass

from loops.domain.legible import json_text
from loops.models import HumanCheckpoint, PolicyRule, RecoveryCandidate


@dataclass(frozen=True)
class Payload:
    """One record, as text."""

    key: str
    title: str
    text: str


def payload_of(
    checkpoint: HumanCheckpoint, *, recovery: RecoveryCandidate | None, policy: PolicyRule | None
) -> list[Payload]:
    """The contract, what it is about, and what happened, each whole."""
    return list(_records(checkpoint, recovery, policy))


def _records(
    checkpoint: HumanCheckpoint, recovery: RecoveryCandidate | None, policy: PolicyRule | None
) -> Iterator[Payload]:
    incident = checkpoint.incident
    yield Payload("contract", "Contract as it was asked", json_text(checkpoint.contract))
    if recovery is not None:
        remedy = {"action": recovery.action_type, "params": recovery.action_params}
        judged = {"explain": recovery.explain, "rules": recovery.rules_evaluated}
        yield Payload("remedy", "Remedy", json_text(remedy | judged))
    if policy is not None:
        rule = {"conditions": policy.conditions, "actions": policy.actions}
        yield Payload("rule", "Policy", json_text(rule))
    if incident.context:
        yield Payload("context", "Context of the incident", json_text(incident.context))
    if incident.error_message:
        yield Payload("message", "Message of the incident", incident.error_message)
