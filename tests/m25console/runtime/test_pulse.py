from datetime import UTC, datetime, timedelta

from m25console.runtime.pulse import SILENT_SECONDS, TURN_SECONDS, Beats, Silence

START = datetime(2026, 3, 1, tzinfo=UTC)
LOOK = 3.0
LEADER = 4711


def kills(story: list[Beats], *, leaders: list[int] | None = None) -> list[float]:
    """The seconds at which a worker would be killed, with one look every LOOK seconds."""
    silence = Silence()
    who = leaders or [LEADER] * len(story)
    return [
        LOOK * index
        for index, (seen, leader) in enumerate(zip(story, who, strict=True))
        if silence.is_too_long(seen, leader=leader, now=LOOK * index)
    ]


def at(index: int) -> datetime:
    return START + timedelta(seconds=LOOK * index)


def test_a_worker_that_beats_is_left_alone() -> None:
    assert kills([Beats(worker=at(n), relay=at(n), workers=1) for n in range(100)]) == []


def test_a_worker_that_stops_while_the_relay_goes_on_is_replaced() -> None:
    story = [Beats(worker=at(min(n, 10)), relay=at(n), workers=1) for n in range(100)]

    assert kills(story)[0] == 10 * LOOK + SILENT_SECONDS + LOOK


def test_a_worker_that_never_spoke_is_replaced() -> None:
    assert kills([Beats(relay=at(n)) for n in range(100)])[0] == SILENT_SECONDS + LOOK


def test_nobody_is_blamed_while_the_relay_is_silent_too() -> None:
    assert kills([Beats(worker=START, relay=START, workers=1) for _ in range(100)]) == []


def test_after_a_database_was_away_the_worker_has_all_its_time_again() -> None:
    away = [Beats(worker=START, relay=START, workers=1)] * 40
    back = [Beats(worker=START, relay=at(40 + n), workers=1) for n in range(14)]

    assert kills([*away, *back]) == []


def test_a_new_worker_has_all_its_time() -> None:
    story = [Beats(relay=at(n)) for n in range(28)]

    assert kills(story, leaders=[1] * 14 + [2] * 14) == []


def test_workers_that_share_the_messages_wait_longer_for_their_turn() -> None:
    story = [Beats(worker=START, relay=at(n), workers=5) for n in range(100)]

    assert kills(story)[0] > SILENT_SECONDS + 4 * TURN_SECONDS
