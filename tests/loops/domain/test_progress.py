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
    stage_marks,
)
from loops.domain.states import (
    STAGES,
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


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0854, "85 ms"), (1, "1.0 s"), (59.94, "59.9 s"), (60, "1.0 min"), (192, "3.2 min")],
)
def test_durations_are_short(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words
