from datetime import UTC, datetime, timedelta

import pytest

from integrations.domain.decisions import Finding, looked_at
from integrations.domain.enforcement import Limits, Subject, Used, Wanted, decide
from integrations.domain.limits import faults_of_thresholds, in_force, reached
from integrations.domain.states import FailMode, HealthState, IntegrationStatus

NOW = datetime(2026, 4, 11, tzinfo=UTC)
P, W, S, U, N, K = (
    Finding.PASSED, Finding.WARNED, Finding.STOPPED, Finding.UNREAD, Finding.UNSET, Finding.SKIPPED,
)  # fmt: skip
ALL = Limits(budget_cents=1000, tokens=1000, calls_per_minute=10)


@pytest.mark.parametrize(
    ("limits", "used", "findings"),
    [
        (ALL, Used(), [P, P, P]),
        (ALL, Used(cents=850, calls=9), [W, P, P]),
        (ALL, Used(cents=1000, tokens=1000), [S, K, K]),
        (ALL, Used(cents=None, tokens=1000), [U, S, K]),
        (ALL, Used(calls=10), [P, P, S]),
        (Limits(tokens=1000), Used(tokens=900), [N, W, N]),
    ],
)
def test_a_record_says_what_was_made_of_each_limit(limits, used, findings):
    subject = Subject(IntegrationStatus.ENABLED, HealthState.HEALTHY, limits)
    wanted = Wanted(cents=1, tokens=1)
    decision = decide(subject, used=used, wanted=wanted, mode=FailMode.OPEN)
    looked = looked_at(limits, used=used, wanted=wanted, decision=decision, now=NOW)
    assert [one.finding for one in looked] == findings


def test_a_record_names_the_window_and_what_would_be_used():
    subject = Subject(IntegrationStatus.ENABLED, HealthState.HEALTHY, ALL)
    used, wanted = Used(cents=5, calls=2), Wanted(cents=7)
    decision = decide(subject, used=used, wanted=wanted, mode=FailMode.OPEN)
    budget, _, rate = looked_at(ALL, used=used, wanted=wanted, decision=decision, now=NOW)
    assert (budget.used, budget.projected) == (5, 12)
    assert (budget.begins.day, budget.ends.month) == (1, 5)
    assert (rate.projected, rate.begins) == (3, NOW - timedelta(seconds=60))


def test_a_refusal_before_any_limit_looks_at_none():
    subject = Subject(IntegrationStatus.DISABLED, HealthState.HEALTHY, ALL)
    decision = decide(subject, used=Used(), wanted=Wanted(), mode=FailMode.OPEN)
    looked = looked_at(ALL, used=Used(), wanted=Wanted(), decision=decision, now=NOW)
    assert [one.finding for one in looked] == [K, K, K]


def test_a_raise_never_lowers_a_limit_nor_sets_one():
    raised = Limits(budget_cents=50, tokens=7)
    assert in_force(Limits(budget_cents=100), raised) == Limits(budget_cents=100)
    assert in_force(Limits(budget_cents=10), raised) == Limits(budget_cents=50)


def test_a_threshold_is_reached_by_what_is_used():
    assert reached([100, 50, 80], used=80, limit=100) == [50, 80]
    assert reached([50], used=0, limit=0) == []


@pytest.mark.parametrize("wrong", [[0], [101], [50, 50], list(range(1, 12))])
def test_thresholds_are_few_percents_each_once(wrong):
    assert faults_of_thresholds(wrong)
