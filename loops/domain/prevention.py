"""Prevention contract 1.0.0: what may be called a prevention, and what may not.

A prevention is the same failure, of the same tenant, that an active policy stopped before an
incident was written. Rules are checked in their order; the first that is broken is told.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from loops.domain.confidence import STRONG, WEAK
from loops.domain.states import (
    ContractRule,
    MatchType,
    PolicyAction,
    PolicyMode,
    PreventionOutcome,
)

VERSION: Final = "1.0.0"
OUTCOMES: Final[Mapping[PolicyAction, PreventionOutcome]] = {
    PolicyAction.BLOCK: PreventionOutcome.PREVENTED,
    PolicyAction.ROUTE_AWAY: PreventionOutcome.PREVENTED,
    PolicyAction.RATE_LIMIT: PreventionOutcome.MITIGATED,
}


class ContractViolation(Exception):  # noqa: N818 - said of a claim, not an error
    """The first rule that a claimed prevention breaks, and by what."""

    def __init__(self, rule: ContractRule, details: Mapping[str, Any]) -> None:
        super().__init__(f"{rule}: {WORDS[rule]}")
        self.rule = rule
        self.details = dict(details)


@dataclass(frozen=True)
class Claim:
    """What is claimed to be a prevention. The mode is compared as text, in lower case."""

    policy_id: str
    policy_tenant_id: str
    policy_mode: str
    policy_activated_at: datetime | None
    policy_endpoint: str | None  # the api_endpoint that the policy names, if it does
    tenant_id: str
    pattern_id: str | None  # what the policy is about; if it does not say, what the request is
    pattern_signature: str | None
    recognised_as: str | None  # the pattern of the request
    request_signature: str | None
    match_type: MatchType | None
    signature_match_confidence: float
    request_endpoint: str | None
    created_at: datetime
    incident_created: bool = False
    is_simulated: bool = False


WORDS: Final[Mapping[ContractRule, str]] = {
    ContractRule.POLICY_MODE: "the policy is not active",
    ContractRule.INCIDENT_CREATED: "an incident was written",
    ContractRule.SIGNATURE_CONFIDENCE: "the request is not recognised surely enough",
    ContractRule.TENANT_REQUIRED: "it names no tenant",
    ContractRule.PATTERN_REQUIRED: "it is of no known pattern",
    ContractRule.POLICY_REQUIRED: "it names no policy",
    ContractRule.TENANT_MISMATCH: "the policy is another tenant's",
    ContractRule.SIGNATURE_MISMATCH: "the request is not the failure the policy is about",
    ContractRule.FEATURE_PATH: "the policy is about another endpoint",
    ContractRule.BEFORE_ACTIVATION: "the policy was not active yet",
    ContractRule.IMMUTABLE: "a prevention record is never changed",
    ContractRule.NO_DELETE: "a prevention record is never deleted",
}


def outcome_of(action: PolicyAction) -> PreventionOutcome | None:
    """What acting so achieves: stopped or slowed down; None for what stops nothing."""
    return OUTCOMES.get(action)


def check(claim: Claim) -> None:
    """Raise ContractViolation at the first rule the claim breaks."""
    for rule, details in _broken(claim):
        raise ContractViolation(rule, details)


def is_evidence(
    *,
    created_at: datetime,
    activated_at: datetime | None,
    outcome: PreventionOutcome,
    is_simulated: bool | None,
    is_synthetic: bool = False,
) -> bool:
    """Whether a stored prevention counts: a real one, and not from before its policy's
    activation. One that does not say whether it is simulated counts as simulated."""
    real = is_simulated is False and not is_synthetic
    in_force = activated_at is not None and created_at >= activated_at
    return real and in_force and outcome is PreventionOutcome.PREVENTED


def _broken(claim: Claim) -> Iterator[tuple[ContractRule, dict[str, Any]]]:
    if claim.policy_mode != PolicyMode.ACTIVE.value:
        yield ContractRule.POLICY_MODE, {"policy_mode": claim.policy_mode}
    if claim.incident_created:
        yield ContractRule.INCIDENT_CREATED, {}
    if claim.signature_match_confidence < WEAK:
        confidence = {"confidence": claim.signature_match_confidence, "at_least": WEAK}
        yield ContractRule.SIGNATURE_CONFIDENCE, confidence
    if not claim.tenant_id:
        yield ContractRule.TENANT_REQUIRED, {}
    if not claim.pattern_id:
        yield ContractRule.PATTERN_REQUIRED, {}
    if not claim.policy_id:
        yield ContractRule.POLICY_REQUIRED, {}
    if claim.tenant_id != claim.policy_tenant_id:
        yield ContractRule.TENANT_MISMATCH, {}
    if not _same_failure(claim):
        yield ContractRule.SIGNATURE_MISMATCH, _signatures(claim)
    if claim.policy_endpoint is not None and claim.policy_endpoint != claim.request_endpoint:
        endpoints = {"policy": claim.policy_endpoint, "request": claim.request_endpoint}
        yield ContractRule.FEATURE_PATH, endpoints
    if claim.policy_activated_at is None or claim.created_at < claim.policy_activated_at:
        yield ContractRule.BEFORE_ACTIVATION, {}


def _same_failure(claim: Claim) -> bool:
    """The same pattern: by equal hashes, or by a match of another kind that is strong."""
    if claim.recognised_as != claim.pattern_id:
        return False
    if claim.match_type is MatchType.EXACT_HASH:
        return claim.request_signature == claim.pattern_signature
    return claim.signature_match_confidence >= STRONG


def _signatures(claim: Claim) -> dict[str, Any]:
    return {
        "pattern_id": claim.pattern_id,
        "recognised_as": claim.recognised_as,
        "match_type": claim.match_type.value if claim.match_type else None,
        "confidence": claim.signature_match_confidence,
    }
