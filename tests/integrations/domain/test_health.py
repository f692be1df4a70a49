from datetime import UTC, datetime, timedelta

import pytest

from integrations.domain import health
from integrations.domain.states import HealthState, IntegrationStatus

NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
HEALTHY, DEGRADED = HealthState.HEALTHY, HealthState.DEGRADED
FAILING, UNKNOWN = HealthState.FAILING, HealthState.UNKNOWN


@pytest.mark.parametrize(
    ("latency_ms", "state", "told"),
    [(2_000, HEALTHY, "2,000 ms"), (2_001, DEGRADED, "slow"), (5_001, DEGRADED, "very slow")],
)
def test_int_22_a_slow_answer_is_degraded(latency_ms, state, told):
    found = health.of_answer(status=200, latency_ms=latency_ms)
    assert (found.state, found.error) == (state, "")
    assert told in found.message


@pytest.mark.parametrize(
    ("status", "state", "error", "stops"),
    [
        (401, FAILING, "auth_failed", True),
        (403, FAILING, "access_denied", True),
        (500, FAILING, "http_500", False),
        (404, FAILING, "http_404", False),
        (429, DEGRADED, "rate_limited", False),
    ],
)
def test_int_23_only_a_refused_key_stops_an_integration(status, state, error, stops):
    found = health.of_answer(status=status, latency_ms=10)
    assert (found.state, found.error) == (state, error)
    after = health.status_after(found, status=IntegrationStatus.ENABLED, forced=False)
    assert after is (IntegrationStatus.ERROR if stops else IntegrationStatus.ENABLED)


def test_int_24_a_check_of_the_last_minute_is_still_good():
    assert health.is_fresh(NOW - timedelta(seconds=59), now=NOW)
    assert not health.is_fresh(NOW - timedelta(seconds=60), now=NOW)
    assert not health.is_fresh(None, now=NOW)


def test_what_is_stored_counts_as_old_once_the_next_look_is_overdue():
    every = timedelta(minutes=5)
    assert health.is_stale(None, every=every, now=NOW)
    late = NOW - every * 1.1 - health.GRACE
    assert not health.is_stale(late, every=every, now=NOW)
    assert health.is_stale(late - timedelta(seconds=1), every=every, now=NOW)


def test_looks_spread_by_a_tenth_of_the_time_between_them():
    every = timedelta(minutes=10)
    waits = [health.next_look(NOW, every=every, draw=draw) - NOW for draw in (0, 0.5, 1)]
    assert waits == [timedelta(minutes=9), timedelta(minutes=10), timedelta(minutes=11)]


FAILED = health.of_answer(status=500, latency_ms=5)
REFUSED = health.of_answer(status=401, latency_ms=5)
LIMITED = health.of_answer(status=429, latency_ms=5)
GOOD = health.of_answer(status=200, latency_ms=5)
BEFORE = NOW - timedelta(hours=1)


@pytest.mark.parametrize(
    ("finding", "earlier", "since", "after"),
    [
        (FAILED, [], None, None),
        (FAILED, [HEALTHY, FAILING], None, NOW),
        (FAILED, [FAILING], None, NOW),
        (FAILED, [HEALTHY, HEALTHY, FAILING], None, None),
        (REFUSED, [], None, NOW),
        (LIMITED, [FAILING, FAILING], None, None),
        (GOOD, [FAILING, FAILING], BEFORE, BEFORE),
        (GOOD, [HEALTHY, HEALTHY, FAILING], BEFORE, None),
        (FAILED, [HEALTHY, HEALTHY], BEFORE, BEFORE),
    ],
)
def test_a_trouble_is_two_failures_of_three_and_ends_with_three_good_looks(
    finding, earlier, since, after
):
    assert health.failing_since(finding, earlier=earlier, since=since, now=NOW) == after


@pytest.mark.parametrize(
    ("states", "together"),
    [
        ([HEALTHY, HEALTHY, DEGRADED], DEGRADED),
        ([HEALTHY, DEGRADED, FAILING], FAILING),
        ([], UNKNOWN),
        ([UNKNOWN, UNKNOWN], UNKNOWN),
        ([UNKNOWN, HEALTHY], HEALTHY),
    ],
)
def test_int_26_together_they_are_as_the_worst_that_is_known(states, together):
    assert health.overall(states) is together


def test_int_27_a_good_forced_test_lets_a_stopped_one_be_enabled_again():
    good = health.of_answer(status=200, latency_ms=5)
    stopped = IntegrationStatus.ERROR
    assert health.status_after(good, status=stopped, forced=True) is IntegrationStatus.DISABLED
    assert health.status_after(good, status=stopped, forced=False) is stopped
    slow = health.of_answer(status=429, latency_ms=5)
    assert health.status_after(slow, status=stopped, forced=True) is stopped
