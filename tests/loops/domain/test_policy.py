import pytest

from loops.domain import conditions
from loops.domain.policy import (
    NoPolicy,
    PatternFacts,
    PolicyDraft,
    RecoveryFacts,
    condition_for,
    draft,
    initial_mode,
    name_for,
    shadow_block_rate,
    strengthened,
)
from loops.domain.states import (
    ActionType,
    FailureState,
    PolicyAction,
    PolicyMode,
    PolicyScope,
    RecoveryStatus,
)


def recovery(
    *,
    status: RecoveryStatus = RecoveryStatus.APPLIED,
    action_type: ActionType = ActionType.RETRY,
    confidence: float = 0.90,
    confirmations_required: int = 0,
) -> RecoveryFacts:
    return RecoveryFacts(
        "rec_1", status, action_type, {"max_retries": 3}, confidence, confirmations_required
    )


def pattern(
    *, error_type: str = "timeout", api_endpoint: str | None = None, occurrences: int = 3
) -> PatternFacts:
    return PatternFacts("pat_1", error_type, api_endpoint, occurrences)


def drafted(of: RecoveryFacts | None, seen: PatternFacts | None = None) -> PolicyDraft | NoPolicy:
    return draft(recovery=of, pattern=seen or pattern(), tenant_id="t1")


def test_spec_45_two_occurrences_make_no_policy_and_no_failure() -> None:
    assert drafted(recovery(), pattern(occurrences=2)) == NoPolicy("2 of 3 occurrences")


def test_spec_46_a_weak_recovery_makes_a_pending_policy() -> None:
    policy = drafted(recovery(confidence=0.70))
    assert isinstance(policy, PolicyDraft)
    assert (policy.mode, policy.confirmations_required) == (PolicyMode.PENDING, 3)


@pytest.mark.parametrize(
    ("confidence", "mode"), [(0.85, PolicyMode.SHADOW), (0.8499, PolicyMode.PENDING)]
)
def test_spec_49_a_strong_confidence_starts_in_shadow(confidence: float, mode: PolicyMode) -> None:
    assert initial_mode(confidence) is mode


def test_spec_50_the_block_rate_is_a_share_of_the_shadow_evaluations() -> None:
    assert shadow_block_rate(would_block=2, evaluations=3) == 0.6667
    assert shadow_block_rate(would_block=0, evaluations=0) == 0.0


def test_spec_55_a_quote_in_an_error_type_is_only_a_character() -> None:
    condition = condition_for(pattern(error_type="a' OR 1"))
    assert condition == {"all": [{"field": "error_type", "operator": "equals", "value": "a' OR 1"}]}
    assert conditions.matches(condition, {"error_type": "a' OR 1"})
    assert not conditions.matches(condition, {"error_type": "a"})


def test_a_policy_says_what_it_prevents_and_where_it_comes_from() -> None:
    policy = drafted(recovery(), pattern(api_endpoint="/v1/chat"))
    assert isinstance(policy, PolicyDraft)
    assert policy.name == "Prevention: timeout"
    assert (policy.mode, policy.priority) == (PolicyMode.SHADOW, 100)
    assert (policy.scope, policy.scope_id) == (PolicyScope.TENANT, "t1")
    assert (policy.source_pattern_id, policy.source_recovery_id) == ("pat_1", "rec_1")
    assert policy.action == {"type": "escalate", "params": {"max_retries": 3}}
    assert [clause["field"] for clause in policy.condition["all"]] == [
        "error_type",
        "api_endpoint",
    ]


@pytest.mark.parametrize(
    ("action_type", "action"),
    [
        (ActionType.RATE_LIMIT, PolicyAction.RATE_LIMIT),
        (ActionType.RETRY, PolicyAction.ESCALATE),
        (ActionType.ESCALATE, PolicyAction.ESCALATE),
        (ActionType.BLOCK, PolicyAction.BLOCK),
        (ActionType.FALLBACK, PolicyAction.WARN),
    ],
)
def test_the_recovery_decides_what_the_policy_does(
    action_type: ActionType, action: PolicyAction
) -> None:
    policy = drafted(recovery(action_type=action_type))
    assert isinstance(policy, PolicyDraft)
    assert policy.action["type"] == action


@pytest.mark.parametrize(
    "unsettled",
    [
        None,
        recovery(status=RecoveryStatus.REJECTED),
        recovery(status=RecoveryStatus.ROLLED_BACK),
        recovery(status=RecoveryStatus.PENDING, confirmations_required=1),
    ],
)
def test_nothing_is_learned_from_an_unsettled_recovery(unsettled: RecoveryFacts | None) -> None:
    refusal = drafted(unsettled)
    assert isinstance(refusal, NoPolicy)
    assert refusal.failure_state is FailureState.POLICY_LOW_CONFIDENCE


@pytest.mark.parametrize(
    "settled",
    [
        recovery(status=RecoveryStatus.APPROVED, confirmations_required=2),
        recovery(status=RecoveryStatus.PENDING, confirmations_required=0),
    ],
)
def test_an_approved_recovery_or_one_nobody_need_confirm_is_learned_from(
    settled: RecoveryFacts,
) -> None:
    assert isinstance(drafted(settled), PolicyDraft)


def test_a_vanished_pattern_makes_no_policy() -> None:
    refusal = draft(recovery=recovery(), pattern=None, tenant_id="t1")
    assert isinstance(refusal, NoPolicy)
    assert refusal.failure_state is FailureState.POLICY_LOW_CONFIDENCE


def test_later_evidence_lifts_a_pending_policy_into_shadow_and_never_lowers_it() -> None:
    pending, active = PolicyMode.PENDING, PolicyMode.ACTIVE
    assert strengthened(mode=pending, confidence=0.7, evidence=0.9) == (PolicyMode.SHADOW, 0.9)
    assert strengthened(mode=pending, confidence=0.7, evidence=0.6) == (pending, 0.7)
    assert strengthened(mode=active, confidence=0.9, evidence=0.7) == (active, 0.9)


def test_a_policy_against_messages_asks_for_their_pattern_and_is_named_after_them():
    pattern = PatternFacts(
        pattern_id="pat_1",
        error_type="toolerror",
        api_endpoint=None,
        occurrences=3,
        template="Error: not enough seats on flight <*>",
    )

    assert name_for(pattern) == "Prevention: toolerror – Error: not enough seats on flight <*>"
    assert condition_for(pattern) == {
        "all": [
            {"field": "error_type", "operator": "equals", "value": "toolerror"},
            {"field": "pattern_id", "operator": "equals", "value": "pat_1"},
        ]
    }
    conditions.check(condition_for(pattern))


def test_a_long_message_is_cut_in_a_policys_name():
    pattern = PatternFacts("pat_1", "toolerror", None, 3, template="word " * 100)

    assert len(name_for(pattern)) < 110
    assert name_for(pattern).endswith("…")
