from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from loops.domain.conditions import compile_condition, equals
from loops.domain.evaluation import Exempt, Rule, RuleBook, exception_applies, features_of_request
from loops.domain.incidents import incident_from
from loops.domain.states import PolicyAction, PolicyDecision, PolicyMode

NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
TIMEOUT = {"error_type": "timeout"}


def rule(name: str = "a", *, condition: Any = None, **fields: Any) -> Rule:
    defaults = {
        "policy_id": f"pol_{name}",
        "tenant_id": "t",
        "revision": 1,
        "name": name,
        "mode": PolicyMode.ACTIVE,
        "action": PolicyAction.BLOCK,
        "params": {},
        "priority": 100,
        "created_at": NOW - timedelta(days=1),
        "condition": compile_condition(condition or equals("error_type", "timeout")),
    }
    return Rule(**defaults | fields)


def judge(*rules: Rule, **features: Any) -> tuple[PolicyDecision, str | None]:
    judgement = RuleBook(rules).judge(features or TIMEOUT, now=NOW)
    return judgement.decision, judgement.decided_by.name if judgement.decided_by else None


def exempt(condition: Any, **fields: Any) -> Exempt:
    return Exempt(
        compile_condition(condition).applies,
        **{"expires_at": NOW + timedelta(hours=1)} | fields,
    )


def test_without_policies_everything_is_allowed():
    assert judge() == (PolicyDecision.ALLOW, None)


def test_an_active_policy_that_matches_acts_and_another_does_not():
    assert judge(rule()) == (PolicyDecision.BLOCK, "a")
    assert judge(rule(condition=equals("error_type", "other"))) == (PolicyDecision.ALLOW, None)


@pytest.mark.parametrize("mode", [PolicyMode.SHADOW, PolicyMode.PENDING, PolicyMode.DISABLED])
def test_only_active_policies_act(mode):
    assert judge(rule(mode=mode)) == (PolicyDecision.ALLOW, None)


def test_the_mode_changes_what_is_done_but_not_the_verdict():
    shadow, active = rule("s", mode=PolicyMode.SHADOW), rule("s")
    told = [RuleBook([one]).judge(TIMEOUT, now=NOW).matched for one in (shadow, active)]
    assert [[(one.rule.name, one.excepted) for one in verdicts] for verdicts in told] == [
        [("s", False)]
    ] * 2


def test_pending_policies_are_not_evaluated():
    book = RuleBook([rule(mode=PolicyMode.PENDING)])
    assert book.judge(TIMEOUT, now=NOW).matched == ()


def test_the_strictest_action_decides():
    mild_first = [PolicyAction.WARN, PolicyAction.RATE_LIMIT, PolicyAction.ESCALATE,
                  PolicyAction.ROUTE_AWAY, PolicyAction.BLOCK]  # fmt: skip
    for number in range(1, len(mild_first) + 1):
        rules = [rule(one.value, action=one, priority=-one_number)
                 for one_number, one in enumerate(mild_first[:number])]  # fmt: skip
        assert judge(*rules)[1] == mild_first[number - 1].value


def test_of_two_equally_strict_the_higher_priority_decides_then_the_older():
    assert judge(rule("low", priority=1), rule("high", priority=2))[1] == "high"
    older = rule("older", created_at=NOW - timedelta(days=9))
    assert judge(rule("newer"), older)[1] == "older"


def test_an_exception_keeps_the_verdict_but_stops_the_action():
    excepted = rule(exceptions=(exempt(equals("agent_id", "a1")),))
    judgement = RuleBook([excepted]).judge(TIMEOUT | {"agent_id": "a1"}, now=NOW)
    assert judgement.decision is PolicyDecision.ALLOW
    assert [one.excepted for one in judgement.matched] == [True]
    assert judge(excepted, **TIMEOUT, agent_id="a2") == (PolicyDecision.BLOCK, "a")


def test_an_excepted_policy_leaves_the_decision_to_the_next():
    excepted = rule("block", exceptions=(exempt(equals("error_type", "timeout")),))
    assert judge(excepted, rule("warn", action=PolicyAction.WARN)) == (
        PolicyDecision.WARN,
        "warn",
    )


@pytest.mark.parametrize(
    ("fields", "applies"),
    [
        ({}, True),
        ({"expires_at": NOW}, False),
        ({"expires_at": NOW + timedelta(seconds=1)}, True),
        ({"ended_at": NOW}, False),
        ({"ended_at": NOW + timedelta(seconds=1)}, True),
    ],
)
def test_an_exception_holds_until_it_expires_or_is_ended(fields, applies):
    one = exempt(equals("error_type", "timeout"), **fields)
    assert exception_applies(one, TIMEOUT, now=NOW) is applies


def test_an_exception_about_a_field_that_is_missing_does_not_apply():
    assert not exception_applies(exempt(equals("agent_id", "a1")), TIMEOUT, now=NOW)


def test_a_missing_field_is_unknown_and_never_true():
    unknown = {"not": equals("agent_id", "a1")}
    assert judge(rule(condition=unknown)) == (PolicyDecision.ALLOW, None)
    assert judge(rule(condition=unknown), **TIMEOUT, agent_id="a2")[0] is PolicyDecision.BLOCK


def test_a_policy_of_one_agent_judges_that_agent_only():
    of_one = rule(agent_id="a1")
    assert judge(of_one, **TIMEOUT, agent_id="a1")[0] is PolicyDecision.BLOCK
    assert judge(of_one, **TIMEOUT, agent_id="a2")[0] is PolicyDecision.ALLOW
    assert judge(of_one)[0] is PolicyDecision.ALLOW


@pytest.mark.parametrize(
    "condition",
    [
        equals("error_type", "timeout"),
        {"all": [equals("error_type", "timeout"), equals("agent_id", "a1")]},
        {"any": [equals("error_type", "timeout"), equals("error_type", "other")]},
        {"any": [equals("error_type", "timeout")]},
        {"not": equals("error_type", "other")},
        equals("agent_id", "a1"),
        equals("context.region", "eu"),
        {"field": "message", "operator": "contains", "value": "seat"},
        {"field": "error_type", "operator": "in", "value": ["timeout"]},
        equals("status_code", 504),
        equals("pattern_id", "pat_1"),
    ],
)
def test_the_index_finds_every_policy_that_matches(condition):
    features = TIMEOUT | {
        "agent_id": "a1",
        "context": {"region": "eu"},
        "message": "no seat",
        "status_code": 504,
        "pattern_id": "pat_1",
    }
    assert judge(rule(condition=condition), **features)[0] is PolicyDecision.BLOCK


@pytest.mark.parametrize(
    ("condition", "asks"),
    [
        (equals("error_type", "timeout"), False),
        (equals("pattern_id", "pat_1"), True),
        ({"all": [equals("error_type", "timeout"), equals("pattern_id", "pat_1")]}, True),
        ({"all": [equals("error_type", "other"), equals("pattern_id", "pat_1")]}, False),
        (
            {"all": [equals("error_type", "timeout"), equals("pattern_id", "p"),
                     equals("api_endpoint", "/elsewhere")]},
            False,
        ),
        ({"any": [equals("error_type", "other"), equals("pattern_id", "pat_1")]}, True),
        ({"all": [equals("pattern_id", "pat_1"), equals("context.region", "eu")]}, True),
        ({"all": [equals("error_type", "timeout"),
                  {"field": "pattern_id", "operator": "exists", "value": False}]}, True),
    ],
)  # fmt: skip
def test_the_pattern_is_asked_for_only_if_it_can_matter(condition, asks):
    assert RuleBook([rule(condition=condition)]).may_ask_pattern(TIMEOUT) is asks


def test_a_policy_of_another_agent_asks_for_no_pattern():
    book = RuleBook([rule(condition=equals("pattern_id", "p"), agent_id="a9")])
    assert not book.may_ask_pattern(TIMEOUT)
    assert book.may_ask_pattern(TIMEOUT | {"agent_id": "a9"})


def test_a_request_is_normalised_as_incidents_are():
    sent = {
        "error_type": " TimeOut ",
        "error_code": " E1 ",
        "api_endpoint": "/V1/Chat/?q=1",
        "status_code": "504",
        "message": " no seat ",
        "context": {},
    }
    assert features_of_request(incident_from(sent, now=NOW)) == {
        "error_type": "timeout",
        "error_code": "E1",
        "api_endpoint": "/v1/chat",
        "status_code": 504,
        "message": "no seat",
    }
