import pytest
from hypothesis import given
from hypothesis import strategies as st

from loops.domain.progress import (
    BADGES,
    LABELS,
    SYMBOLS,
    StageState,
    completion_pct,
    duration_words,
    loop_outcome,
    stage_marks,
)
from loops.domain.states import (
    BLOCKING_FAILURES,
    ENDED_STATES,
    STAGES,
    FailureState,
    LoopOutcome,
    Stage,
)


@pytest.mark.parametrize(("done", "percent"), [(0, 0), (1, 20), (2, 40), (3, 60), (5, 100)])
def test_completion_counts_stages_of_five(done: int, percent: int) -> None:
    assert completion_pct(STAGES[:done]) == percent


@given(st.lists(st.sampled_from(Stage)))
def test_completion_never_passes_a_hundred_however_often_stages_repeat(
    completed: list[Stage],
) -> None:
    assert 0 <= completion_pct(completed) <= 100
    assert completion_pct(completed * 2) == completion_pct(completed)


def test_each_stage_shows_whether_it_is_done_failed_at_work_or_to_come() -> None:
    marks = stage_marks(
        current=Stage.POLICY_GENERATED,
        completed=[Stage.INCIDENT_CREATED, Stage.PATTERN_MATCHED],
        failed=[Stage.PATTERN_MATCHED, Stage.RECOVERY_SUGGESTED],
    )
    assert [(mark.label, mark.symbol, mark.state) for mark in marks] == [
        ("Incident", "✓", StageState.COMPLETED),
        ("Pattern", "✓", StageState.COMPLETED),
        ("Recovery", "✗", StageState.FAILED),
        ("Policy", "…", StageState.IN_PROGRESS),
        ("Routing", "·", StageState.NOT_STARTED),
    ]


def test_every_stage_state_and_outcome_can_be_shown() -> None:
    assert set(LABELS) == set(Stage)
    assert set(SYMBOLS) == set(StageState)
    assert set(BADGES) == set(LoopOutcome)


@pytest.mark.parametrize("failure", FailureState)
def test_every_failure_has_an_outcome_even_on_a_complete_loop(failure: FailureState) -> None:
    outcome = loop_outcome(is_complete=True, is_blocked=False, failure_state=failure)
    if failure in BLOCKING_FAILURES:
        assert outcome is LoopOutcome.WAITING
    else:
        ended = failure in ENDED_STATES
        assert outcome is (LoopOutcome.ENDED if ended else LoopOutcome.FAILED)


@pytest.mark.parametrize(
    ("is_complete", "is_blocked", "expected"),
    [
        (False, False, LoopOutcome.RUNNING),
        (True, False, LoopOutcome.COMPLETE),
        (False, True, LoopOutcome.WAITING),
    ],
)
def test_a_loop_without_failure_runs_waits_or_is_complete(
    is_complete: bool, is_blocked: bool, expected: LoopOutcome
) -> None:
    outcome = loop_outcome(is_complete=is_complete, is_blocked=is_blocked, failure_state=None)
    assert outcome is expected


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0854, "85 ms"), (1, "1.0 s"), (59.94, "59.9 s"), (60, "1.0 min"), (192, "3.2 min")],
)
def test_durations_are_short(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words
