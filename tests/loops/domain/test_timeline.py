from datetime import UTC, datetime, timedelta

import pytest

from loops.domain.timeline import LESSONS, Happening, Kind, Lesson, arrange

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def happening(kind: Kind, *, minutes: int = 0, **fields: bool) -> Happening:
    return Happening(NOON + timedelta(minutes=minutes), kind, "It happened.", "x_1", **fields)


@pytest.mark.parametrize(
    ("kinds", "lesson"),
    [
        ([Kind.PREVENTION, Kind.ROLLBACK], Lesson.BOTH),
        ([Kind.PREVENTION], Lesson.PREVENTION),
        ([Kind.REGRET, Kind.ROLLBACK], Lesson.ROLLBACK),
        ([Kind.INCIDENT_CREATED, Kind.REGRET], Lesson.NEITHER),
    ],
)
def test_a_timeline_shows_one_of_four_lessons(kinds: list[Kind], lesson: Lesson) -> None:
    timeline = arrange(happening(kind) for kind in kinds)

    assert timeline.lesson is lesson
    assert timeline.told == LESSONS[lesson]
    assert timeline.is_learning_proof is (Kind.PREVENTION in kinds)
    assert timeline.event_count == len(kinds)


def test_what_was_simulated_stands_apart_and_proves_nothing() -> None:
    timeline = arrange([happening(Kind.PREVENTION, is_simulated=True)])

    assert (timeline.event_count, len(timeline.simulated)) == (0, 1)
    assert timeline.lesson is Lesson.NEITHER


def test_a_recurrence_that_was_not_stopped_is_no_milestone() -> None:
    timeline = arrange([happening(Kind.PREVENTION, succeeded=False)])

    assert not timeline.has_prevention
    assert not timeline.events[0].is_milestone


def test_entries_are_told_in_their_order() -> None:
    timeline = arrange([happening(Kind.POLICY_BORN, minutes=2), happening(Kind.PATTERN_MATCHED)])

    assert [one.kind for one in timeline.events] == [Kind.PATTERN_MATCHED, Kind.POLICY_BORN]
