import itertools
from dataclasses import replace

import pytest

from loops.domain.governance import (
    ENDED,
    PROFILES,
    STATUSES,
    Governance,
    durability,
    may_move,
    path,
    status_in,
)
from loops.domain.states import (
    RUN_MOVES,
    Durability,
    GovernanceProfile,
    RunPhase,
    RunStatus,
)

POSTGRESQL = "django.db.backends.postgresql"


def test_the_strict_profile_has_everything_on():
    assert PROFILES[GovernanceProfile.STRICT] == Governance()


def test_the_standard_profile_leaves_three_switches_off():
    assert PROFILES[GovernanceProfile.STANDARD] == replace(
        Governance(), mid_run_check=False, durability=False, phase_invariant=False
    )


def test_the_observing_profile_closes_nothing():
    profile = PROFILES[GovernanceProfile.OBSERVE_ONLY]
    assert not profile.coordinator
    assert not profile.alert_fatigue
    assert profile.rac
    assert profile.reactor


@pytest.mark.parametrize(
    ("needy", "needed"),
    [
        ("durability", "rac"),
        ("phase_invariant", "rok"),
        ("coordinator", "rok"),
        ("mid_run_check", "reactor"),
    ],
)
def test_a_switch_without_what_it_needs_is_refused(needy: str, needed: str):
    off = {"durability": False, "phase_invariant": False, "coordinator": False}
    with pytest.raises(ValueError, match=f"{needy} cannot be on while {needed} is off"):
        Governance(**{**off, "mid_run_check": False, needy: True, needed: False})


def test_every_phase_says_which_statuses_a_run_may_have_in_it():
    assert set(STATUSES) == set(RunPhase)
    assert set().union(*STATUSES.values()) == set(RunStatus)


def test_a_run_can_fail_from_every_phase_but_its_last():
    assert {phase for phase in RunPhase if may_move(phase, RunPhase.FAILED)} == (
        set(RunPhase) - ENDED
    )
    assert {RunPhase.COMPLETED, RunPhase.FAILED} == ENDED


@pytest.mark.parametrize("there", [RunPhase.COMPLETED, RunPhase.FAILED])
def test_the_way_to_the_end_is_made_of_legal_moves(there: RunPhase):
    for here in set(RunPhase) - ENDED:
        steps = (here, *path(here, there))
        assert steps[-1] is there
        assert all(onward in RUN_MOVES[at] for at, onward in itertools.pairwise(steps))
    assert path(RunPhase.COMPLETED, there) == ()


def test_a_status_fits_its_phase_or_is_refused():
    assert status_in(RunPhase.CREATED) is RunStatus.QUEUED
    assert status_in(RunPhase.FAILED) is RunStatus.FAILED
    assert status_in(RunPhase.FAILED, RunStatus.CANCELLED) is RunStatus.CANCELLED
    assert status_in(RunPhase.EXECUTING, RunStatus.SUCCEEDED) is None


@pytest.mark.parametrize(
    ("enforced", "store", "expected"),
    [
        (True, POSTGRESQL, Durability.DURABLE),
        (True, "django.db.backends.dummy", Durability.NOT_DURABLE),
        (True, "", Durability.NOT_DURABLE),
        (True, "somebody.elses.backend", Durability.UNKNOWN),
        (False, "", Durability.ENFORCEMENT_DISABLED),
    ],
)
def test_spec_108_only_a_database_keeps_what_runs_promise(
    enforced: bool, store: str, expected: Durability
):
    assert durability(enforced=enforced, store=store) is expected
