"""The pages of routing: weights, what lies ahead of them, and taking a change back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from loops.domain.states import CheckpointType
from loops.engine import routing_watch
from loops.models import (
    Agent,
    HumanCheckpoint,
    PolicyConfirmation,
    PolicyRule,
    RoutingAdjustment,
)
from m25console.access import Actor
from m25console.models import Tenant
from m25console.vocabulary import Role
from tests import factories

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def reviewer(tenant: Tenant) -> Actor:
    return factories.make_actor(tenant)


def browser_of(actor: Actor) -> Client:
    client = Client()
    assert actor.user is not None
    client.force_login(actor.user)
    return client


@pytest.fixture
def browser(reviewer: Actor) -> Client:
    return browser_of(reviewer)


@pytest.fixture
def made(tenant: Tenant) -> RoutingAdjustment:
    """A change of agent a1, which did well in the hour before; b1 shares its capability."""
    before = timezone.now() - HOUR
    for name in ("a1", "b1"):
        factories.tell_traffic(
            tenant, agent_id=name, capability="book", decisions=100, successes=95, hour=before
        )
    factories.routed_loop(tenant, agent_id="a1")
    return RoutingAdjustment.objects.get()


def regress(tenant: Tenant) -> None:
    later = timezone.now() + 2 * HOUR
    factories.tell_traffic(tenant, decisions=412, successes=338, hour=later)
    routing_watch.watch(later)


def page_of(browser: Client, one: RoutingAdjustment) -> str:
    return browser.get(f"/adjustments/{one.pk}").text


def test_the_list_says_how_much_weight_each_agent_keeps(browser, tenant, made):
    page = browser.get("/routing").text
    assert "a1" in page
    assert "90%" in page
    assert "1 in effect" in page
    assert "0.95" in page
    assert "Inconclusive" in page


def test_only_changed_agents_are_shown_on_demand(browser, tenant, made):
    assert "b1" in browser.get("/routing").text
    changed = browser.get("/routing?changed=1").text
    assert ("a1" in changed, ">b1<" in changed) == (True, False)


def test_an_empty_list_teaches_how_to_report(browser):
    page = browser.get("/routing").text
    assert "curl" in page
    assert "/api/v1/agents/traffic" in page
    assert "Every agent has its full weight" in browser.get("/routing?changed=1").text
    assert "Routing was never changed" in browser.get("/adjustments").text


def test_agents_are_paged_whatever_they_are_called(browser, tenant):
    for number in range(30):
        name = f"agent\u200b{number}"
        factories.tell_traffic(tenant, agent_id=name, decisions=1, successes=1)
    Agent.objects.update(last_seen_at=timezone.now())
    first = browser.get("/routing")
    rest = browser.get(f"/routing{first.context['next_url']}")
    shown = [row.agent.pk for page in (first, rest) for row in page.context["rows"]]
    assert len(shown) == len(set(shown)) == 30


def test_spec_58_the_page_of_an_agent_shows_the_days_ahead(browser, tenant, made):
    agent = Agent.objects.get(agent_id="a1")
    page = browser.get(f"/routing/agents/{agent.pk}").text
    for share in ("-10%", "-8.6%", "-7.1%", "-5.7%", "-4.3%", "-2.9%", "-1.4%", "0%"):
        assert f'<td class="numeric">{share}</td>' in page
    assert "Under a tenth from" in page


def test_the_page_of_an_agent_says_who_gets_its_traffic(browser, tenant, made):
    agent = Agent.objects.get(agent_id="a1")
    assert "reduced itself" not in browser.get(f"/routing/agents/{agent.pk}").text
    other = RoutingAdjustment.objects.get()
    other.pk, other.loop_trace, other.agent_id = "adj_other", None, "b1"
    other.save(force_insert=True)
    page = browser.get(f"/routing/agents/{agent.pk}").text
    assert "b1" in page
    assert "reduced itself" in page


def test_a_name_from_outside_stays_text(browser, tenant):
    factories.tell_traffic(tenant, agent_id="<b>\u202egnp</b>", decisions=1, successes=1)
    page = browser.get(f"/routing/agents/{Agent.objects.get().pk}").text
    assert "<b>" not in page
    assert "\u202e" not in page


def test_the_page_of_a_change_says_what_it_led_to(browser, tenant, made):
    page = page_of(browser, made)
    assert "Inconclusive" in page
    assert "0 of the 20 decisions needed" in page
    regress(tenant)
    page = page_of(browser, made)
    assert "Taken back by routing watch" in page
    assert "Success share 0.95 → 0.8204 over 412 decisions" in page
    assert "-13.6%" in page
    assert "Take back</button>" not in page


def test_the_loop_of_a_regression_says_so(browser, tenant, made):
    regress(tenant)
    page = browser.get(f"/loops/{made.loop_trace_id}").text
    assert "Routing change taken back: its agent did worse" in page
    assert "taken back" in page
    assert "The agent succeeded less often" in browser.get("/loops?outcome=failed").text


def test_a_reviewer_takes_a_change_back(browser, reviewer, made):
    answer = browser.post(f"/adjustments/{made.pk}/rollback", {"reason": "The network."})
    assert answer.status_code == 302
    made.refresh_from_db()
    assert (made.was_rolled_back, made.rollback_reason) == (True, "The network.")
    assert f"Taken back by {reviewer.label}" in page_of(browser, made)


def test_without_a_reason_nothing_is_taken_back(browser, made):
    answer = browser.post(f"/adjustments/{made.pk}/rollback", {"reason": " "})
    assert answer.status_code == 422
    assert "field-error" in answer.text
    made.refresh_from_db()
    assert made.is_active


def test_whoever_is_late_reads_that_it_is_done(browser, made):
    browser.post(f"/adjustments/{made.pk}/rollback", {"reason": "First."})
    answer = browser.post(f"/adjustments/{made.pk}/rollback", {"reason": "Second."})
    assert answer.status_code == 409
    assert "taken back already" in answer.text


def test_a_viewer_reads_why_the_button_is_off(tenant, made):
    page = page_of(browser_of(factories.make_actor(tenant, role=Role.VIEWER)), made)
    assert "Only this tenant" in page
    assert "disabled" in page


def test_changes_are_listed_by_state(browser, tenant, made):
    assert made.pk in browser.get("/adjustments?state=active").text
    assert made.pk not in browser.get("/adjustments?state=rolled_back").text
    regress(tenant)
    assert made.pk in browser.get("/adjustments?state=rolled_back").text
    assert made.pk not in browser.get("/adjustments?state=active").text


def test_whoever_confirmed_the_policy_may_answer_what_it_does(browser, tenant, reviewer):
    factories.run_loops(tenant, times=3, agent_id="a1")
    policy = factories.activate(PolicyRule.objects.get())
    PolicyConfirmation.objects.create(
        tenant=tenant, policy=policy, revision=policy.revision, reviewer=reviewer.user,
        at=timezone.now(),
    )  # fmt: skip
    question = factories.checkpoint_of(factories.run_loop(tenant, agent_id="a1"))

    page = browser.get(f"/checkpoints/{question.pk}").context["page"]
    assert question.checkpoint_type == CheckpointType.SIMULATE_ROUTING
    assert all(option.verdict.allowed for option in page.options)
    assert question.pk in browser.get("/checkpoints?mine=1").text


def test_whoever_is_asked_sees_what_a_yes_would_come_to(browser, tenant):
    factories.tell_traffic(tenant, capability="book", decisions=50, successes=40)
    factories.run_loops(tenant, times=3, agent_id="a1")
    factories.activate(PolicyRule.objects.get())
    trace = factories.run_loop(tenant, agent_id="a1")
    page = browser.get(f"/checkpoints/{factories.checkpoint_of(trace).pk}").text
    assert "What it would come to" in page
    assert "100% → <strong>90%</strong> if agreed" in page
    assert "80.0% of 50 decisions succeeded" in page
    assert "proposed" in page
    assert "taken back if their success share drops" in page


def test_below_the_floor_the_forecast_stays_at_it(browser, tenant, made):
    for number in range(4):
        RoutingAdjustment.objects.create(
            id=f"adj_{number}",
            tenant=tenant,
            agent_id="a1",
            adjustment_type="confidence_penalty",
            magnitude=Decimal("-0.2"),
            source_policy=made.source_policy,
            expires_at=timezone.now() + timedelta(days=7),
        )
    trace = factories.run_loop(tenant, agent_id="a1")
    checkpoint = HumanCheckpoint.objects.get(trace=trace)
    page = browser.get(f"/checkpoints/{checkpoint.pk}").text
    assert "Routing floor" in page
    assert "held by the floor" in page
    assert "20%" in page
