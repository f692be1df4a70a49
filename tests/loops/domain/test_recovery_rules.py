import pytest

from loops.domain.recovery_rules import (
    Facts,
    all_of,
    any_of,
    combined,
    judge,
    names,
    seen,
    select,
)


@pytest.mark.parametrize(
    ("occurrences", "total", "confidence"), [(1, 0.85, 0.85), (5, 0.775, 0.875), (10, 0.80, 1.0)]
)
def test_spec_112_a_timeout_is_retried(occurrences, total, confidence):
    said = judge(Facts("TIMEOUT", occurrences))
    assert (said.action, said.total, said.confidence) == ("retry_exponential", total, confidence)


@pytest.mark.parametrize(
    ("facts", "action", "confidence"),
    [
        (Facts("QUOTA_EXCEEDED"), "retry_exponential", 0.875),
        (Facts("HTTP_503"), "circuit_breaker", 0.80),
        (Facts("AUTH_FAILED"), "notify_ops", 0.75),
        (Facts("WHATEVER"), None, 0.0),
        (Facts("WHATEVER", 10), "manual_intervention", 0.975),
    ],
)
def test_spec_113_codes_lead_to_actions(facts, action, confidence):
    said = judge(facts)
    assert (said.action, said.confidence) == (action, confidence)


def test_spec_114_rules_and_matcher_are_combined():
    assert combined(0.85, 0.95) == 0.90
    assert combined(0.85, 0.20) == 0.525
    sure = select(judge(Facts("TIMEOUT")), matcher=0.95)
    assert sure.may_execute_alone(switched_on=True)
    assert not sure.may_execute_alone(switched_on=False)
    unsure = select(judge(Facts("TIMEOUT")), matcher=0.20)
    assert unsure.action == "retry_exponential"
    assert not unsure.may_execute_alone(switched_on=True)


def test_a_code_is_read_in_any_case():
    assert judge(Facts("read_timeout")).action == "retry_exponential"


def test_below_the_threshold_no_action_is_selected():
    assert select(judge(Facts("UNKNOWN")), matcher=0.05).action is None


def test_what_helped_before_is_tried_again():
    said = judge(Facts("WHATEVER", tried=4, succeeded=3, usual_action="skip_task"))
    [finding] = said.findings
    assert (finding.rule_id, finding.score, said.action) == ("historical_success", 0.9, "skip_task")
    assert said.confidence == 1.0


@pytest.mark.parametrize(("tried", "succeeded"), [(2, 2), (10, 6)])
def test_too_few_tries_or_successes_prove_nothing(tried, succeeded):
    facts = Facts("WHATEVER", tried=tried, succeeded=succeeded, usual_action="skip_task")
    assert judge(facts).findings == []


def test_a_composite_takes_the_worst_or_the_best_score():
    timeout, often = names("TIMEOUT", score=0.9), seen(2, score=0.4)
    assert all_of(timeout, often)(Facts("TIMEOUT", 2)) == 0.4
    assert all_of(timeout, often)(Facts("TIMEOUT", 1)) is None
    assert any_of(timeout, often)(Facts("TIMEOUT", 2)) == 0.9
    assert any_of(timeout, often)(Facts("OTHER", 1)) is None


def test_everything_said_is_kept():
    kept = select(judge(Facts("TIMEOUT", 5)), matcher=0.95).as_json()
    assert [one["rule_id"] for one in kept[:-1]] == ["timeout_retry", "escalate_repeated"]
    assert kept[-1] == {
        "version": "RECOVERY_RULES_V1",
        "total": 0.775,
        "confidence": 0.875,
        "matcher": 0.95,
        "combined": 0.9125,
    }
