from datetime import timedelta

import pytest
from django.utils import timezone

from loops.engine.lapsing import escalate
from loops.models import CheckpointConfig, HumanCheckpoint
from loops.overview import queues_too_long
from m25console.models import AuditEntry, Tenant
from m25console.vocabulary import Role, Scope
from tests import factories
from tests.m25console.builders import signed_in
from tests.machines import machine_of

pytestmark = pytest.mark.django_db
ADDRESS = "/settings/checkpoints"
WANTED = {
    "auto_approve_confidence": "80",
    "auto_dismiss_after_hours": "24",
    "max_pending_checkpoints": "3",
    "asks_approve_recovery": "1",
    "blocks_approve_policy": "1",
    "priority_simulate_routing": "high",
}


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


def test_an_admin_sets_the_rules_and_the_change_is_audited(tenant):
    browser = signed_in(factories.make_actor(tenant, role=Role.ADMIN))

    answer = browser.post(ADDRESS, WANTED, follow=True)

    assert "Saved." in answer.text
    assert "lapse after 24 hours" in answer.text
    assert "Nobody is asked about: routing change." in answer.text
    held = CheckpointConfig.objects.get(tenant=tenant)
    assert held.priority_overrides == {"simulate_routing": "high"}
    assert "simulate_routing" not in held.enabled_types
    assert "revert_loop" in held.enabled_types
    row = AuditEntry.objects.get(action="checkpoint_rules.changed")
    assert row.after["auto_dismiss_after_hours"] == 24
    browser.post(ADDRESS, WANTED)
    assert AuditEntry.objects.filter(action="checkpoint_rules.changed").count() == 1


def test_what_is_wrong_is_said_at_its_place_and_nothing_is_saved(tenant):
    browser = signed_in(factories.make_actor(tenant, role=Role.ADMIN))
    answer = browser.post(ADDRESS, WANTED | {"auto_approve_confidence": "20"})
    assert (answer.status_code, "from 60% to 100%" in answer.text) == (422, True)
    assert not CheckpointConfig.objects.exists()


def test_a_reviewer_reads_the_rules_and_may_not_change_them(tenant):
    browser = signed_in(factories.make_actor(tenant))
    assert "An alert is shown when more than 10" in browser.get(ADDRESS).text
    assert browser.post(ADDRESS, WANTED).status_code == 403


def test_machines_read_and_set_the_same(tenant):
    admin = factories.make_actor(tenant, role=Role.ADMIN)
    machine = machine_of(tenant, scopes=Scope, decides_for=admin.user)
    assert machine.get("/checkpoint-config").json()["max_pending_checkpoints"] == 10
    silent = machine.ask("PUT", "/checkpoint-config", {"enabled_types": ["approve_recovery"]})
    assert (silent.status_code, "cannot be switched off" in silent.text) == (422, True)
    done = machine.ask("PUT", "/checkpoint-config", {"max_pending_checkpoints": 3})
    assert (done.status_code, done.json()["max_pending_checkpoints"]) == (200, 3)


def test_spec_96_an_eleventh_waiting_question_raises_an_alert(tenant):
    browser = signed_in(factories.make_actor(tenant))
    for number in range(10):
        factories.run_loop(tenant, error_type=f"kind_{number}")
    assert "Too many questions wait" not in browser.get("/checkpoints").text
    assert queues_too_long() == 0

    factories.run_loop(tenant, error_type="one_more")

    assert "Too many questions wait" in browser.get("/checkpoints").text
    assert "Too many questions wait" in browser.get("/").text
    assert queues_too_long() == 1
    other = signed_in(factories.make_actor(factories.make_tenant()))
    assert "Too many questions wait" not in other.get("/checkpoints").text


def test_what_waited_too_long_is_marked_and_says_by_which_rule(tenant):
    browser = signed_in(factories.make_actor(tenant))
    asked = factories.checkpoint_of(factories.run_loop(tenant))
    HumanCheckpoint.objects.update(created_at=timezone.now() - timedelta(hours=25))
    escalate(timezone.now())

    assert "escalated" in browser.get("/checkpoints").text
    page = browser.get(f"/checkpoints/{asked.pk}").text
    assert "escalated" in page
    assert "priority normal, as usual; escalated after 24 hours" in page


def test_quiet_hours_and_the_meaning_of_silence_are_set_on_the_page_and_by_machines(tenant):
    admin = factories.make_actor(tenant, role=Role.ADMIN)
    browser = signed_in(admin)
    quiet = {"quiet_days": ["0", "1"], "quiet_from": "22:00", "quiet_until": "07:00",
             "quiet_zone": "Europe/Berlin", "silence_simulate_routing": "wait"}  # fmt: skip
    answer = browser.post(ADDRESS, WANTED | quiet, follow=True)
    assert "Mon, Tue, 22:00 to 07:00 (Europe/Berlin)" in answer.text
    assert "when nobody answers, it goes on waiting" in answer.text

    machine = machine_of(tenant, scopes=Scope, decides_for=admin.user)
    told = machine.get("/checkpoint-config").json()
    assert told["silence"] == {"simulate_routing": "wait"}
    assert told["quiet_hours"] == {
        "days": [0, 1], "starts": "22:00:00", "ends": "07:00:00", "zone": "Europe/Berlin",
    }  # fmt: skip
    again = machine.ask("PUT", "/checkpoint-config", told)
    assert (again.status_code, again.json()) == (200, told)


def test_quiet_hours_without_a_time_are_refused_at_their_place(tenant):
    browser = signed_in(factories.make_actor(tenant, role=Role.ADMIN))
    answer = browser.post(ADDRESS, WANTED | {"quiet_days": ["0"]})
    assert (answer.status_code, "Enter a time, such as 22:00." in answer.text) == (422, True)
    answer = browser.post(ADDRESS, WANTED | {"silence_revert_loop": "lapse"})
    assert answer.status_code == 422
