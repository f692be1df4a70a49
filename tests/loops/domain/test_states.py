from collections.abc import Mapping
from enum import StrEnum

import pytest

from loops.domain import states
from loops.domain.states import (
    BLOCKING_FAILURES,
    ENDED_STATES,
    FAILED_STATES,
    STAGES,
    FailureState,
    PolicyMode,
    RecoveryStatus,
    Stage,
    next_stage,
)

TABLES = [
    (states.EVENT_MOVES, states.EventStatus),
    (states.INCIDENT_MOVES, states.IncidentState),
    (states.POLICY_MOVES, states.PolicyMode),
    (states.RECOVERY_MOVES, states.RecoveryStatus),
    (states.RUN_MOVES, states.RunPhase),
]


@pytest.mark.parametrize(("moves", "enum"), TABLES)
def test_a_table_of_moves_names_every_state_once_and_never_stays(
    moves: Mapping[StrEnum, frozenset[StrEnum]], enum: type[StrEnum]
) -> None:
    assert set(moves) == set(enum)
    assert all(here not in onward for here, onward in moves.items())
    assert all(isinstance(state, enum) for onward in moves.values() for state in onward)


def test_the_five_stages_lead_from_the_incident_to_the_complete_loop() -> None:
    assert [next_stage(stage) for stage in STAGES] == [*STAGES[1:], Stage.LOOP_COMPLETE]
    assert next_stage(Stage.LOOP_COMPLETE) is None
    assert len(STAGES) == 5


def test_every_failure_either_waits_ended_or_failed() -> None:
    parts = [BLOCKING_FAILURES, ENDED_STATES, FAILED_STATES]
    assert sum(len(part) for part in parts) == len(FailureState)
    assert frozenset().union(*parts) == frozenset(FailureState)


def test_a_decided_recovery_cannot_be_decided_the_other_way() -> None:
    assert RecoveryStatus.REJECTED not in states.RECOVERY_MOVES[RecoveryStatus.APPROVED]
    assert states.RECOVERY_MOVES[RecoveryStatus.REJECTED] == frozenset()


def test_a_live_policy_can_always_be_disabled() -> None:
    assert all(PolicyMode.DISABLED in states.POLICY_MOVES[mode] for mode in states.LIVE_MODES)
    assert PolicyMode.DISABLED not in states.LIVE_MODES
