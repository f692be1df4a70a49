"""A loop that is undone while others decide on it or work on it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from threading import Event

import pytest
from django.db import connection
from django.utils import timezone

from loops.actions import checkpoints, reverts
from loops.domain.states import Stage
from loops.engine import dispatcher, ledger
from loops.engine.bridges import pattern_to_recovery
from loops.engine.loop import Loop, Outcome
from loops.engine.workset import Workset
from loops.models import LoopTrace, RecoveryCandidate
from m25console.access import Actor
from m25console.models import AuditEntry
from m25console.refusals import WrongState
from tests import factories
from tests.loops.engine.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def revert(trace_id: str, by: Actor) -> bool:
    try:
        reverts.revert(
            trace_id=trace_id, reason="stop it", confirmed=True, by=by, now=timezone.now()
        )
    except WrongState:
        return False
    return True


def on_its_own(work: Callable[[], object]) -> None:
    try:
        work()
    finally:
        connection.close()


def test_many_reverts_at_once_are_one():
    tenant = factories.make_tenant()
    trace = factories.run_loop(tenant)
    people = [factories.make_actor(tenant) for _ in range(8)]

    assert at_once(lambda number: revert(trace.pk, people[number]), times=8).count(True) == 1

    assert AuditEntry.objects.filter(action="loop.revert").count() == 1
    assert list(ledger.violations()) == []


def test_a_revert_and_a_decision_at_once_end_reverted():
    tenant = factories.make_tenant()
    people = [factories.make_actor(tenant) for _ in range(2)]
    for number in range(6):
        trace = factories.run_loop(tenant, error_type=f"kind_{number}")
        asked = factories.checkpoint_of(trace)

        def act(number: int, *, trace_id: str = trace.pk, asked_id: str = asked.pk) -> None:
            if number:
                revert(trace_id, people[1])
                return
            with suppress(WrongState):
                checkpoints.resolve(
                    checkpoint_id=asked_id,
                    resolution="apply",
                    note="",
                    by=people[0],
                    now=timezone.now(),
                )

        at_once(act, times=2)
        factories.advance()

        trace.refresh_from_db()
        assert trace.failure_state == "reverted"
        assert trace.recovery.status == "rolled_back"
    assert list(ledger.violations()) == []


def test_a_revert_waits_for_the_worker_and_takes_back_what_it_made():
    tenant = factories.make_tenant()
    reviewer = factories.make_actor(tenant)
    [receipt] = factories.report(tenant)
    at_work, reverted = Event(), Event()

    def slowly(loop: Loop, work: Workset, moment: datetime) -> Outcome:
        at_work.set()
        reverted.wait(timeout=0.5)  # it cannot be, while this worker holds the loop
        return pattern_to_recovery.run(loop, work, moment)

    def undo() -> None:
        at_work.wait(timeout=20)
        revert(receipt.loop_id, reviewer)
        reverted.set()

    bridges = {**dispatcher.BRIDGES, Stage.PATTERN_MATCHED: slowly}
    with ThreadPoolExecutor(2) as pool:
        worker = pool.submit(
            on_its_own, lambda: dispatcher.advance([receipt.loop_id], bridges=bridges)
        )
        undoing = pool.submit(on_its_own, undo)
        worker.result(timeout=30)
        undoing.result(timeout=30)

    assert LoopTrace.objects.get().failure_state == "reverted"
    assert RecoveryCandidate.objects.get().status == "rolled_back"
    assert list(ledger.violations()) == []
