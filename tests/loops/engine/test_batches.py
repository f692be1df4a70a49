"""What holds for batches: isolation, resumption, and what a dead worker leaves behind."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, OperationalError
from django.utils import timezone

from loops.domain.states import FailureState, LoopOutcome, Stage
from loops.engine import dispatcher, ledger, resuming, saving
from loops.engine.settings import MAX_CRASHES
from loops.models import FailurePattern, LoopEvent, LoopTrace, PatternKey
from m25console.models import Tenant
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)  # the ledger reads from a moment of its own


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


def poisoned_by(word):
    """Bridge 2, except that it breaks on incidents of this agent."""
    honest = dispatcher.BRIDGES[Stage.PATTERN_MATCHED]

    def run(loop, work, now):
        if loop.incident.affected_agent_id == word:
            raise ValueError("a value nobody expected")
        return honest(loop, work, now)

    return dict(dispatcher.BRIDGES) | {Stage.PATTERN_MATCHED: run}


def test_one_poisonous_loop_fails_alone_and_the_others_commit(tenant):
    factories.report(tenant, times=5)
    [bad] = factories.report(tenant, agent_id="poison")
    factories.report(tenant, times=4)

    moved = factories.advance(bridges=poisoned_by("poison"))

    failed = LoopTrace.objects.get(outcome=LoopOutcome.FAILED)
    assert (moved.loops, moved.failed) == (10, 1)
    assert failed.pk == bad.loop_id
    assert failed.failure_state == FailureState.ERROR
    assert failed.failure_detail == "ValueError: a value nobody expected"
    assert failed.events.get(stage=Stage.PATTERN_MATCHED).attempt == 1
    assert list(ledger.violations()) == []


def test_a_loop_that_cannot_be_saved_is_found_by_halving(tenant, monkeypatch):
    receipts = factories.report(tenant, times=9)
    honest, bad = saving.save, receipts[4].loop_id

    def save(work, **rest):
        stood = [loop for loop in work.loops if loop.trace.pk == bad]
        if any(loop.trace.failure_state != FailureState.ERROR for loop in stood):
            raise IntegrityError("a constraint nobody thought of")
        honest(work, **rest)

    monkeypatch.setattr(saving, "save", save)
    factories.advance()

    [failed] = LoopTrace.objects.filter(outcome=LoopOutcome.FAILED)
    assert failed.pk == bad
    assert "a constraint nobody thought of" in failed.failure_detail
    assert LoopTrace.objects.filter(outcome=LoopOutcome.RUNNING).count() == 0
    assert list(ledger.violations()) == []


def test_an_unreachable_database_leaves_loops_as_due_as_before(tenant, monkeypatch):
    factories.report(tenant)

    def lost(*args, **kwargs):
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(saving, "save", lost)
    with pytest.raises(OperationalError):
        dispatcher.advance_due()

    trace = LoopTrace.objects.get()
    assert trace.outcome == LoopOutcome.RUNNING
    assert trace.next_run_at is not None


def test_loops_that_workers_died_over_are_tried_alone_then_set_aside(tenant):
    for receipt in factories.report(tenant, times=3):
        LoopTrace.objects.filter(pk=receipt.loop_id).update(crashes=2)
    held = []
    dispatcher.advance_due(holding=lambda ids: held.append(list(ids)))
    assert [len(ids) for ids in held] == [1]

    LoopTrace.objects.filter(next_run_at__isnull=False).update(crashes=MAX_CRASHES)
    factories.advance()

    aside = LoopTrace.objects.filter(failure_state=FailureState.ERROR)
    assert aside.count() == 2
    assert "workers died" in aside[0].failure_detail


def test_two_incidents_of_one_new_pattern_in_one_batch_see_each_other(tenant):
    factories.report(tenant, times=3, message="disk 17 of node a3 is full")

    factories.advance()

    assert FailurePattern.objects.get().occurrence_count == 3
    assert LoopTrace.objects.filter(is_complete=True).count() == 1


def test_what_was_learned_of_messages_lives_in_the_pattern_rows(tenant):
    for seat in ("HAT083", "HAT229", "HAT118"):
        factories.run_loop(
            tenant, error_type="ToolError", message=f"Error: not enough seats on flight {seat}"
        )

    pattern = FailurePattern.objects.get()
    assert pattern.occurrence_count == 3
    assert "<*>" in pattern.template_text
    assert PatternKey.objects.filter(pattern=pattern).exists()


def test_messages_of_different_error_types_never_meet(tenant):
    factories.run_loop(tenant, error_type="A", message="no route to host")
    factories.run_loop(tenant, error_type="B", message="no route to host")

    assert FailurePattern.objects.count() == 2


def test_queries_of_a_batch_do_not_grow_with_it(tenant, django_assert_max_num_queries):
    factories.report(tenant, times=4, message="connection 1 refused")
    factories.advance()
    with django_assert_max_num_queries(30) as small:
        factories.report(tenant, times=2, message="connection 2 refused")
        dispatcher.advance_due()
    with django_assert_max_num_queries(len(small)):
        factories.report(tenant, times=60, message="connection 3 refused")
        dispatcher.advance_due()


def test_a_crash_after_the_decision_leaves_the_loop_to_the_workers(tenant, monkeypatch):
    trace = factories.run_loop(tenant)

    def crash(ids):
        raise SystemError("killed here")

    monkeypatch.setattr(dispatcher, "advance", crash)
    resuming.resolve(
        checkpoint_id=factories.checkpoint_of(trace).pk,
        resolution="apply",
        note="",
        by=factories.make_actor(tenant),
        now=timezone.now(),
    )
    monkeypatch.undo()
    trace.refresh_from_db()
    assert trace.next_run_at is not None

    factories.advance()

    trace.refresh_from_db()
    assert trace.outcome == LoopOutcome.ENDED
    assert list(ledger.violations()) == []


def test_finished_events_cannot_be_rewritten(tenant):
    trace = factories.run_loop(tenant)
    done = trace.events.get(stage=Stage.INCIDENT_CREATED)

    with pytest.raises(IntegrityError, match="is history"):
        LoopEvent.objects.filter(pk=done.pk).update(details={})


def test_the_ledger_finds_a_lost_count(tenant):
    factories.run_loop(tenant)
    FailurePattern.objects.update(occurrence_count=2)

    [found] = ledger.violations()

    assert found.rule.name == "occurrences_equal_incidents"
    assert found.detail == "counts 2, 1 incidents landed there"


def test_the_ledger_finds_a_loop_that_waits_for_nothing(tenant):
    trace = factories.run_loop(tenant)
    LoopTrace.objects.filter(pk=trace.pk).update(pending_checkpoints=["chk_gone"])

    assert [found.rule.name for found in ledger.violations()] == ["waits_at_a_checkpoint"]
    assert list(ledger.violations(tenant_id=factories.make_tenant().pk)) == []


def test_events_keep_the_order_of_their_times(tenant):
    trace = factories.run_loops(tenant, times=3)[-1]

    times = list(trace.events.in_order().values_list("created_at", flat=True))

    assert times == sorted(times)
    assert trace.completed_at - trace.started_at < timedelta(minutes=1)
