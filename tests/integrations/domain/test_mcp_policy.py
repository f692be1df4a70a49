from dataclasses import replace

import pytest

from integrations.domain.mcp_policy import (
    Asked,
    Decision,
    Facts,
    Permission,
    Rate,
    Ruling,
    Said,
    decide,
    may_repeat,
)
from integrations.domain.mcp_states import DenyReason
from integrations.domain.mcp_tools import CallableState, McpRisk

GOOD = Facts(CallableState.YES)
WORST = Facts(
    CallableState.DISABLED, McpRisk.CRITICAL, is_server_active=False, is_stopped=True,
    asked=Asked.REFUSED, said=Said(Permission.REFUSED), rate=Rate(60),
)  # fmt: skip


def test_a_tool_that_everything_allows_is_allowed():
    assert decide(GOOD) == Decision(Ruling.ALLOW, "Everything allows it.")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"standing": None}, DenyReason.UNKNOWN_TOOL),
        ({"standing": CallableState.DISABLED}, DenyReason.TOOL_DISABLED),
        ({"is_server_active": False}, DenyReason.SERVER_OFFLINE),
        ({"is_stopped": True}, DenyReason.TENANT_BLOCKED),
        ({"standing": CallableState.DENIED}, DenyReason.POLICY_VIOLATION),
        ({"standing": CallableState.DRIFTED}, DenyReason.POLICY_VIOLATION),
        ({"risk": McpRisk.HIGH}, DenyReason.DANGEROUS_TOOL_NOT_ALLOWED),
        ({"risk": McpRisk.CRITICAL}, DenyReason.DANGEROUS_TOOL_NOT_ALLOWED),
        (
            {"standing": CallableState.UNAPPROVED, "asked": Asked.REFUSED},
            DenyReason.POLICY_VIOLATION,
        ),
        ({"said": Said(Permission.REFUSED)}, DenyReason.POLICY_VIOLATION),
        ({"said": Said(Permission.UNKNOWN)}, DenyReason.POLICY_VIOLATION),
        ({"rate": Rate(60)}, DenyReason.RATE_LIMITED),
        ({"rate": Rate(3, limit=3, window_seconds=10)}, DenyReason.RATE_LIMITED),
    ],
)
def test_each_fact_alone_stops_a_call_with_its_reason(change, reason):
    decision = decide(replace(GOOD, **change))
    assert (decision.ruling, decision.reason) == (Ruling.DENY, reason)


def test_the_first_reason_in_order_is_the_one_given():
    mended = (
        (DenyReason.TOOL_DISABLED, {"standing": CallableState.DENIED}),
        (DenyReason.SERVER_OFFLINE, {"is_server_active": True}),
        (DenyReason.TENANT_BLOCKED, {"is_stopped": False}),
        (DenyReason.POLICY_VIOLATION, {"standing": CallableState.YES}),
        (DenyReason.DANGEROUS_TOOL_NOT_ALLOWED, {"is_allowed": True}),
        (DenyReason.POLICY_VIOLATION, {"asked": Asked.NOBODY}),
        (None, {"asked": Asked.APPROVED}),
        (DenyReason.POLICY_VIOLATION, {"said": Said(Permission.GRANTED)}),
        (DenyReason.RATE_LIMITED, {"rate": Rate(59)}),
        (None, {}),
    )
    facts = WORST
    for reason, change in mended:
        assert decide(facts).reason == reason
        facts = replace(facts, **change)
    assert decide(facts).ruling is Ruling.ALLOW


def test_people_are_asked_about_a_tool_nobody_approved_and_always_about_a_critical_one():
    unseen = replace(GOOD, standing=CallableState.UNAPPROVED)
    critical = replace(GOOD, risk=McpRisk.CRITICAL, is_allowed=True, server_needs_approval=False)
    for facts in (unseen, critical):
        assert decide(facts).ruling is Ruling.REQUIRE_APPROVAL
        assert decide(replace(facts, asked=Asked.APPROVED)).ruling is Ruling.ALLOW
    assert decide(replace(unseen, server_needs_approval=False)).ruling is Ruling.ALLOW


def test_a_policy_may_ask_for_people_and_may_slow_a_tool_down_and_says_so():
    asks = replace(GOOD, said=Said(Permission.ESCALATED, "The policy wants it."))
    asked = decide(asks)
    assert asked.ruling is Ruling.REQUIRE_APPROVAL
    assert asked.message.startswith("The policy wants it. A person has")
    assert decide(replace(asks, asked=Asked.APPROVED)).ruling is Ruling.ALLOW
    slowed = replace(GOOD, said=Said(Permission.SLOWED, "It slows."), pace=Rate(1, 2, 30))
    assert decide(slowed).ruling is Ruling.ALLOW
    often = decide(replace(slowed, pace=Rate(2, 2, 30)))
    assert (often.reason, often.retry_after_seconds) == (DenyReason.RATE_LIMITED, 30)
    assert often.message.startswith("It slows. 2 calls")


def test_who_calls_too_often_is_told_how_long_to_wait():
    assert decide(replace(GOOD, rate=Rate(9, limit=5, window_seconds=7))).retry_after_seconds == 7


def test_only_a_harmless_tool_that_says_so_is_called_again_by_itself():
    hints = {"idempotentHint": True}
    assert may_repeat(McpRisk.LOW, hints=hints)
    assert may_repeat(McpRisk.MEDIUM, hints={"readOnlyHint": True})
    assert not may_repeat(McpRisk.MEDIUM, hints={"readOnlyHint": "yes"})
    assert not may_repeat(McpRisk.CRITICAL, hints=hints)
    assert not may_repeat(McpRisk.LOW, hints={})
