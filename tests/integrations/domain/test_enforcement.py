from dataclasses import replace

import pytest

from integrations.domain.enforcement import (
    Decision,
    Limits,
    Subject,
    Used,
    Wanted,
    accumulated,
    decide,
)
from integrations.domain.states import (
    REPORTED_AS,
    Enforcement,
    FailMode,
    HealthState,
    IntegrationStatus,
    PolicyResult,
)

NO_LIMITS, UNUSED, NOTHING = Limits(), Used(), Wanted()
SUBJECT = Subject(IntegrationStatus.ENABLED, HealthState.HEALTHY, NO_LIMITS)
ALLOWED, WARNED, BLOCKED = Enforcement.ALLOWED, Enforcement.WARNED, Enforcement.BLOCKED


def decided(
    *,
    limits: Limits = NO_LIMITS,
    used: Used = UNUSED,
    wanted: Wanted = NOTHING,
    mode: FailMode = FailMode.OPEN,
) -> Decision:
    return decide(replace(SUBJECT, limits=limits), used=used, wanted=wanted, mode=mode)


def codes(decision: Decision) -> list[str]:
    return [one.code for one in decision.reasons]


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        (None, "integration_not_found"),
        (replace(SUBJECT, is_deleted=True), "integration_deleted"),
        (replace(SUBJECT, status=IntegrationStatus.CREATED), "integration_not_enabled"),
        (replace(SUBJECT, status=IntegrationStatus.DISABLED), "integration_disabled"),
        (replace(SUBJECT, status=IntegrationStatus.ERROR), "integration_error"),
        (replace(SUBJECT, health=HealthState.FAILING), "credentials_invalid"),
    ],
)
def test_int_29_what_cannot_be_used_is_refused_before_any_limit(subject, code):
    decision = decide(subject, used=Used(), wanted=Wanted(), mode=FailMode.OPEN)
    assert decision.result is Enforcement.HARD_BLOCKED
    assert codes(decision) == [code]


@pytest.mark.parametrize(
    ("used", "wanted", "result", "code"),
    [
        (799, 0, ALLOWED, "all_checks_passed"),
        (800, 0, WARNED, "budget_warning"),
        (999, 0, WARNED, "budget_warning"),
        (999, 1, BLOCKED, "budget_exceeded"),
        (1000, 0, BLOCKED, "budget_exceeded"),
        pytest.param(700, 299, ALLOWED, "all_checks_passed", id="int_31_used_alone_warns"),
        pytest.param(700, 300, BLOCKED, "budget_exceeded", id="int_31_equality_blocks"),
    ],
)
def test_int_30_31_a_budget_warns_at_80_percent_and_blocks_when_reached(used, wanted, result, code):
    decision = decided(
        limits=Limits(budget_cents=1000), used=Used(cents=used), wanted=Wanted(cents=wanted)
    )
    assert (decision.result, codes(decision)) == (result, [code])


def test_int_30_a_reason_tells_its_figures():
    [reason] = decided(limits=Limits(budget_cents=1000), used=Used(cents=800)).reasons
    assert (reason.limit_type, reason.limit_value, reason.current_value) == ("budget", 1000, 800)
    assert reason.percent == 80.0


def test_int_32_a_limit_of_nothing_is_none():
    assert decided(used=Used(cents=10**9, tokens=10**9, calls=10**9)).result is ALLOWED


def test_int_33_every_warning_is_told_the_budget_first():
    decision = decided(
        limits=Limits(budget_cents=1000, tokens=1000), used=Used(cents=850, tokens=900)
    )
    assert (decision.result, codes(decision)) == (WARNED, ["budget_warning", "token_warning"])


def test_int_34_the_first_limit_that_stops_is_the_one_reason():
    decision = decided(
        limits=Limits(budget_cents=10, calls_per_minute=1), used=Used(cents=10, calls=9)
    )
    assert (decision.result, codes(decision)) == (BLOCKED, ["budget_exceeded"])


def test_int_35_the_calls_of_a_minute_throttle():
    limits = Limits(calls_per_minute=60)
    assert decided(limits=limits, used=Used(calls=59)).result is ALLOWED
    throttled = decided(limits=limits, used=Used(calls=60))
    assert throttled.result is Enforcement.THROTTLED
    assert throttled.reasons[0].retry_after_seconds == 60


def test_int_36_what_cannot_be_looked_up_is_told_and_the_rest_still_holds():
    limits = Limits(budget_cents=1000, tokens=1000)
    unread = decided(limits=limits, used=Used(cents=None))
    assert (unread.result, unread.degraded, codes(unread)) == (ALLOWED, True, ["budget_degraded"])
    spent = decided(limits=limits, used=Used(cents=None, tokens=1000))
    assert (spent.result, codes(spent)) == (BLOCKED, ["token_limit_exceeded"])


def test_a_tenant_may_choose_that_what_cannot_be_looked_up_blocks():
    closed = decided(limits=Limits(budget_cents=1000), used=Used(cents=None), mode=FailMode.CLOSED)
    assert (closed.result, closed.degraded) == (BLOCKED, True)


def test_int_37_within_a_batch_estimates_add_up():
    limits, used = Limits(budget_cents=1000), Used(cents=300)
    wanted = Wanted(cents=400)
    assert decided(limits=limits, used=used, wanted=wanted).result is ALLOWED
    after = accumulated(used, wanted)
    assert decided(limits=limits, used=after, wanted=wanted).result is BLOCKED


def test_every_answer_is_reported_as_something():
    assert set(REPORTED_AS) == set(Enforcement)
    assert set(REPORTED_AS.values()) == set(PolicyResult)
