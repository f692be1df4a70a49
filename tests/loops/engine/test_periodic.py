"""Periodic jobs: each is given out once, run once, and given out again when it was lost."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import OperationalError

from loops.engine import periodic
from loops.engine.periodic import DEAD_AFTER, LOST_AFTER, Call
from loops.models import PeriodicJob
from m25console.jobs import Job, declared

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOURLY = {"count": Job(run=lambda now: {"at": now.hour}, every=timedelta(hours=1))}


@pytest.fixture
def row(db: None) -> PeriodicJob:
    periodic.prepare()
    PeriodicJob.objects.all().delete()
    return PeriodicJob.objects.create(name="count", next_run_at=NOW)


def given_out(now: datetime = NOW) -> Call:
    [call] = periodic.give_out(now=now)
    return call


def test_a_job_that_is_due_is_given_out_once(row: PeriodicJob):
    assert given_out().name == "count"
    assert periodic.give_out(now=NOW) == []


def test_a_job_that_is_not_due_rests(row: PeriodicJob):
    assert periodic.give_out(now=NOW - timedelta(seconds=1)) == []


def test_a_run_says_what_it_did_and_when_the_next_one_is(row: PeriodicJob):
    assert periodic.run(given_out(), now=NOW, known=HOURLY) == {"at": 12}
    row.refresh_from_db()
    assert (row.result, row.runs, row.last_error) == ({"at": 12}, 1, "")
    assert row.next_run_at == NOW + timedelta(hours=1)
    assert periodic.give_out(now=NOW) == []


def test_a_call_that_comes_twice_runs_once(row: PeriodicJob):
    call = given_out()
    periodic.run(call, now=NOW, known=HOURLY)
    assert periodic.run(call, now=NOW, known=HOURLY) is None
    row.refresh_from_db()
    assert row.runs == 1


def test_a_call_that_nobody_read_is_given_out_again(row: PeriodicJob):
    lost = given_out()
    later = NOW + LOST_AFTER + timedelta(seconds=1)
    again = given_out(later)
    assert again.ticket != lost.ticket
    assert periodic.run(lost, now=later, known=HOURLY) is None


def test_a_job_whose_worker_died_is_given_out_again(row: PeriodicJob):
    def dies(_now: datetime) -> Mapping[str, object]:
        raise OperationalError("gone")

    with pytest.raises(OperationalError):
        periodic.run(given_out(), now=NOW, known={"count": Job(run=dies)})
    assert periodic.give_out(now=NOW + DEAD_AFTER) == []
    assert given_out(NOW + DEAD_AFTER + timedelta(seconds=1))


def test_a_job_that_fails_says_why_and_is_tried_at_its_next_time(row: PeriodicJob):
    def fails(_now: datetime) -> Mapping[str, object]:
        raise ValueError("no such thing")

    periodic.run(given_out(), now=NOW, known={"count": Job(run=fails, every=timedelta(hours=1))})
    row.refresh_from_db()
    assert row.last_error == "ValueError: no such thing"
    assert row.next_run_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("now", "next_run"),
    [
        (datetime(2026, 3, 1, 1, 59, tzinfo=UTC), datetime(2026, 3, 1, 2, 0, tzinfo=UTC)),
        (datetime(2026, 3, 1, 2, 0, tzinfo=UTC), datetime(2026, 3, 2, 2, 0, tzinfo=UTC)),
    ],
)
def test_a_daily_job_runs_at_its_time(now: datetime, next_run: datetime):
    assert Job(run=lambda _now: {}, at=time(2)).next_run(now) == next_run


@pytest.mark.django_db
def test_every_job_has_a_row_and_no_other():
    PeriodicJob.objects.create(name="long gone")
    periodic.prepare()
    assert set(PeriodicJob.objects.values_list("name", flat=True)) == set(declared())
