"""The runtime audit contract: what a run promised against what was acknowledged."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loops.domain.runtime_audit import (
    COMPLETE_TRACE,
    CREATE_INCIDENT,
    DEFAULT_PROMISES,
    EVALUATE_POLICY,
    FINALIZE_RUN,
    KEYS,
    START_TRACE,
    Ack,
    Expectation,
    Key,
    Promise,
    alerts,
    due_at,
    reconcile,
)
from loops.domain.states import AckStatus, AlertSeverity, AlertType, ReconciliationStatus

T0 = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATE = T0 + timedelta(minutes=1)
ALL_FOUR = [CREATE_INCIDENT, EVALUATE_POLICY, START_TRACE, FINALIZE_RUN]


def promised(
    promises: Sequence[Promise] = DEFAULT_PROMISES, *, waits: bool = False
) -> list[Expectation]:
    """What a run begun at T0 promised; without deadlines while it waits for a person."""
    return [
        Expectation(
            one.key,
            one.deadline_ms,
            None if waits else due_at(begun_at=T0, deadline_ms=one.deadline_ms),
        )
        for one in promises
    ]


def acks(*keys: Key) -> list[Ack]:
    return [Ack(key) for key in keys]


def test_spec_97_a_run_promises_four_things_by_default():
    assert {one.key: one.deadline_ms for one in DEFAULT_PROMISES} == {
        CREATE_INCIDENT: 5000,
        EVALUATE_POLICY: 5000,
        START_TRACE: 5000,
        FINALIZE_RUN: 35_000,
    }


def test_spec_98_everything_acknowledged_is_complete_and_clean():
    found = reconcile(promised(), acks(*ALL_FOUR), LATE)
    assert found.status is ReconciliationStatus.COMPLETE
    assert found.is_clean
    assert (found.expected, found.acked) == (4, 4)


def test_spec_99_nothing_acknowledged_is_stale_once_the_deadlines_are_over():
    found = reconcile(promised(), [], LATE)
    assert found.status is ReconciliationStatus.STALE
    assert found.missing == tuple(sorted(ALL_FOUR))
    assert found.overdue_since == T0 + timedelta(seconds=5)


def test_spec_100_half_of_it_acknowledged_is_stale_with_the_other_half_missing():
    found = reconcile(promised(), acks(CREATE_INCIDENT, EVALUATE_POLICY), LATE)
    assert found.status is ReconciliationStatus.STALE
    assert found.missing == (START_TRACE, FINALIZE_RUN)
    assert (found.expected, found.acked) == (4, 2)


def test_spec_101_everything_but_the_end_is_stale():
    found = reconcile(promised(), acks(CREATE_INCIDENT, EVALUATE_POLICY, START_TRACE), LATE)
    assert found.status is ReconciliationStatus.STALE
    assert found.missing == (FINALIZE_RUN,)


def test_spec_102_an_acknowledgement_with_an_error_has_failed_and_is_not_missing():
    said = [
        *acks(CREATE_INCIDENT, START_TRACE, FINALIZE_RUN),
        Ack(EVALUATE_POLICY, error="engine away"),
    ]
    found = reconcile(promised(), said, LATE)
    assert found.status is ReconciliationStatus.INCOMPLETE
    assert (found.missing, found.failed) == ((), (EVALUATE_POLICY,))


def test_spec_103_what_was_not_promised_is_drift():
    without_policy = [one for one in DEFAULT_PROMISES if one.key != EVALUATE_POLICY]
    found = reconcile(promised(without_policy), acks(*ALL_FOUR), LATE)
    assert found.status is ReconciliationStatus.INCOMPLETE
    assert (found.missing, found.drift, found.failed) == ((), (EVALUATE_POLICY,), ())


def test_spec_104_what_was_rolled_back_has_failed():
    taken_back = Ack(
        CREATE_INCIDENT, AckStatus.ROLLED_BACK, rolled_back=True, rollback_reason="undone"
    )
    found = reconcile(promised(), [*acks(*ALL_FOUR), taken_back], LATE)
    assert found.status is ReconciliationStatus.INCOMPLETE
    assert found.failed == (CREATE_INCIDENT,)
    assert found.missing == ()


def test_spec_105_a_second_after_the_start_nothing_is_late():
    found = reconcile(promised(), [], T0 + timedelta(seconds=1))
    assert found.status is ReconciliationStatus.PENDING
    assert (found.missing, found.overdue_since) == ((), None)


def test_spec_106_a_run_that_promised_nothing_is_invalid():
    assert reconcile([], acks(*ALL_FOUR), LATE).status is ReconciliationStatus.INVALID


def test_a_promise_without_a_deadline_makes_the_run_invalid():
    broken = [*promised(), Expectation(COMPLETE_TRACE, 0, LATE)]
    assert reconcile(broken, acks(*KEYS), LATE).status is ReconciliationStatus.INVALID


def test_a_deadline_is_missed_only_after_it():
    at_the_last_moment = T0 + timedelta(seconds=35)
    said = acks(CREATE_INCIDENT, EVALUATE_POLICY, START_TRACE)
    assert reconcile(promised(), said, at_the_last_moment).status is ReconciliationStatus.PENDING
    after = at_the_last_moment + timedelta(milliseconds=1)
    assert reconcile(promised(), said, after).status is ReconciliationStatus.STALE


def test_a_run_that_waits_for_a_person_is_not_late():
    found = reconcile(promised(waits=True), [], T0 + timedelta(days=9))
    assert found.status is ReconciliationStatus.PENDING


def test_the_end_of_a_trace_is_optional_unless_it_was_promised():
    unpromised = reconcile(promised(), acks(*ALL_FOUR, COMPLETE_TRACE), LATE)
    assert unpromised.is_clean
    held = [*DEFAULT_PROMISES, Promise(COMPLETE_TRACE, 35_000)]
    assert reconcile(promised(held), acks(*ALL_FOUR), LATE).missing == (COMPLETE_TRACE,)


def test_a_success_that_is_repeated_is_drift():
    found = reconcile(promised(), acks(*ALL_FOUR, CREATE_INCIDENT, CREATE_INCIDENT), LATE)
    assert found.status is ReconciliationStatus.INCOMPLETE
    assert found.drift == (CREATE_INCIDENT,)


def test_a_failure_that_is_made_good_is_no_finding():
    failed = Ack(EVALUATE_POLICY, AckStatus.FAILED, error="engine away")
    found = reconcile(promised(), [failed, *acks(*ALL_FOUR)], LATE)
    assert found.is_clean


def test_alerts_say_what_is_wrong_and_how_bad():
    said = [*acks(START_TRACE, START_TRACE), Ack(EVALUATE_POLICY, error="engine away")]
    told = alerts(reconcile(promised(), said, LATE), has_ended=True)
    assert {(one.alert_type, one.severity, one.key) for one in told} == {
        (AlertType.STALE_RUN, AlertSeverity.HIGH, ""),
        (AlertType.MISSING_ACK, AlertSeverity.HIGH, "incidents/create_incident"),
        (AlertType.MISSING_ACK, AlertSeverity.HIGH, "orchestrator/finalize_run"),
        (AlertType.DRIFT, AlertSeverity.MEDIUM, "logs/start_trace"),
        (AlertType.RECONCILIATION_FAILED, AlertSeverity.HIGH, "policies/evaluate_policy"),
    }


def test_a_run_that_promised_nothing_raises_one_alert_when_it_ends():
    [told] = alerts(reconcile([], [], LATE), has_ended=True)
    assert (told.alert_type, told.severity) == (
        AlertType.RECONCILIATION_FAILED,
        AlertSeverity.HIGH,
    )


def test_while_a_run_goes_on_only_its_deadlines_alarm():
    said = [Ack(EVALUATE_POLICY, error="engine away")]
    told = alerts(reconcile(promised(), said, T0 + timedelta(seconds=6)), has_ended=False)
    assert {(one.alert_type, one.key) for one in told} == {
        (AlertType.EXPECTATION_TIMEOUT, "incidents/create_incident"),
        (AlertType.EXPECTATION_TIMEOUT, "logs/start_trace"),
    }


@pytest.mark.parametrize("key", KEYS)
def test_no_run_is_complete_without_every_promise(key: Key):
    every = [Promise(one, 5000) for one in KEYS]
    found = reconcile(promised(every), acks(*(one for one in KEYS if one != key)), LATE)
    assert found.missing == (key,)
    assert found.status is not ReconciliationStatus.COMPLETE


@given(
    st.lists(
        st.builds(
            Ack, st.sampled_from(KEYS), st.sampled_from(AckStatus), error=st.none() | st.just("x")
        ),
        max_size=12,
    ),
    st.integers(0, 60),
)
def test_lists_are_sorted_without_repeats_and_apart(said: list[Ack], seconds: int):
    found = reconcile(promised(), said, T0 + timedelta(seconds=seconds))
    for keys in (found.missing, found.drift, found.failed):
        assert list(keys) == sorted(set(keys))
    assert not set(found.missing) & set(found.failed)
    assert found.is_clean == (found.status is ReconciliationStatus.COMPLETE)
