import json
import os
import subprocess
import sys
from urllib.parse import quote

import pytest
from django.db import connection

from loops.models import HumanCheckpoint, LoopTrace
from m25console.models import AuditEntry, Membership
from m25console.vocabulary import Door, Role, Scope
from tests import factories
from tests.machines import machine_of


@pytest.fixture
def trace(tenant):
    return factories.run_loop(tenant)


@pytest.fixture
def checkpoint(trace):
    return factories.checkpoint_of(trace)


def resolve(machine, checkpoint, resolution="apply", **more):
    document = {"resolution": resolution, "note": "seen it"} | more
    return machine.post(f"/checkpoints/{checkpoint.pk}/resolve", document)


def test_a_pending_checkpoint_says_what_is_asked(machine, checkpoint):
    told = machine.get(f"/checkpoints/{checkpoint.pk}").json()
    assert told["state"] == "pending"
    assert told["options"] == checkpoint.options
    assert told["contract_digest"] == checkpoint.contract_digest
    assert told["contract"]["subject"]["action_type"] == "retry"
    assert (told["resolved_at"], told["resolved_by"], told["resolution"]) == (None, None, None)


def test_pending_checkpoints_are_listed_with_the_longest_waiting_first(machine, tenant):
    traces = [factories.run_loop(tenant, error_type=f"timeout_{n}") for n in range(3)]
    waiting = [factories.checkpoint_of(one).pk for one in traces]
    assert _ids(machine.get("/checkpoints")) == waiting
    resolve(machine, HumanCheckpoint.objects.get(pk=waiting[1]))
    assert _ids(machine.get("/checkpoints", state="pending")) == [waiting[0], waiting[2]]
    assert _ids(machine.get("/checkpoints", state="resolved")) == [waiting[1]]
    assert machine.get("/checkpoints", state="lost").status_code == 422


def _ids(answer):
    return [one["checkpoint_id"] for one in answer.json()["items"]]


def test_a_decision_is_recorded_and_the_loop_goes_on(machine, checkpoint, trace):
    answer = resolve(machine, checkpoint)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["status"], told["resolution"]) == ("resolved", "apply")
    assert told["loop_resumed"] is True
    checkpoint.refresh_from_db()
    assert checkpoint.note == "seen it"
    assert told["resolved_by"] == str(checkpoint.resolved_by)
    trace.refresh_from_db()
    assert trace.is_blocked is False
    assert "recovery_suggested" in trace.stages["completed"]
    entry = AuditEntry.objects.get(object_id=checkpoint.pk)
    assert (entry.door, entry.actor) == (Door.API, checkpoint.resolved_by)


def test_a_deferral_leaves_the_checkpoint_waiting(machine, checkpoint):
    told = resolve(machine, checkpoint, "defer").json()
    assert (told["status"], told["resolution"], told["loop_resumed"]) == ("recorded", None, False)
    assert machine.get(f"/checkpoints/{checkpoint.pk}").json()["state"] == "pending"


def test_spec_32_an_answer_that_was_not_offered_changes_nothing(machine, checkpoint):
    answer = resolve(machine, checkpoint, "banana")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "unknown_option")
    assert machine.get(f"/checkpoints/{checkpoint.pk}").json()["state"] == "pending"


def test_spec_33_the_second_decision_learns_who_was_first(machine, tenant, checkpoint):
    first = factories.make_actor(tenant)
    other = machine_of(tenant, scopes=[Scope.DECIDE], decides_for=first.user)
    assert resolve(other, checkpoint).status_code == 200
    answer = resolve(machine, checkpoint, "reject")
    assert answer.status_code == 409
    error = answer.json()["error"]
    assert error["code"] == "already_decided"
    assert error["decided_by"] == str(first.user)
    assert error["resolution"] == "apply"
    checkpoint.refresh_from_db()
    assert error["decided_at"] == checkpoint.resolved_at.isoformat()
    assert checkpoint.resolved_by == first.user


def test_spec_34_another_tenants_reviewer_finds_no_checkpoint(checkpoint, trace):
    elsewhere = factories.make_tenant()
    stranger = factories.make_actor(elsewhere)
    machine = machine_of(elsewhere, scopes=Scope, decides_for=stranger.user)
    assert resolve(machine, checkpoint).status_code == 404
    checkpoint.refresh_from_db()
    assert checkpoint.is_pending
    assert LoopTrace.objects.get(pk=trace.pk).version == trace.version


def test_what_has_changed_since_it_was_read_is_not_decided(machine, checkpoint, trace):
    seen = machine.get(f"/checkpoints/{checkpoint.pk}").json()["contract_digest"]
    trace.recovery.action_params = {"max_retries": 9, "backoff_seconds": 1}
    trace.recovery.save()
    answer = resolve(machine, checkpoint, contract_digest=seen)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "stale_contract")
    assert machine.get(f"/checkpoints/{checkpoint.pk}").json()["state"] == "pending"


def test_what_is_unchanged_is_decided(machine, checkpoint):
    assert (
        resolve(machine, checkpoint, contract_digest=checkpoint.contract_digest).status_code == 200
    )


def test_deciding_needs_its_scope(tenant, checkpoint):
    reader = machine_of(tenant, scopes=[Scope.READ, Scope.INCIDENTS_WRITE])
    answer = resolve(reader, checkpoint)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
    checkpoint.refresh_from_db()
    assert checkpoint.is_pending


def test_a_token_stops_deciding_when_its_person_is_no_reviewer_any_more(machine, checkpoint):
    Membership.objects.update(role=Role.VIEWER)
    assert resolve(machine, checkpoint).status_code == 403
    checkpoint.refresh_from_db()
    assert checkpoint.is_pending


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({}, "/resolution"),
        ({"resolution": 1}, "/resolution"),
        ({"resolution": "apply", "note": ["x"]}, "/note"),
        ({"resolution": "apply", "note": "a\0b"}, "/note"),
        ({"resolution": "apply", "note": "n" * 4001}, "/note"),
        ([], ""),
    ],
)
def test_a_malformed_decision_is_named_by_its_pointer(machine, checkpoint, document, pointer):
    answer = machine.post(f"/checkpoints/{checkpoint.pk}/resolve", document)
    assert answer.status_code == 422
    assert list(answer.json()["error"]["fields"]) == [pointer]
    checkpoint.refresh_from_db()
    assert checkpoint.is_pending


def test_a_machine_may_reject_without_a_note(machine, checkpoint):
    answer = resolve(machine, checkpoint, "reject", note="  ")

    assert answer.status_code == 200
    checkpoint.refresh_from_db()
    assert (checkpoint.resolution, checkpoint.note) == ("reject", "")


LISTS = """
import sys, django
django.setup()
from django.test import Client
headers = {"host": "localhost", "authorization": f"Bearer {sys.argv[1]}"}
print(Client(headers=headers).get("/api/v1/checkpoints").text)
"""


@pytest.mark.django_db(transaction=True)
def test_spec_35_a_process_that_starts_later_lists_the_same_checkpoints(machine, checkpoint):
    named = connection.settings_dict
    login = ":".join(quote(named[one], safe="") for one in ("USER", "PASSWORD"))
    place = f"host={quote(named['HOST'], safe='')}&port={named['PORT']}"
    other = os.environ | {
        "DJANGO_SETTINGS_MODULE": "m25console.settings",
        "DATABASE_URL": f"postgresql://{login}@/{named['NAME']}?{place}",
    }

    listed = subprocess.run(
        [sys.executable, "-c", LISTS, machine.token],
        env=other,
        capture_output=True,
        text=True,
        check=True,
        timeout=180,
    )

    told = json.loads(listed.stdout)
    assert [one["checkpoint_id"] for one in told["items"]] == [checkpoint.pk]
    assert told["items"] == machine.get("/checkpoints").json()["items"]


def test_pending_checkpoints_are_filtered_ordered_and_searched(machine, tenant):
    risky, costly = (
        factories.checkpoint_of(factories.run_loop(tenant, error_type=f"kind_{n}", title=f"No {n}"))
        for n in range(2)
    )
    HumanCheckpoint.objects.filter(pk=risky.pk).update(risk=3, waiting_cost=2)
    HumanCheckpoint.objects.filter(pk=costly.pk).update(risk=1, waiting_cost=64)

    assert _ids(machine.get("/checkpoints", sort="risk")) == [risky.pk, costly.pk]
    assert _ids(machine.get("/checkpoints", sort="cost")) == [costly.pk, risky.pk]
    assert _ids(machine.get("/checkpoints", risk="low")) == [costly.pk]
    assert _ids(machine.get("/checkpoints", q="kind_0")) == [risky.pk]
    first = machine.get("/checkpoints", sort="cost", limit=1).json()
    second = machine.get("/checkpoints", sort="cost", limit=1, cursor=first["next_cursor"])
    assert _ids(second) == [risky.pk]
    [told] = machine.get("/checkpoints", risk="high").json()["items"]
    assert (told["risk"], told["waiting_cost"], told["claimed_by"]) == ("high", 2, None)
    assert machine.get("/checkpoints", risk="none").status_code == 422
