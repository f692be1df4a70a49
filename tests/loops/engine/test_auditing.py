"""Every loop is a run that promises, and its stages keep what it promised."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from loops.actions import reverts
from loops.engine import dispatcher, resuming
from loops.engine.bridges import recovery_to_policy
from loops.engine.dispatcher import BRIDGES
from loops.engine.loop import Loop, Outcome
from loops.engine.workset import Workset
from loops.models import AuditAck, AuditExpectation, AuditRun, LoopTrace, RecoveryCandidate
from m25console.access import Actor
from tests import factories

pytestmark = pytest.mark.django_db

FIVE = {
    "incidents/create_incident": 5000,
    "policies/evaluate_policy": 5000,
    "logs/start_trace": 5000,
    "logs/complete_trace": 35_000,
    "orchestrator/finalize_run": 35_000,
}


@pytest.fixture
def reviewer() -> Actor:
    return factories.make_actor(factories.make_tenant())


def run_of(trace: LoopTrace) -> AuditRun:
    return AuditRun.objects.get(trace=trace)


def stands(trace: LoopTrace) -> dict[str, str]:
    """Each promise of a loop with its status."""
    rows = AuditExpectation.objects.filter(run__trace=trace)
    return {f"{one.domain}/{one.action}": one.status for one in rows}


def said(trace: LoopTrace) -> list[tuple[str, str]]:
    """What a loop acknowledged, in order."""
    rows = AuditAck.objects.filter(run__trace=trace).order_by("pk")
    return [(f"{one.domain}/{one.action}", one.status) for one in rows]


def answered(trace: LoopTrace, reviewer: Actor, resolution: str, note: str = "") -> LoopTrace:
    resuming.resolve(
        checkpoint_id=factories.checkpoint_of(trace).pk,
        resolution=resolution,
        note=note,
        by=reviewer,
        now=timezone.now(),
    )
    return LoopTrace.objects.get(pk=trace.pk)


def complete_loop(reviewer: Actor) -> LoopTrace:
    *_, trace = factories.run_loops(reviewer.tenant, times=3, message="no seat on flight 7")
    assert trace.is_complete
    return trace


def test_a_loop_promises_five_things_when_it_is_first_advanced(reviewer: Actor):
    [receipt] = factories.report(reviewer.tenant)
    assert not AuditRun.objects.exists()
    factories.advance()
    run = AuditRun.objects.get(run_id=receipt.loop_id)
    promised = {f"{one.domain}/{one.action}": one.deadline_ms for one in run.expectations.all()}
    assert promised == FIVE
    finalize = run.expectations.get(action="finalize_run")
    assert finalize.metadata == {"is_liveness_check": True}


def test_a_complete_loop_has_acknowledged_each_once(reviewer: Actor):
    trace = complete_loop(reviewer)
    run = run_of(trace)
    assert stands(trace) == dict.fromkeys(FIVE, "ACKED")
    assert sorted(said(trace)) == sorted((key, "SUCCESS") for key in FIVE)
    assert (run.phase, run.status) == ("COMPLETED", "succeeded")
    results = dict(run.acks.values_list("action", "result_id"))
    assert results["create_incident"] == trace.incident_id
    assert results["finalize_run"] == trace.pk
    assert results["evaluate_policy"].startswith("pol_")


def test_a_loop_that_waits_has_no_deadline(reviewer: Actor):
    trace = factories.run_loop(reviewer.tenant)
    run = run_of(trace)
    assert trace.is_blocked
    assert (run.status, run.next_check_at) == ("running", None)
    pending = run.expectations.filter(status="PENDING")
    assert {one.action for one in pending} == {"evaluate_policy", "complete_trace", "finalize_run"}
    assert all(one.due_at is None for one in pending)


def test_a_persons_answer_sets_the_deadlines_again(reviewer: Actor, settings):
    trace = factories.run_loop(reviewer.tenant)
    settings.INTEGRATION_LOOP_ENABLED = False  # so that nothing goes on
    now = timezone.now()
    resuming.checkpoints.resolve(
        checkpoint_id=factories.checkpoint_of(trace).pk,
        resolution="apply",
        note="",
        by=reviewer,
        now=now,
    )
    due = dict(
        AuditExpectation.objects.filter(run__trace=trace, status="PENDING").values_list(
            "action", "due_at"
        )
    )
    assert due["evaluate_policy"] == now + timedelta(seconds=5)
    assert due["finalize_run"] == now + timedelta(seconds=35)
    assert run_of(trace).next_check_at == now + timedelta(seconds=5)
    # The switched-off loop rests where it stands: nobody can say when it will go on.
    dispatcher.advance([trace.pk])
    assert not AuditExpectation.objects.filter(
        run__trace=trace, status="PENDING", due_at__isnull=False
    ).exists()
    assert run_of(trace).next_check_at is None


def test_a_resumed_loop_acknowledges_the_rest_and_promises_nothing_twice(reviewer: Actor):
    trace = answered(factories.run_loop(reviewer.tenant), reviewer, "apply")
    assert AuditRun.objects.filter(tenant=reviewer.tenant).count() == 1
    assert AuditExpectation.objects.filter(run__trace=trace).count() == 5
    assert not trace.is_blocked
    assert set(stands(trace).values()) == {"ACKED"}
    assert len(said(trace)) == 5


def test_a_loop_that_a_rule_ended_is_finalized_and_says_what_was_not_needed(reviewer: Actor):
    trace = answered(factories.run_loop(reviewer.tenant), reviewer, "apply")
    assert trace.outcome == "ended"
    run = run_of(trace)
    assert (run.phase, run.status, run.status_code) == (
        "COMPLETED",
        "succeeded",
        trace.failure_state,
    )
    left = run.acks.get(action="complete_trace")
    assert left.metadata["not_needed"].startswith("Stage policy_generated: ")
    assert run.acks.get(action="finalize_run").metadata == {"stopped_by": trace.failure_state}


def test_a_rejected_loop_is_cancelled_and_finalized(reviewer: Actor):
    trace = answered(factories.run_loop(reviewer.tenant), reviewer, "reject", "The wrong remedy.")
    run = run_of(trace)
    assert (run.phase, run.status) == ("FAILED", "cancelled")
    assert run.status_code == "human_checkpoint_rejected"
    assert set(stands(trace).values()) == {"ACKED"}
    assert (
        run.acks.get(action="evaluate_policy").metadata["not_needed"].endswith("The wrong remedy.")
    )


def broken(_loop: Loop, _work: Workset, _now: object) -> Outcome:
    raise ValueError("the policy engine is away")


def failed_loop(reviewer: Actor) -> LoopTrace:
    [receipt] = factories.report(reviewer.tenant, message="no seat on flight 7")
    factories.advance(bridges={**BRIDGES, recovery_to_policy_stage(): broken})
    trace = LoopTrace.objects.get(pk=receipt.loop_id)
    assert trace.failure_state == "error"
    return trace


def recovery_to_policy_stage():
    [stage] = [stage for stage, bridge in BRIDGES.items() if bridge is recovery_to_policy.run]
    return stage


def test_a_failed_loop_says_so_of_what_it_did_not_come_to(reviewer: Actor):
    complete_loop(reviewer)  # so that the pattern is known and nobody is asked
    trace = failed_loop(reviewer)
    run = run_of(trace)
    assert (run.phase, run.status, run.status_code) == ("FAILED", "failed", "error")
    assert stands(trace) == {
        "incidents/create_incident": "ACKED",
        "logs/start_trace": "ACKED",
        "policies/evaluate_policy": "FAILED",
        "logs/complete_trace": "FAILED",
        "orchestrator/finalize_run": "ACKED",
    }
    assert "the policy engine is away" in str(run.acks.get(action="evaluate_policy").error)


def test_a_retry_takes_the_end_back_and_makes_the_rest_good(reviewer: Actor):
    complete_loop(reviewer)
    trace = failed_loop(reviewer)
    resuming.retry(trace_id=trace.pk, stage="recovery_suggested", by=reviewer, now=timezone.now())
    trace.refresh_from_db()
    assert trace.is_complete
    assert set(stands(trace).values()) == {"ACKED"}
    finalized = [status for key, status in said(trace) if key == "orchestrator/finalize_run"]
    assert finalized == ["SUCCESS", "ROLLED_BACK", "SUCCESS"]
    assert AuditExpectation.objects.filter(run__trace=trace).count() == 5
    assert run_of(trace).status == "succeeded"


def test_a_revert_ends_a_run_under_way_and_leaves_one_that_had_ended(reviewer: Actor):
    waiting, complete = factories.run_loop(reviewer.tenant), complete_loop(reviewer)
    for trace in (waiting, complete):
        reverts.revert(
            trace_id=trace.pk, reason="wrong", confirmed=True, by=reviewer, now=timezone.now()
        )
    cut_short, done = run_of(waiting), run_of(complete)
    assert (cut_short.status, cut_short.status_code) == ("cancelled", "reverted")
    assert set(stands(waiting).values()) == {"ACKED"}
    assert done.status == "succeeded"
    assert len(said(complete)) == 5


def test_a_loop_older_than_its_run_is_declared_from_its_history(reviewer: Actor):
    waiting = factories.run_loop(reviewer.tenant)
    rejected = answered(factories.run_loop(reviewer.tenant), reviewer, "reject", "No.")
    complete = complete_loop(reviewer)
    failed = failed_loop(reviewer)
    [fresh] = factories.report(reviewer.tenant)
    loops = [waiting, rejected, complete, failed]
    before = {
        trace.pk: (run_of(trace).phase, run_of(trace).status, stands(trace)) for trace in loops
    }
    forget_runs()

    with connection.cursor() as cursor:
        ids = [*before, fresh.loop_id]
        cursor.execute("SELECT declare_loop_runs(%s, %s)", [ids, timezone.now()])
        cursor.execute("SELECT declare_loop_runs(%s, %s)", [ids, timezone.now()])

    assert AuditRun.objects.count() == 4
    assert before == {
        trace.pk: (run_of(trace).phase, run_of(trace).status, stands(trace)) for trace in loops
    }
    assert sorted(said(complete)) == sorted((key, "SUCCESS") for key in FIVE)
    assert len(said(waiting)) == 2


def test_a_loop_older_than_its_run_is_declared_when_it_goes_on(reviewer: Actor):
    trace = factories.run_loop(reviewer.tenant)
    assert RecoveryCandidate.objects.filter(trace=trace).exists()
    forget_runs()
    trace = answered(trace, reviewer, "apply")
    assert set(stands(trace).values()) == {"ACKED"}
    assert len(said(trace)) == 5


def forget_runs() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in ("audit_acks", "audit_expectations", "audit_runs"):
            cursor.execute(f"DELETE FROM {table}")
        cursor.execute("SET LOCAL session_replication_role = origin")
