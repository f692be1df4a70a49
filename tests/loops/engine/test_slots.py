from datetime import timedelta

import pytest
from django.db import connections, transaction
from django.utils import timezone

from loops.engine import dispatcher, slots, working
from loops.engine.settings import BATCH_SIZE, MAX_CRASHES
from loops.models import AdvanceSlot, Heartbeat, LoopTrace
from tests import factories

NOW = timezone.now()
pytestmark = pytest.mark.django_db


@pytest.fixture
def held():
    """Two loops in the hands of a worker that was last heard of at NOW."""
    slots.prepare()
    receipts = factories.report(factories.make_tenant(), times=2)
    [message] = slots.give_out(queued=0, now=timezone.now())
    assert slots.take_up(message, worker="worker:here:1", now=NOW)
    assert slots.beat(message, holding=[one.loop_id for one in receipts], now=NOW)
    LoopTrace.objects.update(next_run_at=NOW)
    return message


def look(after: float) -> list[slots.Message]:
    return slots.give_out(queued=0, now=NOW + timedelta(seconds=after))


def crashes() -> list[int]:
    return list(LoopTrace.objects.values_list("crashes", flat=True))


def test_a_worker_that_was_heard_a_moment_ago_keeps_its_loops(held):
    look(1.9)

    assert crashes() == [0, 0]
    assert slots.beat(held, holding=[], now=NOW)


def test_a_worker_whose_loops_nobody_has_locked_is_gone_after_two_seconds(held):
    look(2.1)

    assert crashes() == [1, 1]
    assert not slots.beat(held, holding=[], now=NOW)


def test_loops_that_a_worker_left_behind_let_others_go_first(held):
    assert look(2.1) == []
    assert len(look(3.2)) == 1


def test_nothing_waits_for_a_worker_that_died_after_its_batch(held):
    dispatcher.advance_due()
    look(2.1)

    assert not slots.beat(held, holding=[], now=NOW)
    assert crashes() == [0, 0]


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_has_its_loops_locked_is_not_gone(held):
    other = connections["default"].copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT id FROM loop_traces FOR UPDATE")
            look(9.9)
            assert slots.beat(held, holding=[], now=NOW)
            look(10.1)
            cursor.execute("ROLLBACK")
    finally:
        other.close()

    assert not slots.beat(held, holding=[], now=NOW)
    assert crashes() == [0, 0]


def test_a_loop_is_set_aside_only_after_three_workers_died_over_it_alone():
    factories.report(factories.make_tenant(), times=BATCH_SIZE)
    company = []
    for deaths in range(MAX_CRASHES):
        LoopTrace.objects.update(crashes=deaths)
        ids = []
        with transaction.atomic():
            dispatcher.advance_due(limit=BATCH_SIZE, holding=ids.extend)
            transaction.set_rollback(True)
        company.append(len(ids))

    assert company == [BATCH_SIZE, 12, 1, 1, 1]


def test_a_worker_shows_life_with_every_batch():
    slots.prepare()
    factories.report(factories.make_tenant(), times=1)
    [message] = slots.give_out(queued=0, now=timezone.now())
    working.work_for(message, worker="worker:here:1")

    assert Heartbeat.objects.get().name == "worker:here:1"
    assert AdvanceSlot.objects.filter(sent_at__isnull=False).count() == 0


def test_relay_and_worker_are_ready_when_both_were_heard_within_a_minute():
    assert working.signs_of_life(now=NOW) == {
        "relay": "not heard of lately",
        "worker": "not heard of lately",
    }
    working.show_life("relay", name="a", now=NOW - timedelta(seconds=61))
    working.show_life("relay", name="b", now=NOW - timedelta(seconds=59))
    working.show_life("worker", name="c", now=NOW - timedelta(seconds=61))

    assert working.signs_of_life(now=NOW) == {"relay": "ok", "worker": "not heard of lately"}
