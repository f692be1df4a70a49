from datetime import UTC, datetime, timedelta

from loops.domain.circuits import (
    RESTS,
    Circuit,
    CircuitState,
    ended,
    state,
    tried,
    waits_until,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def opened() -> Circuit:
    circuit = Circuit()
    for _ in range(5):
        circuit = ended(circuit, is_good=False, now=NOW)
    return circuit


def test_int_100_five_failures_in_a_row_open_it_for_a_minute():
    circuit = Circuit()
    for _ in range(4):
        circuit = ended(circuit, is_good=False, now=NOW)
    assert state(circuit, now=NOW) is CircuitState.CLOSED
    assert ended(circuit, is_good=True, now=NOW) == Circuit()
    circuit = ended(circuit, is_good=False, now=NOW)
    assert waits_until(circuit, now=NOW) == NOW + RESTS
    assert state(circuit, now=NOW + RESTS - SECOND) is CircuitState.OPEN
    assert state(circuit, now=NOW + RESTS) is CircuitState.HALF_OPEN


def test_after_the_rest_three_are_let_through_and_two_that_succeed_close_it():
    circuit, later = opened(), NOW + RESTS
    for _ in range(3):
        assert waits_until(circuit, now=later) is None
        circuit = tried(circuit, now=later)
    assert waits_until(circuit, now=later) == later + RESTS
    circuit = ended(circuit, is_good=True, now=later)
    assert waits_until(circuit, now=later) is None
    assert ended(circuit, is_good=True, now=later) == Circuit()


def test_one_that_fails_on_trial_opens_it_again():
    later = NOW + RESTS
    circuit = ended(tried(opened(), now=later), is_good=False, now=later)
    assert waits_until(circuit, now=later) == later + RESTS
    assert (circuit.failures, circuit.trials) == (6, 0)


def test_trials_that_nobody_came_back_from_are_forgotten():
    circuit = opened()
    for _ in range(3):
        circuit = tried(circuit, now=NOW + RESTS)
    again = NOW + 2 * RESTS
    assert waits_until(circuit, now=again) is None
    assert tried(circuit, now=again).trials == 1
