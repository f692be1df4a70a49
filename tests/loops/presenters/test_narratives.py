import pytest
from django.utils import timezone

from loops.domain.states import PolicyMode, Stage
from loops.engine import dispatcher, resuming
from loops.models import HumanCheckpoint, LoopTrace, PolicyRule
from loops.presenters.narratives import load_story
from tests import factories


@pytest.fixture
def tenant(db):
    return factories.make_tenant()


def story_of(trace):
    return load_story(LoopTrace.objects.get(pk=trace.pk), now=timezone.now())


def facts_of(trace):
    return [one.fact for one in story_of(trace).narrative.timeline]


def test_a_story_brings_its_rows_along(tenant):
    trace = factories.run_loops(tenant, times=3)[-1]
    story = story_of(trace)
    assert story.incident.pk == trace.incident_id
    assert len(story.events) == 5
    assert story.recovery is not None
    assert story.recovery.trace_id == trace.pk
    assert story.policy is not None
    assert story.payload["policy_id"] == story.policy.pk
    assert story.adjustments == story.checkpoints == ()


@pytest.mark.parametrize("times", [1, 3])
def test_a_story_costs_three_queries_at_most(tenant, times, django_assert_max_num_queries):
    trace = LoopTrace.objects.get(pk=factories.run_loops(tenant, times=times)[-1].pk)
    with django_assert_max_num_queries(3):
        load_story(trace, now=timezone.now())


def test_each_stage_of_a_complete_loop_adds_a_line(tenant):
    first, second, third = factories.run_loops(tenant, times=3)
    pattern = first.incident.loop.events.get(stage=Stage.INCIDENT_CREATED).details["result"]
    assert facts_of(first)[0] == f"Not known before: pattern {pattern['pattern_id']} was begun."
    assert "Recognised as occurrence 2" in facts_of(second)[0]
    told = facts_of(third)
    assert len(told) == 5
    assert told[1] == (
        "Recovery suggested: retry up to 3 times, 5 seconds apart — noted; it needed nobody's "
        "confirmation, and nothing was executed."
    )
    assert 'Policy "Prevention: timeout" was made' in told[2]
    assert told[3].startswith("No change:")


def test_a_waiting_loop_asks_for_attention(tenant):
    story = story_of(factories.run_loop(tenant))
    last = story.narrative.timeline[-1]
    assert last.requires_attention
    assert "waits for a person" in last.fact
    assert [one.is_pending for one in story.checkpoints] == [True]


def test_a_decision_is_told_with_who_made_it(tenant):
    trace = factories.run_loop(tenant)
    reviewer = factories.make_actor(tenant)
    resuming.resolve(
        checkpoint_id=factories.checkpoint_of(trace).pk,
        resolution="reject",
        note="Not this one",
        by=reviewer,
        now=timezone.now(),
    )
    narrative = story_of(trace).narrative
    [decision] = narrative.human_decisions
    assert str(reviewer.user) in decision
    assert "Not this one" in decision
    assert "A person decided against going on." in narrative.timeline[-1].fact


def test_a_failed_stage_says_why(tenant):
    def broken(loop, work, now):
        raise ValueError("The catalogue is in tatters.")

    [receipt] = factories.report(tenant)
    factories.advance(bridges={**dispatcher.BRIDGES, Stage.INCIDENT_CREATED: broken})
    [fact] = facts_of(LoopTrace.objects.get(pk=receipt.loop_id))
    assert "The catalogue is in tatters." in fact


def test_an_adjustment_is_told_with_its_agents(tenant):
    factories.run_loops(tenant, times=3, agent_id="agent-7")
    PolicyRule.objects.update(mode=PolicyMode.ACTIVE, activated_at=timezone.now())
    trace = factories.run_loop(tenant, agent_id="agent-7")
    checkpoint = HumanCheckpoint.objects.pending().get(trace=trace)
    resuming.resolve(
        checkpoint_id=checkpoint.pk,
        resolution=checkpoint.options[0],
        note="",
        by=factories.make_actor(tenant),
        now=timezone.now(),
    )
    story = story_of(trace)
    assert [one.agent_id for one in story.adjustments] == ["agent-7"]
    assert "Routing was adjusted for agent-7." in facts_of(trace)
    assert story.narrative.agent_improvement is not None
