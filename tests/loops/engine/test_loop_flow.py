"""The flow of a loop, check by check (loop mechanics 1.0.0)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from loops.actions import checkpoints, loops
from loops.domain.confidence import Band
from loops.domain.progress import completion_pct
from loops.domain.states import (
    Capability,
    CheckpointType,
    EventStatus,
    FailureState,
    LoopOutcome,
    PolicyMode,
    RecoveryStatus,
    Resolution,
    Stage,
)
from loops.engine import dispatcher, resuming
from loops.engine.loop import Outcome
from loops.models import (
    CapabilityLockout,
    FailurePattern,
    HumanCheckpoint,
    Incident,
    LoopEvent,
    LoopTrace,
    PolicyActivationAudit,
    PolicyRule,
    RecoveryCandidate,
    RoutingAdjustment,
)
from loops.permissions import AlreadyDecided, NotRetriable, UnknownOption
from m25console.models import Tenant
from m25console.refusals import NotFound, NotPermitted, WrongState
from m25console.vocabulary import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


def percent(trace: LoopTrace) -> int:
    return completion_pct([Stage(stage) for stage in trace.stages["completed"]])


def decide(trace, option, *, by, note="because"):
    checkpoint = factories.checkpoint_of(trace)
    decision = resuming.resolve(
        checkpoint_id=checkpoint.pk, resolution=option, note=note, by=by, now=timezone.now()
    )
    trace.refresh_from_db()
    return decision


def test_spec_25_first_incident_waits_for_one_person(tenant):
    trace = factories.run_loop(tenant)

    recovery = RecoveryCandidate.objects.get(trace=trace)
    checkpoint = factories.checkpoint_of(trace)
    assert percent(trace) == 40
    assert trace.outcome == LoopOutcome.WAITING
    assert (checkpoint.checkpoint_type, checkpoint.stage) == (
        CheckpointType.APPROVE_RECOVERY,
        Stage.RECOVERY_SUGGESTED,
    )
    assert checkpoint.target_id == recovery.pk
    assert trace.pending_checkpoints == [checkpoint.pk]
    assert (recovery.confidence, recovery.status) == (0.7, RecoveryStatus.PENDING)
    assert recovery.action_type == "retry"
    assert recovery.action_params == {"max_retries": 3, "backoff_seconds": 5}


def test_spec_26_second_incident_is_surer_and_waits_too(tenant):
    _, second = factories.run_loops(tenant, times=2)

    assert RecoveryCandidate.objects.get(trace=second).confidence == 0.8
    assert percent(second) == 40
    assert second.is_blocked


def test_spec_27_third_incident_completes_with_a_shadow_policy(tenant):
    third = factories.run_loops(tenant, times=3)[-1]

    policy = PolicyRule.objects.get(tenant=tenant)
    assert RecoveryCandidate.objects.get(trace=third).confidence == 0.9
    assert (policy.name, policy.mode) == ("Prevention: timeout", PolicyMode.SHADOW)
    assert policy.actions["type"] == "escalate"
    assert not policy.is_active
    assert percent(third) == 100
    assert third.outcome == LoopOutcome.COMPLETE
    assert not RoutingAdjustment.objects.exists()
    assert not HumanCheckpoint.objects.filter(trace=third).exists()
    routing = third.events.get(stage=Stage.POLICY_GENERATED)
    assert routing.details["result"]["note"] == "No change: the policy only observes (shadow)."


def test_spec_28_fourth_incident_uses_the_policy_there_is(tenant):
    fourth = factories.run_loops(tenant, times=4)[-1]

    policy = PolicyRule.objects.get(tenant=tenant)
    made = fourth.events.get(stage=Stage.RECOVERY_SUGGESTED).details["result"]
    assert (made["policy_id"], made["is_new_policy"]) == (policy.pk, False)
    assert FailurePattern.objects.get(tenant=tenant).occurrence_count == 4


def test_spec_21_the_same_failure_of_another_tenant_is_another_pattern(tenant):
    other = factories.make_tenant()
    for fields in ({"error_code": "E1"}, {"message": "no seat on flight HAT1"}):
        first, second = (factories.run_loop(one, **fields) for one in (tenant, other))
        mine, theirs = first.incident.matched_pattern, second.incident.matched_pattern
        assert mine is not None
        assert theirs is not None
        assert (mine.tenant, theirs.tenant) == (tenant, other)
        assert (mine.signature_hash, mine.occurrence_count, theirs.occurrence_count) == (
            theirs.signature_hash,
            1,
            1,
        )


def test_spec_29_weak_likeness_waits_at_the_pattern(tenant):
    known = {"error_code": "E1", "agent_capability": "math", "status_code": 504}
    factories.run_loop(tenant, **known)
    trace = factories.run_loop(tenant, **known | {"error_code": "X9"})

    checkpoint = factories.checkpoint_of(trace)
    assert trace.current_stage == Stage.PATTERN_MATCHED
    assert percent(trace) == 20
    assert checkpoint.stage == Stage.PATTERN_MATCHED
    assert checkpoint.confidence_band == Band.WEAK
    assert checkpoint.confidence == 0.8


def test_spec_30_approval_applies_the_recovery_and_the_loop_goes_on_to_its_end(tenant):
    trace = factories.run_loop(tenant)
    reviewer = factories.make_actor(tenant)

    decide(trace, "apply", by=reviewer)

    recovery = RecoveryCandidate.objects.get(trace=trace)
    last = trace.events.get(stage=Stage.POLICY_GENERATED)
    assert (recovery.status, recovery.decided_by) == (RecoveryStatus.APPLIED, reviewer.user)
    assert percent(trace) == 60
    assert not PolicyRule.objects.exists()
    assert last.failure_state == FailureState.ROUTING_ADJUSTMENT_SKIPPED
    assert last.details["result"]["note"] == "1 of 3 occurrences"
    assert (trace.is_complete, trace.is_blocked) == (False, False)
    assert trace.outcome == LoopOutcome.ENDED


def test_spec_31_rejection_ends_the_loop_and_its_recovery(tenant):
    trace = factories.run_loop(tenant)

    decision = decide(trace, "reject", by=factories.make_actor(tenant), note="wrong remedy")

    assert not decision.resumes
    assert trace.failure_state == FailureState.HUMAN_CHECKPOINT_REJECTED
    assert trace.failure_detail == "wrong remedy"
    assert trace.next_run_at is None
    assert RecoveryCandidate.objects.get(trace=trace).status == RecoveryStatus.REJECTED
    assert trace.events.get(stage=Stage.RECOVERY_SUGGESTED).status == EventStatus.FAILED


def test_spec_32_an_answer_that_was_not_offered_changes_nothing(tenant):
    trace = factories.run_loop(tenant)

    with pytest.raises(UnknownOption) as refused:
        decide(trace, "banana", by=factories.make_actor(tenant))

    assert refused.value.status_code == 400
    assert factories.checkpoint_of(trace).is_pending


def test_spec_33_the_second_answer_is_told_who_was_first(tenant):
    trace = factories.run_loop(tenant)
    first, second = factories.make_actor(tenant), factories.make_actor(tenant)
    checkpoint = factories.checkpoint_of(trace)
    decide(trace, "apply", by=first)

    with pytest.raises(AlreadyDecided) as refused:
        checkpoints.resolve(
            checkpoint_id=checkpoint.pk, resolution="reject", note="", by=second, now=timezone.now()
        )

    checkpoint.refresh_from_db()
    assert str(first.user) in str(refused.value)
    assert refused.value.status_code == 409
    assert (checkpoint.resolved_by, checkpoint.resolution) == (first.user, Resolution.APPLY)


def test_spec_34_another_tenants_reviewer_finds_nothing(tenant):
    trace = factories.run_loop(tenant)
    stranger = factories.make_actor(factories.make_tenant())

    with pytest.raises(NotFound):
        decide(trace, "apply", by=stranger)

    assert factories.checkpoint_of(trace).is_pending


def test_a_viewer_may_not_decide(tenant):
    trace = factories.run_loop(tenant)

    with pytest.raises(NotPermitted):
        decide(trace, "apply", by=factories.make_actor(tenant, role=Role.VIEWER))


def test_spec_36_the_same_incident_twice_is_one_loop(tenant):
    [first] = factories.report(tenant, external_id="run-7")
    factories.advance()
    [second] = factories.report(tenant, external_id="run-7")
    factories.advance()

    assert second.status == "duplicate"
    assert (second.incident_id, second.loop_id) == (first.incident_id, first.loop_id)
    assert LoopTrace.objects.count() == 1
    assert FailurePattern.objects.get().occurrence_count == 1
    stages = list(LoopEvent.objects.values_list("stage", flat=True))
    assert len(stages) == len(set(stages))


def slow_bridge(seconds, ticks):
    def run(loop, work, now):
        ticks.append(timedelta(seconds=seconds))
        return Outcome()

    return run


def late_clock(ticks):
    """A clock that a bridge can move on."""
    return lambda: timezone.now() + sum(ticks, timedelta())


def test_spec_41_a_stage_that_takes_too_long_fails_with_timeout(tenant):
    factories.report(tenant)
    ticks: list[timedelta] = []
    slow = dict(dispatcher.BRIDGES) | {Stage.PATTERN_MATCHED: slow_bridge(31, ticks)}

    moved = dispatcher.advance_due(bridges=slow, clock=late_clock(ticks))

    trace = LoopTrace.objects.get()
    assert moved.failed == 1
    assert trace.failure_state == FailureState.TIMEOUT
    assert trace.outcome == LoopOutcome.FAILED
    assert trace.stages == {
        "completed": [Stage.INCIDENT_CREATED],
        "failed": [Stage.PATTERN_MATCHED],
    }
    assert FailurePattern.objects.get().occurrence_count == 1


def test_spec_37_a_stage_that_timed_out_is_tried_again_with_its_payload(tenant):
    factories.report(tenant)
    ticks: list[timedelta] = []
    slow = dict(dispatcher.BRIDGES) | {Stage.PATTERN_MATCHED: slow_bridge(31, ticks)}
    dispatcher.advance_due(bridges=slow, clock=late_clock(ticks))
    trace = LoopTrace.objects.get()

    loops.retry(
        trace_id=trace.pk,
        stage=Stage.PATTERN_MATCHED,
        by=factories.make_actor(tenant),
        now=timezone.now() + timedelta(seconds=62),
    )
    factories.advance(clock=lambda: timezone.now() + timedelta(seconds=93))

    trace.refresh_from_db()
    attempts = list(
        trace.events.filter(stage=Stage.PATTERN_MATCHED)
        .order_by("attempt")
        .values_list("attempt", "status")
    )
    assert attempts == [(1, EventStatus.FAILED), (2, EventStatus.DONE)]
    assert trace.outcome == LoopOutcome.WAITING
    assert trace.stages["failed"] == []


def test_spec_38_a_completed_stage_cannot_be_tried_again(tenant):
    trace = factories.run_loop(tenant)

    with pytest.raises(NotRetriable) as refused:
        loops.retry(
            trace_id=trace.pk,
            stage=Stage.INCIDENT_CREATED,
            by=factories.make_actor(tenant),
            now=timezone.now(),
        )

    assert refused.value.status_code == 400


def test_spec_39_with_the_loop_switched_off_nothing_happens(tenant, settings):
    settings.INTEGRATION_LOOP_ENABLED = False

    trace = factories.run_loop(tenant)

    event = trace.events.get()
    assert (event.stage, event.status) == (Stage.INCIDENT_CREATED, EventStatus.CLAIMED)
    assert percent(trace) == 0
    assert not FailurePattern.objects.exists()


def test_spec_40_with_bridge_3_switched_off_the_loop_rests_before_it(tenant, settings):
    settings.BRIDGES_ENABLED = (True, True, False, True, True)
    trace = factories.run_loops(tenant, times=3)[-1]
    assert percent(trace) == 40
    assert (trace.outcome, trace.next_run_at) == (LoopOutcome.RUNNING, None)

    settings.BRIDGES_ENABLED = (True,) * 5
    loops.wake_resting(stages=list(Stage), now=timezone.now())
    factories.advance()

    trace.refresh_from_db()
    assert trace.outcome == LoopOutcome.COMPLETE


@pytest.mark.parametrize(("unlocked", "status"), [(True, "applied"), (False, "pending")])
def test_spec_43_44_a_template_applies_itself_only_once_that_is_earned(tenant, unlocked, status):
    factories.make_pattern(
        tenant,
        recovery_template={"action_type": "retry", "action_params": {"max_retries": 1}},
        auto_apply_recovery=True,
    )
    CapabilityLockout.objects.create(
        tenant=tenant,
        capability=Capability.AUTO_APPLY_RECOVERY,
        requires_gate="prevention",
        is_unlocked=unlocked,
    )

    recovery = RecoveryCandidate.objects.get(trace=factories.run_loop(tenant))

    assert recovery.suggestion_type == "template"
    assert (recovery.status, recovery.confidence) == (status, 0.9)
    assert recovery.requires_confirmation == 0


def test_spec_45_two_occurrences_make_no_policy_and_no_failure(tenant):
    _, second = factories.run_loops(tenant, times=2)

    decide(second, "apply", by=factories.make_actor(tenant))

    event = second.events.get(stage=Stage.RECOVERY_SUGGESTED)
    assert (event.status, event.failure_state) == (EventStatus.DONE, None)
    assert event.details["result"] == {"reason": "2 of 3 occurrences", "skipped": True}
    assert not PolicyRule.objects.exists()


def test_spec_46_a_weak_recovery_makes_a_pending_policy_and_no_routing_change(tenant):
    factories.make_pattern(tenant, error_code="E1", agent_capability="math", occurrence_count=2)
    trace = factories.run_loop(tenant, error_code="X9", agent_capability="math", agent_id="a1")
    reviewer = factories.make_actor(tenant)
    decide(trace, "apply", by=reviewer)  # the likeness
    decide(trace, "apply", by=reviewer)  # the remedy

    policy = PolicyRule.objects.get()
    assert RecoveryCandidate.objects.get().confidence == 0.7
    assert (policy.mode, policy.confirmations_received, policy.confirmations_required) == (
        PolicyMode.PENDING,
        0,
        3,
    )
    assert not RoutingAdjustment.objects.exists()
    assert trace.outcome == LoopOutcome.COMPLETE


def test_a_policy_that_better_evidence_puts_into_shadow_leaves_word_of_it(tenant):
    factories.run_loops(tenant, times=3)
    PolicyRule.objects.update(mode=PolicyMode.PENDING, generation_confidence=0.7)

    trace = factories.run_loop(tenant)

    policy, word = PolicyRule.objects.get(), PolicyActivationAudit.objects.get()
    assert (policy.mode, policy.generation_confidence) == (PolicyMode.SHADOW, 0.9)
    assert (word.policy, word.old_mode, word.new_mode) == (
        policy,
        PolicyMode.PENDING,
        PolicyMode.SHADOW,
    )
    assert (word.confidence_at_activation, word.approval_path) == (0.9, "auto")
    assert word.loop_trace_id == trace.pk


def test_spec_47_what_json_cannot_hold_fails_the_loop_and_names_the_place(tenant):
    factories.report(tenant)

    def bridge(loop, work, now):
        return Outcome(result={"x": [1, 2, object()]})

    moved = dispatcher.advance_due(
        bridges=dict(dispatcher.BRIDGES) | {Stage.INCIDENT_CREATED: bridge}
    )

    trace = LoopTrace.objects.get()
    assert moved.failed == 1
    assert trace.failure_state == FailureState.ERROR
    assert "event.details.result.x[2]" in trace.failure_detail
    assert Incident.objects.get().matched_pattern_id is None


def test_spec_9_10_a_novel_remedy_takes_two_different_people(tenant):
    factories.make_pattern(tenant, error_code="E1", agent_capability="math")
    trace = factories.run_loop(tenant, error_code="X9", agent_capability="math")
    first, second = factories.make_actor(tenant), factories.make_actor(tenant)
    decide(trace, "apply", by=first)  # the likeness
    recovery = RecoveryCandidate.objects.get(trace=trace)
    assert (recovery.confidence, recovery.requires_confirmation) == (0.5, 2)

    decision = decide(trace, "apply", by=first)
    assert (decision.is_final, decision.approvals_missing) == (False, 1)
    with pytest.raises(WrongState):
        decide(trace, "apply", by=first)
    recovery.refresh_from_db()
    assert recovery.confirmations_received == 1

    assert decide(trace, "apply", by=second).is_final
    recovery.refresh_from_db()
    assert recovery.status == RecoveryStatus.APPLIED


def test_deferring_keeps_the_loop_waiting_and_the_note(tenant):
    trace = factories.run_loop(tenant)

    decide(trace, "defer", by=factories.make_actor(tenant), note="after the release")

    checkpoint = factories.checkpoint_of(trace)
    assert trace.is_blocked
    assert checkpoint.deferred_at is not None
    assert checkpoint.decisions.get().note == "after the release"


def test_a_stale_page_cannot_decide(tenant):
    trace = factories.run_loop(tenant)
    checkpoint = factories.checkpoint_of(trace)
    RecoveryCandidate.objects.filter(trace=trace).update(action_params={"max_retries": 99})

    with pytest.raises(WrongState) as refused:
        checkpoints.resolve(
            checkpoint_id=checkpoint.pk,
            resolution="apply",
            note="",
            by=factories.make_actor(tenant),
            now=timezone.now(),
            seen_digest=checkpoint.contract_digest,
        )

    assert refused.value.code == "stale_contract"
    assert factories.checkpoint_of(trace).is_pending
