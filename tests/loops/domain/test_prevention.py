from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from loops.domain.prevention import Claim, ContractViolation, check, is_evidence, outcome_of
from loops.domain.states import ContractRule, MatchType, PolicyAction, PreventionOutcome

NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
GOOD = Claim(
    policy_id="pol_1",
    policy_tenant_id="A",
    policy_mode="active",
    policy_activated_at=NOW - timedelta(days=1),
    policy_endpoint=None,
    tenant_id="A",
    pattern_id="pat_1",
    pattern_signature="hash",
    recognised_as="pat_1",
    request_signature="hash",
    match_type=MatchType.EXACT_HASH,
    signature_match_confidence=0.95,
    request_endpoint=None,
    created_at=NOW,
)


def broken_by(**fields: object) -> ContractRule | None:
    try:
        check(replace(GOOD, **fields))
    except ContractViolation as violation:
        return violation.rule
    return None


def test_the_same_failure_stopped_by_an_active_policy_is_a_prevention():
    assert broken_by() is None


@pytest.mark.parametrize("mode", ["shadow", "pending", "ACTIVE"])
def test_spec_66_only_an_active_policy_prevents(mode):
    assert broken_by(policy_mode=mode) is ContractRule.POLICY_MODE


def test_spec_67_an_incident_that_was_written_was_not_prevented():
    assert broken_by(incident_created=True) is ContractRule.INCIDENT_CREATED


def test_spec_68_sixty_per_cent_is_just_enough():
    weak = {"match_type": MatchType.EXACT_HASH}
    assert broken_by(signature_match_confidence=0.5999, **weak) is ContractRule.SIGNATURE_CONFIDENCE
    assert broken_by(signature_match_confidence=0.60, **weak) is None


def test_spec_69_the_first_broken_rule_is_told():
    fields = {"policy_mode": "shadow", "signature_match_confidence": 0.1}
    assert broken_by(**fields) is ContractRule.POLICY_MODE


def test_spec_70_a_policy_of_another_tenant_prevents_nothing():
    assert broken_by(tenant_id="B") is ContractRule.TENANT_MISMATCH


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"tenant_id": ""}, ContractRule.TENANT_REQUIRED),
        ({"pattern_id": None}, ContractRule.PATTERN_REQUIRED),
        ({"policy_id": ""}, ContractRule.POLICY_REQUIRED),
        ({"request_signature": "other"}, ContractRule.SIGNATURE_MISMATCH),
        ({"recognised_as": "pat_2"}, ContractRule.SIGNATURE_MISMATCH),
        ({"policy_endpoint": "/a", "request_endpoint": "/b"}, ContractRule.FEATURE_PATH),
        ({"policy_endpoint": "/a"}, ContractRule.FEATURE_PATH),
        ({"policy_activated_at": NOW + timedelta(seconds=1)}, ContractRule.BEFORE_ACTIVATION),
        ({"policy_activated_at": None}, ContractRule.BEFORE_ACTIVATION),
    ],
)
def test_each_rule_has_its_case(fields, rule):
    assert broken_by(**fields) is rule


@pytest.mark.parametrize("kind", [MatchType.FUZZY, MatchType.MESSAGE_TEMPLATE])
def test_a_match_that_is_not_exact_must_be_strong(kind):
    alike = {"match_type": kind, "request_signature": "its own"}
    assert broken_by(signature_match_confidence=0.85, **alike) is None
    weak = broken_by(signature_match_confidence=0.8499, **alike)
    assert weak is ContractRule.SIGNATURE_MISMATCH


def test_a_violation_says_what_it_saw():
    with pytest.raises(ContractViolation) as caught:
        check(replace(GOOD, policy_mode="shadow"))
    assert caught.value.details == {"policy_mode": "shadow"}
    assert str(caught.value) == "POLICY_MODE: the policy is not active"


def test_what_acts_how_achieves_what():
    assert {action: outcome_of(action) for action in PolicyAction} == {
        PolicyAction.BLOCK: PreventionOutcome.PREVENTED,
        PolicyAction.ROUTE_AWAY: PreventionOutcome.PREVENTED,
        PolicyAction.RATE_LIMIT: PreventionOutcome.MITIGATED,
        PolicyAction.ESCALATE: None,
        PolicyAction.WARN: None,
    }


@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        ({}, True),
        ({"created_at": NOW - timedelta(seconds=1)}, False),
        ({"is_simulated": None}, False),
        ({"is_simulated": True}, False),
        ({"is_synthetic": True}, False),
        ({"outcome": PreventionOutcome.MITIGATED}, False),
        ({"activated_at": None}, False),
    ],
)
def test_spec_72_only_real_preventions_since_the_activation_count(fields, counts):
    real = {
        "created_at": NOW,
        "activated_at": NOW,
        "outcome": PreventionOutcome.PREVENTED,
        "is_simulated": False,
    }
    assert is_evidence(**real | fields) is counts
