"""The dossier page."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from loops.engine import graduating
from loops.models import GraduationHistory, Incident, PreventionRecord
from m25console.access import Actor
from m25console.models import AuditEntry
from m25console.vocabulary import Role
from tests import factories, learned
from tests.m25console.builders import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Actor:
    return factories.make_actor(factories.make_tenant(), role=Role.ADMIN)


@pytest.fixture
def browser(admin: Actor) -> Client:
    return signed_in(admin)


def text_of(browser: Client) -> str:
    answer = browser.get("/graduation")
    assert answer.status_code == 200
    return answer.text


def test_without_evidence_every_gate_says_how_it_opens(browser):
    page = text_of(browser)

    assert "M25-ALPHA (0/3 gates)" in page
    assert "The first prevention by an active policy opens it." in page
    assert "Not yet exercised" in page
    assert "Not evaluated yet" in page
    assert not GraduationHistory.objects.exists()


def test_a_gate_lists_its_evidence_and_what_would_overturn_it(browser, admin):
    policy = learned.policy_in_force(admin.tenant, name="Stop timeouts")
    incident = Incident.objects.get(pk=factories.run_loop(admin.tenant).incident_id)
    prevention = learned.prevention_by(
        policy, at=timezone.now() - timedelta(days=3), original_incident_id=incident.pk
    )
    graduating.evaluate(admin.tenant, now=timezone.now())

    page = text_of(browser)

    assert prevention.pk in page
    assert f'href="/preventions/{prevention.pk}"' in page
    assert "Stop timeouts stopped a recurrence" in page
    assert "its only prevention is too old to count" in page
    assert "In 26 days" in page or "In 27 days" in page
    assert "2 failed attempts would close it" in page


def test_a_loss_is_told_before_anything_else(browser, admin):
    policy = learned.policy_in_force(admin.tenant)
    now = timezone.now()
    learned.prevention_by(policy, at=now - timedelta(days=15))
    graduating.evaluate(admin.tenant, now=now - timedelta(days=10))
    graduating.evaluate(admin.tenant, now=now)

    page = text_of(browser)

    assert "Trust was lost." in page
    assert "The last prevention was 15 days ago" in page
    assert "M25-DEGRADED (was BETA)" in page


def test_a_row_that_is_gone_is_told(browser, admin):
    policy = learned.policy_in_force(admin.tenant)
    learned.prevention_by(policy)
    graduating.evaluate(admin.tenant, now=timezone.now())
    row = graduating.latest(admin.tenant)
    assert row is not None
    kept = row.evidence["rows"]["preventions"][0]
    kept[0] = "prev_that_never_was"
    GraduationHistory.objects.create(
        tenant=admin.tenant, level=row.level, gates=row.gates, evidence=row.evidence,
        computed_at=timezone.now(),
    )  # fmt: skip

    assert "This row is gone." in text_of(browser)


def test_a_look_before_it_was_ever_computed_takes_eight_queries_too(
    browser, admin, django_assert_max_num_queries
):
    learned.prevention_by(learned.policy_in_force(admin.tenant))

    with django_assert_max_num_queries(8):
        browser.get("/graduation")

    assert not GraduationHistory.objects.exists()


def test_an_admin_computes_now_and_it_is_on_record(browser, admin):
    page = browser.post("/graduation/re-evaluate", follow=True).text

    assert "Computed from the evidence of this moment: M25-ALPHA (0/3 gates)." in page
    entry = AuditEntry.objects.get(action="graduation.evaluated")
    assert entry.actor == admin.user


def test_the_first_level_is_told_from_its_first_evaluation_on(browser, admin):
    graduating.evaluate(admin.tenant, now=timezone.now())

    page = text_of(browser)

    assert "No history yet" not in page
    assert "Levels of the last 30 days" in page


def test_others_read_why_they_may_not(admin):
    reviewer = signed_in(factories.make_actor(admin.tenant))

    page = reviewer.get("/graduation").text

    assert "admins can do this" in page
    assert reviewer.post("/graduation/re-evaluate").status_code == 403
    assert not GraduationHistory.objects.exists()


def test_simulations_stand_apart(browser, admin):
    learned.policy_in_force(admin.tenant)

    page = browser.post("/graduation/simulate", {"kind": "prevention"}, follow=True).text

    assert "Simulated evidence exists" in page
    assert "M25-ALPHA (0/3 gates)" in page
    assert PreventionRecord.objects.get().is_simulated
    assert PreventionRecord.objects.get().pk not in page


@pytest.mark.parametrize("kind", ["prevention", "regret", "timeline-view"])
def test_an_empty_tenant_has_nothing_to_simulate_upon(browser, kind):
    assert browser.post("/graduation/simulate", {"kind": kind}).status_code == 409
    assert browser.get("/graduation/simulate").status_code == 405


def test_the_download_holds_every_row_sealed(browser, admin):
    prevention = learned.prevention_by(learned.policy_in_force(admin.tenant))

    answer = browser.get("/graduation/dossier.json")

    assert "attachment" in answer["Content-Disposition"]
    document = json.loads(answer.text)
    assert document["format"] == "m25-dossier-1"
    assert [one["id"] for one in document["rows"]] == [prevention.pk]
    assert document["manifest"]["rows"] == {"preventions": 1, "demotions": 0, "views": 0}
