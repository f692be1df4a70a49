from collections.abc import Callable

import pytest
from django.utils import timezone

from loops.actions import checkpoints, loops, reverts
from loops.domain.states import ActivationPath, PolicyMode, Stage
from loops.engine import ledger, resuming
from loops.models import (
    FailurePattern,
    HumanCheckpoint,
    LoopTrace,
    PolicyActivationAudit,
    PolicyRule,
    PreventionRecord,
    RecoveryAudit,
    RoutingAdjustment,
)
from m25console.access import Actor
from m25console.models import AuditEntry, Tenant
from m25console.refusals import InvalidInput, NotFound, NotPermitted, WrongState
from m25console.vocabulary import Role
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
WHY = "it slowed the billing down"


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def reviewer(tenant: Tenant) -> Actor:
    return factories.make_actor(tenant)


def decide(trace: LoopTrace, by: Actor, resolution: str = "apply") -> LoopTrace:
    resuming.resolve(
        checkpoint_id=factories.checkpoint_of(trace).pk,
        resolution=resolution,
        note="because",
        by=by,
        now=timezone.now(),
    )
    trace.refresh_from_db()
    return trace


def complete_loop(reviewer: Actor) -> LoopTrace:
    """A complete loop that made its policy and, that policy being active, moved traffic."""
    block = {"type": "block", "params": {}}
    policy = factories.activate(factories.make_policy(reviewer.tenant, actions=block))
    trace = LoopTrace.objects.get(incident=policy.source_incident_id)
    RoutingAdjustment.objects.create(
        tenant=reviewer.tenant,
        agent_id="finder",
        adjustment_type="confidence_penalty",
        magnitude="-0.2",
        source_policy=policy,
        loop_trace=trace,
    )
    return trace


def revert(trace: LoopTrace, by: Actor, *, confirmed: bool = True, reason: str = WHY) -> LoopTrace:
    reverts.revert(trace_id=trace.pk, reason=reason, confirmed=confirmed, by=by, now=timezone.now())
    trace.refresh_from_db()
    return trace


def test_spec_48_a_complete_loop_is_undone_as_a_whole_and_once(reviewer):
    trace = complete_loop(reviewer)
    assert trace.is_complete
    occurrences = FailurePattern.objects.get().occurrence_count
    prevented = factories.ask(reviewer.tenant).prevention
    assert prevented is not None

    revert(trace, reviewer)

    told = f"manual revert by {reviewer.label}: {WHY}"
    policy, adjustment = PolicyRule.objects.get(), RoutingAdjustment.objects.get()
    assert policy.mode == PolicyMode.DISABLED
    assert (adjustment.is_active, adjustment.was_rolled_back) == (False, True)
    assert adjustment.rollback_reason == told
    assert (trace.failure_state, trace.outcome) == ("reverted", "ended")
    assert (trace.is_complete, trace.completed_at) == (False, None)
    assert (trace.reverted_by, trace.reverted_reason) == (reviewer.label, WHY)
    assert len(trace.stages["completed"]) == 5
    assert trace.recovery.status == "rolled_back"
    assert RecoveryAudit.objects.filter(new_decision="rolled_back", note=told).count() == 1
    changed = PolicyActivationAudit.objects.get(new_mode=PolicyMode.DISABLED)
    assert (changed.approval_path, changed.loop_trace_id) == (ActivationPath.REVERT, trace.pk)
    assert AuditEntry.objects.filter(action="loop.revert", note=WHY).count() == 1
    assert FailurePattern.objects.get().occurrence_count == occurrences
    assert PreventionRecord.objects.get() == prevented
    assert list(ledger.violations()) == []

    with pytest.raises(WrongState, match=f"reverted already: by {reviewer.label}"):
        revert(trace, reviewer)


def test_the_revert_is_the_last_event_of_its_history(reviewer):
    trace = revert(complete_loop(reviewer), reviewer)
    last = trace.events.latest("position")
    assert (last.stage, last.attempt, last.position) == (Stage.ROUTING_ADJUSTED, 2, 6)
    assert (last.status, last.failure_state) == ("failed", "reverted")
    assert last.details["result"]["reason"] == WHY
    assert last.details["result"]["policies"] == [PolicyRule.objects.get().pk]


def test_a_waiting_loop_is_reverted_with_its_question_closed_by_nobody(tenant, reviewer):
    trace = factories.run_loop(tenant)
    asked = factories.checkpoint_of(trace)

    revert(trace, reviewer)

    asked.refresh_from_db()
    assert (asked.resolution, asked.resolved_by, asked.auto_dismissed) == ("cancel", None, True)
    assert WHY in asked.note
    assert (trace.is_blocked, trace.pending_checkpoints) == (False, [])
    assert trace.events.latest("position").failure_state == "reverted"
    assert trace.recovery.status == "rolled_back"
    assert list(ledger.violations()) == []
    with pytest.raises(WrongState, match="already decided"):
        checkpoints.resolve(
            checkpoint_id=asked.pk, resolution="apply", note="", by=reviewer, now=timezone.now()
        )


def test_a_loop_that_is_due_never_runs_once_it_was_reverted(tenant, reviewer):
    [receipt] = factories.report(tenant)
    trace = revert(LoopTrace.objects.get(pk=receipt.loop_id), reviewer)
    assert factories.advance().loops == 0
    assert trace.failure_state == "reverted"
    assert list(ledger.violations()) == []


def test_a_rejected_recovery_stays_rejected(tenant, reviewer):
    trace = decide(factories.run_loop(tenant), reviewer, "reject")
    revert(trace, reviewer)
    assert trace.recovery.status == "rejected"
    assert list(ledger.violations()) == []


def test_a_policy_that_was_only_strengthened_stays(tenant, reviewer):
    factories.make_policy(tenant)
    later = factories.run_loop(tenant)
    assert reverts.what_it_would_undo(later).policies == ()
    revert(later, reviewer)
    assert PolicyRule.objects.get().mode == PolicyMode.SHADOW


def test_a_loop_that_did_not_fail_wants_a_confirmation_and_every_loop_a_reason(tenant, reviewer):
    trace = factories.run_loop(tenant)
    with pytest.raises(InvalidInput, match="did not fail") as refused:
        revert(trace, reviewer, confirmed=False)
    assert set(refused.value.fields) == {"confirm"}
    with pytest.raises(InvalidInput) as refused:
        revert(trace, reviewer, reason=" ")
    assert set(refused.value.fields) == {"reason"}
    LoopTrace.objects.filter(pk=trace.pk).update(is_blocked=False, failure_state="error")
    reverts.revert(trace_id=trace.pk, reason=WHY, confirmed=False, by=reviewer, now=timezone.now())


def test_strangers_and_viewers_revert_nothing(tenant):
    trace = factories.run_loop(tenant)
    with pytest.raises(NotFound):
        revert(trace, factories.make_actor(factories.make_tenant()))
    with pytest.raises(NotPermitted):
        revert(trace, factories.make_actor(tenant, role=Role.VIEWER))


def test_a_reverted_loop_cannot_be_tried_again(tenant, reviewer):
    trace = revert(factories.run_loop(tenant), reviewer)
    with pytest.raises(WrongState, match="reverted"):
        loops.retry(trace_id=trace.pk, stage=trace.current_stage, by=reviewer, now=timezone.now())


@pytest.fixture
def asked(reviewer: Actor) -> HumanCheckpoint:
    trace = complete_loop(reviewer)
    return reverts.ask_for(trace_id=trace.pk, reason=WHY, by=reviewer, now=timezone.now())


@pytest.fixture
def answer(asked: HumanCheckpoint) -> Callable[[Actor, str], LoopTrace]:
    def given(by: Actor, resolution: str) -> LoopTrace:
        checkpoints.resolve(
            checkpoint_id=asked.pk, resolution=resolution, note="agreed", by=by, now=timezone.now()
        )
        return LoopTrace.objects.get(pk=asked.trace_id)

    return given


def test_somebody_else_confirms_a_revert_that_was_asked_for(tenant, reviewer, asked, answer):
    assert (asked.priority, asked.holds_loop) == ("critical", False)
    assert LoopTrace.objects.get(pk=asked.trace_id).is_complete
    with pytest.raises(WrongState, match="asked for this yourself"):
        answer(reviewer, "confirm_revert")

    trace = answer(factories.make_actor(tenant), "confirm_revert")

    assert (trace.failure_state, trace.reverted_reason) == ("reverted", "agreed")
    asked.refresh_from_db()
    assert asked.resolution == "confirm_revert"
    assert asked.resolved_by is not None
    assert list(ledger.violations()) == []


def test_a_revert_that_is_not_confirmed_changes_nothing(tenant, reviewer, asked, answer):
    assert answer(reviewer, "cancel").is_complete
    assert PolicyRule.objects.get().mode == PolicyMode.ACTIVE
    assert list(ledger.violations()) == []


def test_a_revert_is_asked_for_once_and_closed_by_a_direct_one(reviewer, asked):
    with pytest.raises(WrongState, match="still open"):
        reverts.ask_for(trace_id=asked.trace_id, reason=WHY, by=reviewer, now=timezone.now())
    revert(asked.trace, reviewer)
    asked.refresh_from_db()
    assert (asked.resolution, asked.auto_dismissed) == ("cancel", True)
