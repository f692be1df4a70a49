from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loops.domain.quiet import QuietHours, awake, began_by, ends_at, faults_of, is_quiet

HOUR = timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")
NIGHTS = QuietHours(range(7), time(22), time(7), "Europe/Berlin")
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
WEEKENDS = QuietHours({5, 6}, time(0), time(0))


def berlin(*parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=BERLIN, fold=fold)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("moment", "quiet"),
    [
        (berlin(2026, 11, 26, 21, 59), False),
        (berlin(2026, 11, 26, 22, 0), True),
        (berlin(2026, 11, 27, 3, 0), True),
        (berlin(2026, 11, 27, 7, 0), False),
    ],
)
def test_nights_begin_and_end_by_the_clock_on_the_wall(moment, quiet):
    assert is_quiet(moment, quiet=NIGHTS) is quiet


def test_the_night_belongs_to_the_day_on_which_it_begins():
    fridays = QuietHours({4}, time(22), time(7), "Europe/Berlin")
    assert is_quiet(berlin(2026, 11, 28, 6), quiet=fridays)  # Saturday morning
    assert not is_quiet(berlin(2026, 11, 27, 6), quiet=fridays)  # Friday morning


@pytest.mark.parametrize(
    ("evening", "hours"),
    [
        (berlin(2026, 3, 28, 22), 8),  # the night in which an hour is skipped
        (berlin(2026, 10, 24, 22), 10),  # the night in which one comes twice
        (berlin(2026, 11, 26, 22), 9),
    ],
)
def test_a_change_of_clocks_makes_the_night_shorter_or_longer(evening, hours):
    assert ends_at(evening, quiet=NIGHTS) - evening == hours * HOUR
    assert awake(since=evening, until=evening + 24 * HOUR, quiet=NIGHTS) == (24 - hours) * HOUR


def test_an_hour_that_comes_twice_is_quiet_both_times_and_one_that_is_skipped_never():
    small = QuietHours(range(7), time(2), time(3), "Europe/Berlin")
    assert is_quiet(berlin(2026, 10, 25, 2, 30, fold=0), quiet=small)
    assert is_quiet(berlin(2026, 10, 25, 2, 30, fold=1), quiet=small)
    assert not is_quiet(datetime(2026, 3, 29, 1, 30, tzinfo=UTC), quiet=small)  # 03:30 there


def test_days_in_a_row_are_one_spell():
    saturday = datetime(2026, 11, 28, 9, tzinfo=UTC)
    assert ends_at(saturday, quiet=WEEKENDS) == datetime(2026, 11, 30, tzinfo=UTC)
    assert began_by(
        datetime(2026, 11, 30, 1, tzinfo=UTC), patience=2 * HOUR, quiet=WEEKENDS
    ) == datetime(2026, 11, 27, 23, tzinfo=UTC)


@given(
    st.integers(0, 366 * 24 * 60).map(lambda minutes: NEW_YEAR + timedelta(minutes=minutes)),
    st.integers(1, 7 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes)),
    st.sampled_from([None, NIGHTS, WEEKENDS, QuietHours({0, 2}, time(9), time(9, 30))]),
)
def test_a_clock_that_rests_has_run_exactly_its_patience(now, patience, quiet):
    begin = began_by(now, patience=patience, quiet=quiet)
    assert awake(since=begin, until=now, quiet=quiet) == patience


def test_without_quiet_hours_a_clock_never_rests():
    now = datetime(2026, 11, 26, tzinfo=UTC)
    assert not is_quiet(now, quiet=None)
    assert ends_at(now, quiet=None) == now
    assert began_by(now, patience=HOUR, quiet=None) == now - HOUR


@pytest.mark.parametrize(
    ("quiet", "told"),
    [
        (QuietHours((), time(1), time(2)), "at least one day"),
        (QuietHours({1}, time(1), time(2), "Mars/Olympus"), "time zone"),
        (QuietHours({1}, time(1), time(2), "../etc/passwd"), "time zone"),
        (QuietHours(range(7), time(0), time(0)), "eight hours"),
    ],
)
def test_quiet_hours_that_cannot_be_are_refused(quiet, told):
    assert told in faults_of(quiet)[0]
    assert faults_of(NIGHTS) == []


def test_what_is_stored_is_read_again():
    assert QuietHours.of(NIGHTS.as_json()) == QuietHours(
        frozenset(range(7)), time(22), time(7), "Europe/Berlin"
    )
    assert NIGHTS.in_words == "every day, 22:00 to 07:00 (Europe/Berlin)"
