"""Claiming and snoozing on the page of a decision, and answering in a colleague's place."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from loops.actions import claims, delegations
from loops.models import CheckpointDecision, CheckpointSnooze, HumanCheckpoint
from m25console.access import Actor
from m25console.models import Tenant
from m25console.vocabulary import Role
from tests import factories
from tests.m25console.builders import signed_in

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def robin(tenant: Tenant) -> Actor:
    return factories.make_actor(tenant, user=factories.make_user(username="robin"))


@pytest.fixture
def vera(tenant: Tenant) -> Actor:
    return factories.make_actor(tenant, user=factories.make_user(username="vera"))


@pytest.fixture
def browser(vera: Actor) -> Client:
    return signed_in(vera)


@pytest.fixture
def asked(tenant: Tenant) -> HumanCheckpoint:
    return factories.checkpoint_of(factories.run_loop(tenant))


def test_without_javascript_a_claim_leads_back_to_the_decision(browser, vera, asked):
    answer = browser.post(f"/checkpoints/{asked.pk}/claim")

    assert answer["Location"] == f"/checkpoints/{asked.pk}"
    asked.refresh_from_db()
    assert asked.claimed_by == vera.user
    assert "You claimed this" in browser.get(answer["Location"]).text


def test_with_htmx_the_tools_come_back_as_they_are_then(browser, asked):
    answer = browser.post(f"/checkpoints/{asked.pk}/claim", headers=HTMX)

    assert answer["HX-Trigger"] == "live:queue"
    assert 'id="release"' in answer.text
    assert "<html" not in answer.text


def test_another_persons_claim_is_refused_and_can_be_taken_over(browser, robin, vera, asked):
    claims.claim(checkpoint_id=asked.pk, by=robin, now=timezone.now())

    refused = browser.post(f"/checkpoints/{asked.pk}/claim", headers=HTMX)
    assert refused.status_code == 409
    assert "robin claimed this until" in refused.text
    assert browser.post(f"/checkpoints/{asked.pk}/claim").status_code == 409
    browser.post(f"/checkpoints/{asked.pk}/claim", {"take_over": "1"}, headers=HTMX)

    asked.refresh_from_db()
    assert asked.claimed_by == vera.user


def test_answering_over_a_claim_needs_its_tick(browser, robin, asked):
    claims.claim(checkpoint_id=asked.pk, by=robin, now=timezone.now())
    page = browser.get(f"/checkpoints/{asked.pk}")
    assert "robin looks at this. I answer all the same." in page.text
    sent = {"resolution": "apply", "note": "", "contract_digest": asked.contract_digest}

    assert browser.post(f"/checkpoints/{asked.pk}", sent).status_code == 409
    browser.post(f"/checkpoints/{asked.pk}", sent | {"despite_claim": "1"})

    assert not HumanCheckpoint.objects.get(pk=asked.pk).is_pending


def test_a_question_is_snoozed_until_a_moment_of_ones_own_and_woken(browser, asked):
    local = timezone.localtime(timezone.now() + timedelta(days=2)).replace(second=0, microsecond=0)

    browser.post(f"/checkpoints/{asked.pk}/snooze", {"until": local.strftime("%Y-%m-%dT%H:%M")})
    assert CheckpointSnooze.objects.get().until == local
    assert 'id="wake"' in browser.get(f"/checkpoints/{asked.pk}").text
    browser.post(f"/checkpoints/{asked.pk}/wake")

    assert not CheckpointSnooze.objects.exists()


@pytest.mark.parametrize(
    "sent", [{}, {"until": "soon"}, {"ends": "never"}, {"until": "2020-01-01"}]
)
def test_a_snooze_that_names_no_moment_to_come_is_refused(sent, browser, asked):
    answer = browser.post(f"/checkpoints/{asked.pk}/snooze", sent, headers=HTMX)
    assert answer.status_code == 422
    assert not CheckpointSnooze.objects.exists()


def test_a_viewer_finds_the_page_open_while_robin_is_away(tenant, robin, asked):
    kim = factories.make_user(username="kim")
    page = signed_in(factories.make_actor(tenant, role=Role.VIEWER, user=kim))
    before = page.get(f"/checkpoints/{asked.pk}").text
    assert "Only this tenant&#x27;s reviewers can decide." in before
    now = timezone.now()
    delegations.give(
        to="kim", starts_at=now, ends_at=now + timedelta(days=1), reason="Away.", by=robin, now=now
    )

    shown = page.get(f"/checkpoints/{asked.pk}").text
    assert "robin, who is away" in shown
    assert "yourself" not in shown
    sent = {"resolution": "apply", "note": "", "contract_digest": asked.contract_digest}
    answer = page.post(f"/checkpoints/{asked.pk}", sent | {"on_behalf_of": "robin"})

    assert answer.status_code == 302
    decided = CheckpointDecision.objects.get()
    assert (decided.person, decided.on_behalf_of) == (kim, robin.user)
    assert "kim for robin" in page.get(f"/checkpoints/{asked.pk}").text
