"""Reporting harm on a page."""

import pytest
from django.test import Client

from loops.domain.states import PolicyDecision, PolicyMode
from loops.models import PolicyRule, RegretEvent
from m25console.access import Actor
from m25console.vocabulary import Role
from tests import factories, learned
from tests.m25console.builders import signed_in

pytestmark = pytest.mark.django_db
HARM = {"regret_type": "false_positive", "severity": "3", "description": "A good one was stopped."}


@pytest.fixture
def reviewer() -> Actor:
    return factories.make_actor(factories.make_tenant())


@pytest.fixture
def policy(reviewer: Actor) -> PolicyRule:
    return learned.policy_in_force(reviewer.tenant)


@pytest.fixture
def browser(reviewer: Actor) -> Client:
    return signed_in(reviewer)


def test_the_page_says_how_much_more_harm_it_may_do(browser, policy):
    page = browser.get(f"/policies/{policy.pk}/regret").text

    assert "3 more reports disable it, or one of severity 10 or more." in page
    assert "No harm was reported" in page


def test_a_report_is_kept_and_shown(browser, policy):
    page = browser.post(f"/policies/{policy.pk}/regret", HARM, follow=True).text

    assert "counts against the policy" in page
    assert "A good one was stopped." in page
    assert "2 more reports disable it, or one of severity 7 or more." in page


def test_too_much_harm_disables_and_says_so(browser, policy):
    page = browser.post(f"/policies/{policy.pk}/regret", HARM | {"severity": "10"}, follow=True)

    assert "The policy is disabled. Its regret score reached 5.0 of 5.0." in page.text
    policy.refresh_from_db()
    assert policy.mode == PolicyMode.DISABLED


def test_a_decision_is_reported_from_its_own_page_once(browser, policy):
    evaluation = learned.decided_by(policy)
    address = f"/evaluations/{evaluation.pk}/regret"

    first, second = browser.post(address, HARM), browser.post(address, HARM)

    assert (first.status_code, second.status_code) == (302, 409)
    assert "This decision was reported already" in second.text
    assert RegretEvent.objects.get().evaluation == evaluation


def test_an_allowed_request_cannot_be_reported(browser, policy):
    allowed = learned.decided_by(policy, decision=PolicyDecision.ALLOW)

    answer = browser.get(f"/evaluations/{allowed.pk}/regret")

    assert answer.status_code == 409
    assert "No policy decided this request" in answer.text


def test_a_wrong_report_is_told_at_its_place(browser, policy):
    answer = browser.post(f"/policies/{policy.pk}/regret", HARM | {"severity": "11"})

    assert answer.status_code == 422
    assert "less than or equal to 10" in answer.text
    assert not RegretEvent.objects.exists()


def test_a_viewer_reads_and_is_told_why_not_more(reviewer, policy):
    viewer = signed_in(factories.make_actor(reviewer.tenant, role=Role.VIEWER))

    page = viewer.get(f"/policies/{policy.pk}/regret")

    assert "reviewers can decide" in page.text
    assert '<button class="btn btn-primary">' not in page.text
    assert viewer.post(f"/policies/{policy.pk}/regret", HARM).status_code == 403
