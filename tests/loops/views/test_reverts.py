import pytest
from django.test import Client
from django.utils import timezone

from loops.actions import reverts
from loops.models import HumanCheckpoint, LoopTrace, PolicyRule
from m25console.access import Actor
from m25console.vocabulary import Role, Scope
from tests import factories
from tests.m25console.builders import signed_in
from tests.machines import Machine, machine_of

pytestmark = pytest.mark.django_db
WHY = "it slowed the billing down"


@pytest.fixture
def policy() -> PolicyRule:
    return factories.make_policy(factories.make_tenant())


@pytest.fixture
def trace(policy: PolicyRule) -> LoopTrace:
    return LoopTrace.objects.get(incident=policy.source_incident_id)


@pytest.fixture
def reviewer(policy: PolicyRule) -> Actor:
    return factories.make_actor(policy.tenant)


@pytest.fixture
def browser(reviewer: Actor) -> Client:
    return signed_in(reviewer)


@pytest.fixture
def machine(policy: PolicyRule, reviewer: Actor) -> Machine:
    return machine_of(policy.tenant, scopes=Scope, decides_for=reviewer.user)


def test_the_page_says_what_would_be_undone_and_what_stays(policy, trace, browser):
    factories.make_prevention(policy)
    page = browser.get(f"/loops/{trace.pk}/revert").text
    undone, stays = page.split("What stays")
    assert policy.name in undone
    assert trace.recovery.suggestion.rstrip(".") in undone
    assert "What its policy prevented so far: 1 recurrence." in stays
    assert "it was seen 3 times" in stays
    trace.refresh_from_db()
    assert trace.is_complete


def test_a_policy_it_only_strengthened_is_said_to_stay(policy, browser, reviewer):
    later = factories.run_loop(policy.tenant)
    undone, stays = browser.get(f"/loops/{later.pk}/revert").text.split("What stays")
    assert policy.name not in undone
    assert "another loop made it" in stays


def test_a_revert_needs_a_reason_and_a_confirmation(trace, browser):
    address = f"/loops/{trace.pk}/revert"
    answer = browser.post(address, {"reason": "", "do": "revert"})
    assert (answer.status_code, "Give a reason" in answer.text) == (422, True)
    answer = browser.post(address, {"reason": WHY, "do": "revert"})
    assert (answer.status_code, "Confirm that you mean" in answer.text) == (422, True)

    answer = browser.post(address, {"reason": WHY, "confirm": "1", "do": "revert"}, follow=True)

    assert "Reverted. What was undone is listed below." in answer.text
    assert WHY in answer.text
    again = browser.post(address, {"reason": WHY, "confirm": "1", "do": "revert"})
    assert again.status_code == 409
    assert "reverted already" in again.text


def test_somebody_else_may_be_asked(trace, browser, reviewer):
    answer = browser.post(f"/loops/{trace.pk}/revert", {"reason": WHY, "do": "ask"}, follow=True)
    assert "waits in the queue" in answer.text
    asked = HumanCheckpoint.objects.pending().get(trace=trace)
    mine = browser.get(f"/checkpoints/{asked.pk}").text
    assert "You asked for this yourself" in mine

    other = signed_in(factories.make_actor(reviewer.tenant))
    page = other.get(f"/checkpoints/{asked.pk}").text
    assert "You asked for this yourself" not in page
    assert "Would undo" in page
    done = other.post(
        f"/checkpoints/{asked.pk}",
        {
            "resolution": "confirm_revert",
            "note": "yes",
            "contract_digest": asked.contract_digest,
        },
        follow=True,
    )
    assert "Revert confirmed." in done.text
    trace.refresh_from_db()
    assert trace.failure_state == "reverted"


def test_a_viewer_reads_the_preview_and_may_do_nothing(trace, policy):
    viewer = signed_in(factories.make_actor(policy.tenant, role=Role.VIEWER))
    page = viewer.get(f"/loops/{trace.pk}/revert").text
    assert "What would be undone" in page
    assert "Revert now" not in page


def test_machines_preview_revert_and_ask(trace, machine, policy):
    told = machine.get(f"/loops/{trace.pk}/revert").json()
    assert told["allowed"]
    assert told["must_confirm"]
    assert {one["kind"] for one in told["would_undo"]} == {"Policy", "Recovery"}

    asked = machine.post(f"/loops/{trace.pk}/revert/ask", {"reason": WHY})
    assert asked.json()["checkpoint_type"] == "revert_loop"
    assert machine.post(f"/loops/{trace.pk}/revert/ask", {"reason": WHY}).status_code == 409
    assert machine.get(f"/loops/{trace.pk}/revert").json()["asked_in"]

    refused = machine.post(f"/loops/{trace.pk}/revert", {"reason": WHY})
    assert refused.status_code == 422
    done = machine.post(f"/loops/{trace.incident_id}/revert", {"reason": WHY, "confirm": True})
    assert (done.status_code, done.json()["failure_state"]) == (200, "reverted")
    assert done.json()["reverted_reason"] == WHY
    again = machine.post(f"/loops/{trace.pk}/revert", {"reason": WHY, "confirm": True})
    assert again.status_code == 409


def test_the_timeline_tells_of_it(trace, browser, reviewer):
    reverts.revert(trace_id=trace.pk, reason=WHY, confirmed=True, by=reviewer, now=timezone.now())
    page = browser.get(f"/incidents/{trace.incident_id}/timeline").text
    assert f"{reviewer.label} undid what this loop had changed: {WHY}." in page
