"""Bridge 4 for policies that are in force: it asks first, and keeps to the floor."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from loops.domain import routing
from loops.domain.states import (
    AdjustmentType,
    Capability,
    CheckpointPriority,
    CheckpointType,
    FailureState,
    LoopOutcome,
    PolicyMode,
    PolicyScope,
    Stage,
)
from loops.engine import dispatcher, resuming
from loops.engine.bridges import policy_to_routing
from loops.engine.loop import Loop, Outcome
from loops.engine.workset import Workset
from loops.models import LoopTrace, PolicyRule, RoutingAdjustment
from m25console.models import Tenant
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def policy(tenant: Tenant) -> PolicyRule:
    """A policy in force, learned from two incidents of agent a1 and one of a2."""
    factories.run_loops(tenant, times=2, agent_id="a1")
    factories.run_loops(tenant, times=1, agent_id="a2")
    PolicyRule.objects.update(mode=PolicyMode.ACTIVE, activated_at=timezone.now())
    return PolicyRule.objects.get()


def unlock_routing(tenant: Tenant) -> None:
    factories.unlock(tenant, Capability.FULL_AUTO_ROUTING)


def penalise(tenant: Tenant, policy: PolicyRule, agent: str, *magnitudes: str) -> None:
    now = timezone.now()
    for magnitude in magnitudes:
        RoutingAdjustment.objects.create(
            tenant=tenant,
            agent_id=agent,
            adjustment_type=AdjustmentType.CONFIDENCE_PENALTY,
            magnitude=Decimal(magnitude),
            source_policy=policy,
            created_at=now,
            expires_at=now + timedelta(days=700),  # fades too slowly to matter here
        )


def answer(trace: LoopTrace, option: str, tenant: Tenant) -> None:
    resuming.resolve(
        checkpoint_id=factories.checkpoint_of(trace).pk,
        resolution=option,
        note="because",
        by=factories.make_actor(tenant),
        now=timezone.now(),
    )
    trace.refresh_from_db()


def test_routing_asks_a_person_until_full_auto_routing_is_earned(tenant, policy):
    trace = factories.run_loop(tenant, agent_id="a1")

    checkpoint = factories.checkpoint_of(trace)
    assert checkpoint.checkpoint_type == CheckpointType.SIMULATE_ROUTING
    assert (checkpoint.stage, checkpoint.target_id) == (Stage.POLICY_GENERATED, policy.pk)
    assert checkpoint.contract["subject"]["agents"] == ["a1", "a2"]
    assert not RoutingAdjustment.objects.exists()

    answer(trace, "apply", tenant)

    assert trace.outcome == LoopOutcome.COMPLETE
    made = RoutingAdjustment.objects.order_by("agent_id")
    assert [(one.agent_id, one.magnitude) for one in made] == [
        ("a1", Decimal("-0.1000")),
        ("a2", Decimal("-0.1000")),
    ]
    assert made[0].loop_trace == trace
    assert made[0].expires_at - made[0].created_at == timedelta(days=7)


def test_cancelling_leaves_routing_as_it_is(tenant, policy):
    trace = factories.run_loop(tenant, agent_id="a1")

    answer(trace, "cancel", tenant)

    assert trace.failure_state == FailureState.ROUTING_ADJUSTMENT_SKIPPED
    assert trace.outcome == LoopOutcome.ENDED
    assert not RoutingAdjustment.objects.exists()


def test_with_full_auto_routing_nobody_is_asked(tenant, policy):
    unlock_routing(tenant)

    trace = factories.run_loop(tenant, agent_id="a1")

    assert trace.outcome == LoopOutcome.COMPLETE
    assert RoutingAdjustment.objects.count() == 2


def test_spec_60_the_floor_itself_may_be_reached(tenant, policy):
    unlock_routing(tenant)
    penalise(tenant, policy, "a1", "-0.2000", "-0.2000", "-0.2000", "-0.1000")

    factories.run_loop(tenant, agent_id="a1")

    assert RoutingAdjustment.objects.filter(agent_id="a1").count() == 5


def test_spec_61_below_the_floor_a_person_must_override_it(tenant, policy):
    unlock_routing(tenant)
    for agent in ("a1", "a2"):
        penalise(tenant, policy, agent, "-0.2000", "-0.2000", "-0.2000", "-0.2000")

    trace = factories.run_loop(tenant, agent_id="a1")

    checkpoint = factories.checkpoint_of(trace)
    assert checkpoint.checkpoint_type == CheckpointType.OVERRIDE_GUARDRAIL
    assert checkpoint.priority == CheckpointPriority.CRITICAL
    assert "floor" in checkpoint.description

    answer(trace, "respect", tenant)
    assert trace.failure_state == FailureState.ROUTING_GUARDRAIL_BLOCKED
    assert RoutingAdjustment.objects.count() == 8

    second = factories.run_loop(tenant, agent_id="a1")
    answer(second, "override", tenant)
    assert second.outcome == LoopOutcome.COMPLETE
    assert RoutingAdjustment.objects.filter(loop_trace=second).count() == 2


def test_agents_at_their_floor_are_spared_and_the_others_adjusted(tenant, policy):
    unlock_routing(tenant)
    penalise(tenant, policy, "a1", "-0.2000", "-0.2000", "-0.2000", "-0.2000")

    trace = factories.run_loop(tenant, agent_id="a2")

    assert [one.agent_id for one in RoutingAdjustment.objects.filter(loop_trace=trace)] == ["a2"]
    result = trace.events.get(stage=Stage.POLICY_GENERATED).details["result"]
    assert len(result["refused"]) == 1


def test_spec_65_a_rolled_back_adjustment_weighs_nothing(tenant, policy):
    unlock_routing(tenant)
    penalise(tenant, policy, "a1", *["-0.2000"] * 4)
    RoutingAdjustment.objects.update(
        is_active=False, was_rolled_back=True, rollback_reason="manual"
    )

    trace = factories.run_loop(tenant, agent_id="a1")

    assert RoutingAdjustment.objects.filter(loop_trace=trace).count() == 2


def test_only_the_agents_a_person_was_shown_are_adjusted(tenant, policy):
    trace = factories.run_loop(tenant, agent_id="a9")
    assert factories.checkpoint_of(trace).contract["subject"]["agents"] == ["a1", "a2"]

    answer(trace, "apply", tenant)  # and a9 has met the failure too by now

    adjusted = RoutingAdjustment.objects.order_by("agent_id").values_list("agent_id", flat=True)
    assert list(adjusted) == ["a1", "a2"]


def test_a_story_told_late_tells_of_the_routing_change(tenant, policy):
    unlock_routing(tenant)
    [receipt] = factories.report(tenant, agent_id="a1")

    def broken(*_: object) -> None:
        raise ValueError("no story today")

    dispatcher.advance_due(bridges={**dispatcher.BRIDGES, Stage.ROUTING_ADJUSTED: broken})
    trace = resuming.retry(
        trace_id=receipt.loop_id,
        stage=Stage.ROUTING_ADJUSTED,
        by=factories.make_actor(tenant),
        now=timezone.now(),
    )

    assert trace.outcome == LoopOutcome.COMPLETE
    assert "a1" in trace.narrative["agent_improvement"]


@pytest.mark.parametrize("mode", [PolicyMode.SHADOW, PolicyMode.PENDING, PolicyMode.DISABLED])
def test_a_policy_not_in_force_changes_nothing_and_says_so(tenant, policy, mode):
    unlock_routing(tenant)
    [receipt] = factories.report(tenant, agent_id="a1")

    dispatcher.advance_due(bridges={**dispatcher.BRIDGES, Stage.POLICY_GENERATED: finding(mode)})

    trace = LoopTrace.objects.get(pk=receipt.loop_id)
    result = trace.events.get(stage=Stage.POLICY_GENERATED).details["result"]
    assert result == {"change": False, "note": routing.NO_CHANGE[mode]}
    assert trace.outcome == LoopOutcome.COMPLETE
    assert not RoutingAdjustment.objects.exists()


def finding(mode: PolicyMode) -> dispatcher.Bridge:
    """Bridge 4, finding the batch's policies in this mode."""

    def run(loop: Loop, work: Workset, now: datetime) -> Outcome:
        for rule in work.policies.values():
            rule.mode = mode
        return policy_to_routing.run(loop, work, now)

    return run


def test_without_a_policy_routing_is_skipped(tenant):
    trace = factories.run_loop(tenant, error_type="unheard_of")
    answer(trace, "apply", tenant)
    assert trace.failure_state == FailureState.ROUTING_ADJUSTMENT_SKIPPED


def test_without_an_agent_nothing_changes(tenant):
    unlock_routing(tenant)
    factories.run_loops(tenant, times=3)
    factories.activate(PolicyRule.objects.get())

    trace = factories.run_loop(tenant)

    assert trace.outcome == LoopOutcome.COMPLETE
    result = trace.events.get(stage=Stage.POLICY_GENERATED).details["result"]
    assert (result["change"], "no agent" in result["note"]) == (False, True)


def test_agents_of_the_capability_stand_in_where_no_incident_names_one(tenant):
    unlock_routing(tenant)
    for name, capability in (("b1", "book"), ("b2", "book"), ("p1", "pay")):
        factories.tell_traffic(
            tenant, agent_id=name, capability=capability, decisions=5, successes=5
        )
    factories.run_loops(tenant, times=3, agent_capability="book")
    factories.activate(PolicyRule.objects.get())

    trace = factories.run_loop(tenant, agent_capability="book")

    assert set(adjusted_in(trace)) == {"b1", "b2"}


def test_the_busiest_agents_come_first_and_ten_are_enough(tenant):
    unlock_routing(tenant)
    names = [f"a{number:02}" for number in range(12)]
    for number, name in enumerate(names):
        factories.run_loop(tenant, agent_id=name)
        factories.tell_traffic(tenant, agent_id=name, decisions=number, successes=number)
    factories.activate(PolicyRule.objects.get())

    trace = factories.run_loop(tenant, agent_id="a00")

    assert set(adjusted_in(trace)) == set(names[2:])
    told = trace.events.get(stage=Stage.POLICY_GENERATED).details["result"]["adjustments"]
    assert told[0]["agent_id"] == "a11"


def test_a_policy_about_one_agent_touches_that_one(tenant, policy):
    unlock_routing(tenant)
    PolicyRule.objects.update(scope_type=PolicyScope.AGENT, scope_id="a7")

    trace = factories.run_loop(tenant, agent_id="a1")

    assert adjusted_in(trace) == ["a7"]


def test_a_policy_about_everyone_asks_a_person_first(tenant, policy):
    unlock_routing(tenant)
    PolicyRule.objects.update(scope_type=PolicyScope.GLOBAL)

    trace = factories.run_loop(tenant, agent_id="a1")

    assert factories.checkpoint_of(trace).checkpoint_type == CheckpointType.SIMULATE_ROUTING
    answer(trace, "apply", tenant)
    assert adjusted_in(trace) == ["a1", "a2"]


def test_a_baseline_of_too_few_decisions_is_none(tenant, policy):
    unlock_routing(tenant)
    factories.tell_traffic(tenant, agent_id="a1", decisions=19, successes=19)
    factories.tell_traffic(tenant, agent_id="a2", decisions=20, successes=19)

    trace = factories.run_loop(tenant, agent_id="a1")

    made = RoutingAdjustment.objects.filter(loop_trace=trace).order_by("agent_id")
    assert [(one.kpi_baseline, one.kpi_baseline_decisions) for one in made] == [
        (None, 19),
        (0.95, 20),
    ]


def adjusted_in(trace: LoopTrace) -> list[str]:
    rows = RoutingAdjustment.objects.filter(loop_trace=trace)
    return list(rows.order_by("agent_id").values_list("agent_id", flat=True))
