"""Races on real connections. Each test fails when the lock or key it is about is removed."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from loops.actions import checkpoints
from loops.engine import dispatcher, ledger, slots
from loops.models import (
    AdvanceSlot,
    CheckpointDecision,
    FailurePattern,
    Incident,
    LoopEvent,
    LoopTrace,
)
from loops.permissions import AlreadyDecided
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def at_once[T](work: Callable[[int], T], *, times: int) -> Sequence[T]:
    """What `work` returns for each number, all begun at the same moment on connections of their
    own."""
    start = Barrier(times)

    def run(number: int) -> T:
        try:
            start.wait(timeout=20)
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


@pytest.mark.parametrize("message", [None, "no seat on flight HAT1"])
def test_spec_23_twenty_parallel_incidents_are_one_pattern(message):
    tenant = factories.make_tenant()
    loops = [receipt.loop_id for receipt in factories.report(tenant, times=20, message=message)]

    at_once(lambda number: dispatcher.advance([loops[number]]), times=20)
    factories.advance()

    assert FailurePattern.objects.get().occurrence_count == 20
    assert list(ledger.violations()) == []


def test_a_loop_is_advanced_by_one_worker_only():
    tenant = factories.make_tenant()
    loops = [receipt.loop_id for receipt in factories.report(tenant, times=3)]

    moved = at_once(lambda _: dispatcher.advance(loops), times=4)

    assert sum(one.loops for one in moved) == 3
    assert FailurePattern.objects.get().occurrence_count == 3


def test_twenty_reviewers_at_once_make_one_decision():
    tenant = factories.make_tenant()
    trace = factories.run_loop(tenant)
    checkpoint = factories.checkpoint_of(trace)
    people = [factories.make_actor(tenant) for _ in range(20)]

    def decide(number: int) -> bool:
        try:
            checkpoints.resolve(
                checkpoint_id=checkpoint.pk,
                resolution="apply" if number % 2 else "reject",
                note="",
                by=people[number],
                now=timezone.now(),
            )
        except AlreadyDecided:
            return False
        return True

    assert at_once(decide, times=20).count(True) == 1
    assert CheckpointDecision.objects.get().is_final


def test_the_same_report_sent_five_times_at_once_is_one_incident():
    tenant = factories.make_tenant()

    receipts = at_once(lambda _: factories.report(tenant, external_id="e-1")[0], times=5)

    assert sorted(receipt.status for receipt in receipts) == ["accepted"] + ["duplicate"] * 4
    assert len({receipt.incident_id for receipt in receipts}) == 1
    assert (Incident.objects.count(), LoopEvent.objects.count()) == (1, 1)


def test_two_relays_never_give_out_one_slot_twice():
    tenant = factories.make_tenant()
    factories.report(tenant)
    LoopTrace.objects.update(next_run_at=timezone.now())
    slots.prepare()

    sent = at_once(lambda _: slots.give_out(queued=0, now=timezone.now()), times=4)

    given = [message.slot for messages in sent for message in messages]
    assert len(given) == len(set(given))
    assert AdvanceSlot.objects.filter(sent_at__isnull=False).count() == len(given)
