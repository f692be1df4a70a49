import pytest
from django.test import Client
from django.utils import timezone

from loops.domain.states import ActivationPath, PolicyMode
from loops.models import PolicyActivationAudit, PolicyConfirmation, PolicyRule, TimelineView
from m25console.access import Actor
from m25console.vocabulary import Role, Scope
from tests import factories
from tests.m25console.builders import signed_in
from tests.machines import machine_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def policy() -> PolicyRule:
    return factories.make_policy(factories.make_tenant())


@pytest.fixture
def reviewer(policy: PolicyRule) -> Actor:
    return factories.make_actor(policy.tenant)


@pytest.fixture
def browser(reviewer: Actor) -> Client:
    return signed_in(reviewer)


def activated(policy: PolicyRule, by: Actor) -> None:
    PolicyConfirmation.objects.create(
        tenant=policy.tenant, policy=policy, revision=1, reviewer=by.user, at=timezone.now()
    )
    PolicyActivationAudit.objects.create(
        policy=policy,
        tenant=policy.tenant,
        source_pattern_id=policy.source_pattern_id,
        confidence_at_activation=0.9,
        confidence_version="CONFIDENCE_V1",
        approval_path=ActivationPath.THRESHOLD,
        old_mode=PolicyMode.SHADOW,
        new_mode=PolicyMode.ACTIVE,
        activated_at=timezone.now(),
    )


def address_of(policy: PolicyRule) -> str:
    return f"/incidents/{policy.source_incident_id}/timeline"


def test_the_whole_way_is_told_in_its_order(policy, reviewer, browser):
    activated(policy, reviewer)
    stopped = factories.make_prevention(policy)
    factories.make_regret(policy, was_auto_rolled_back=True)

    page = browser.get(address_of(policy)).text

    marks = [
        "Medium incident",
        "Recovery suggested:",
        "was drafted from this failure",
        f"{reviewer.user} confirmed policy",
        "came into force, by the last confirmation needed",
        "stopped a recurrence before it could fail",
        "did harm (severity 3 of 10)",
        "was taken out of force by itself",
    ]
    places = [page.index(mark) for mark in marks]
    assert places == sorted(places)
    assert stopped.blocked_incident_id in page
    assert "Proof of learning" in page
    assert f'href="/policies/{policy.pk}">See the policy</a>' in page


def test_a_policy_that_was_only_strengthened_was_not_born_here(policy, browser):
    later = factories.run_loop(policy.tenant)
    page = browser.get(f"/incidents/{later.incident_id}/timeline").text
    assert "was drafted from this failure" not in page
    assert "No proof yet" in page


def test_what_was_simulated_is_marked_and_apart(policy, browser):
    factories.make_prevention(policy, is_simulated=True)
    factories.make_regret(policy, is_simulated=True)

    page = browser.get(address_of(policy)).text

    assert page.index("Counts for nothing") < page.index("stopped a recurrence")
    assert "Prevented since</dt><dd>0 times" in page
    assert "No proof yet" in page


def test_reading_the_page_changes_nothing_until_it_says_so_itself(policy, browser, reviewer):
    factories.make_prevention(policy)
    page = browser.get(address_of(policy)).text
    assert "I have read this" in page
    assert 'hx-trigger="load, submit"' in page
    assert not TimelineView.objects.exists()

    answer = browser.post(f"{address_of(policy)}/view", headers={"HX-Request": "true"})

    assert "it counts as evidence" in answer.text
    assert TimelineView.objects.get().user == reviewer.user
    assert "I have read this" not in browser.get(address_of(policy)).text


def test_without_javascript_the_button_leads_back(policy, browser):
    answer = browser.post(f"{address_of(policy)}/view", follow=True)
    assert "Noted that you read this today." in answer.text


def test_a_viewers_page_records_nothing(policy):
    viewer = factories.make_actor(policy.tenant, role=Role.VIEWER)
    page = signed_in(viewer).get(address_of(policy)).text
    assert "Only this tenant's reviewers" in page.replace("&#x27;", "'")
    assert "I have read this" not in page


def test_machines_read_the_same(policy, reviewer):
    factories.make_prevention(policy)
    factories.make_prevention(policy, is_simulated=True)
    machine = machine_of(policy.tenant, scopes=Scope, decides_for=reviewer.user)

    told = machine.get(f"/timeline/{policy.source_incident_id}").json()
    viewed = machine.post(f"/timeline/{policy.source_incident_id}/view").json()

    assert told["summary"]["has_prevention"]
    assert not told["summary"]["has_rollback"]
    assert told["summary"]["lesson"] == "prevention"
    assert told["summary"]["event_count"] == len(told["events"])
    assert [one["is_simulated"] for one in told["simulated"]] == [True]
    assert viewed["counts_toward_graduation"]
    assert not machine.post(f"/timeline/{policy.source_incident_id}/view").json()["is_new"]


def test_the_loops_story_tells_before_and_since_and_leads_here(policy, browser):
    policy = factories.activate(policy)
    PolicyRule.objects.update(prevention_count=2, last_prevention_at=timezone.now())
    page = browser.get(f"/loops/{policy.source_incident.loop_trace_id}").text
    assert "This failure was reported 3 times" in page
    assert "It has prevented this failure 2 times" in page
    assert f'href="{address_of(policy)}"' in page


def test_the_first_page_counts_what_was_activated_and_prevented(policy, browser):
    factories.activate(policy)
    factories.make_prevention(policy)
    factories.make_prevention(policy, is_simulated=True)
    page = browser.get("/").text
    assert "<strong>1</strong><span>policy activated" in page
    assert "<strong>1</strong><span>recurrence prevented" in page
    assert "on average" in page
    assert "How well they matched: strong 3." in page
