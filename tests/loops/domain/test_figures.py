"""Figures of a period: steps, percentiles from classes, and what stood before."""

from datetime import UTC, datetime, timedelta

import pytest

from loops.domain.figures import DAY, HOUR, Period, longest_of, percentile, running_back, steps_of

NOW = datetime(2026, 3, 10, 14, 35, tzinfo=UTC)


def test_a_day_is_told_by_the_hour_this_one_included():
    steps = steps_of(Period.DAY, now=NOW)

    assert (len(steps.begins), steps.size) == (24, HOUR)
    assert steps.begins[-1] == datetime(2026, 3, 10, 14, tzinfo=UTC)
    assert steps.since == datetime(2026, 3, 9, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("period", "number"), [(Period.WEEK, 7), (Period.MONTH, 30), (Period.QUARTER, 90)]
)
def test_longer_periods_are_told_by_utc_days_today_included(period, number):
    steps = steps_of(period, now=NOW)

    assert (len(steps.begins), steps.size) == (number, DAY)
    assert steps.begins[-1] == datetime(2026, 3, 10, tzinfo=UTC)


def test_days_do_not_move_with_the_zone_of_whoever_asks():
    elsewhere = NOW.astimezone(datetime.strptime("+0900", "%z").tzinfo)

    assert steps_of(Period.WEEK, now=elsewhere) == steps_of(Period.WEEK, now=NOW)


def test_a_moment_has_its_place_among_the_steps():
    steps = steps_of(Period.WEEK, now=NOW)

    assert steps.place(steps.since) == 0
    assert steps.place(steps.since + DAY - timedelta(microseconds=1)) == 0
    assert steps.place(NOW) == 6


def test_a_percentile_is_at_most_a_tenth_too_long():
    seconds = [3, 10, 60, 600, 3600, 7200, 86_400]
    for exact in seconds:
        wait_class = next(one for one in range(200) if longest_of(one) >= exact)
        told = percentile({wait_class: 10}, 0.5)
        assert told is not None
        assert exact <= told <= exact * 1.101


def test_half_and_nine_tenths_are_told_apart():
    classes = {0: 8, 24: 1, 48: 1}

    assert percentile(classes, 0.5) == 1
    assert percentile(classes, 0.9) == 10
    assert percentile(classes, 1) == 100


def test_too_few_waits_make_no_percentile():
    assert percentile({10: 4}, 0.5) is None
    assert percentile({}, 0.5) is None


@pytest.mark.parametrize("share", [0, 1.1, -1])
def test_a_share_beyond_all_is_refused(share):
    with pytest.raises(ValueError, match="is outside"):
        percentile({1: 10}, share)


def test_what_stood_before_follows_from_what_changed_since():
    assert running_back(5, [1, 0, 2, -1]) == [4, 4, 6, 5]
    assert running_back(3, []) == []
