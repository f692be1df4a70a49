"""Policies through the API: every decision a page offers, with the same refusals."""

from datetime import timedelta

import pytest
from django.utils import timezone

from loops.domain.states import PolicyMode
from loops.models import HumanCheckpoint, PolicyRule
from m25console.models import Tenant
from m25console.vocabulary import Role, Scope
from tests import factories
from tests.machines import Machine, machine_of

EDIT = {
    "version": 1,
    "name": "Only the new endpoint",
    "condition": {"field": "api_endpoint", "operator": "starts_with", "value": "/v2"},
    "action": {"type": "block", "params": {"reason": "timeouts"}},
    "reason": "too wide",
}


@pytest.fixture
def policy(tenant: Tenant) -> PolicyRule:
    return factories.make_policy(tenant, shadow_evaluations=4, shadow_would_block=1)


@pytest.fixture
def admin(tenant: Tenant) -> Machine:
    person = factories.make_actor(tenant, role=Role.ADMIN)
    return machine_of(tenant, scopes=Scope, decides_for=person.user)


def test_a_policy_is_read_with_its_record(machine, policy):
    told = machine.get(f"/policies/{policy.pk}").json()

    assert (told["mode"], told["revision"], told["version"]) == ("shadow", 1, 1)
    assert told["shadow_block_rate"] == 0.25
    assert [one["policy_id"] for one in machine.get("/policies").json()["items"]] == [policy.pk]
    for address in told["links"].values():
        assert machine.get(address.removeprefix("/api/v1")).status_code == 200


def test_three_confirmations_activate(tenant, policy):
    path = f"/policies/{policy.pk}/confirm"
    machines = [
        machine_of(tenant, scopes=Scope, decides_for=factories.make_actor(tenant).user)
        for _ in range(3)
    ]

    told = [one.post(path, {"note": "seen", "revision": 1}).json() for one in machines]

    assert [one["confirmations_missing"] for one in told] == [2, 1, 0]
    assert told[-1]["mode"] == "active"
    again = machines[0].post(path, {})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "conflict")
    [row] = machines[0].get(f"/policies/{policy.pk}/activation-audit").json()["items"]
    assert (row["old_mode"], row["new_mode"], row["approval_path"]) == (
        "shadow",
        "active",
        "threshold",
    )


def test_confirming_what_has_changed_since_is_refused(machine, policy):
    answer = machine.post(f"/policies/{policy.pk}/confirm", {"revision": 7})

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "policy_changed")


def test_an_admin_overrides_disables_observes_and_is_told_when_that_makes_no_sense(admin, policy):
    path = f"/policies/{policy.pk}"

    assert admin.post(f"{path}/activate", {}).status_code == 409
    assert admin.post(f"{path}/activate", {"override_reason": " "}).status_code == 422
    told = admin.post(f"{path}/activate", {"override_reason": "seen enough"})
    assert (told.status_code, told.json()["mode"]) == (200, "active")
    assert admin.post(f"{path}/activate", {"override_reason": "again"}).status_code == 409
    assert admin.post(f"{path}/disable", {"reason": "loud"}).json()["mode"] == "disabled"
    assert admin.post(f"{path}/disable", {"reason": "loud"}).status_code == 409
    assert admin.post(f"{path}/observe", {"reason": "again"}).json()["mode"] == "shadow"


def test_a_reviewers_token_administers_nothing(machine, policy):
    path = f"/policies/{policy.pk}"

    assert machine.post(f"{path}/disable", {"reason": "x"}).status_code == 403
    assert machine.post(f"{path}/activate", {"override_reason": "x"}).status_code == 403
    assert machine.post(f"{path}/modify", EDIT).status_code == 403
    policy.refresh_from_db()
    assert policy.mode == PolicyMode.SHADOW


def test_a_policy_is_modified_once_per_version_read(admin, policy):
    told = admin.post(f"/policies/{policy.pk}/modify", EDIT).json()["policy"]
    assert (told["revision"], told["condition"]) == (2, EDIT["condition"])

    again = admin.post(f"/policies/{policy.pk}/modify", EDIT)

    assert (again.status_code, again.json()["error"]["code"]) == (409, "policy_changed")
    versions = admin.get(f"/policies/{policy.pk}/versions", limit=1).json()
    assert [one["revision"] for one in versions["items"]] == [2]
    rest = admin.get(f"/policies/{policy.pk}/versions", cursor=versions["next_cursor"]).json()
    assert [one["revision"] for one in rest["items"]] == [1]


def test_a_condition_that_is_none_is_refused_at_its_place(admin, policy):
    wrong = {**EDIT, "condition": {"all": [{"field": "colour", "operator": "equals", "value": 1}]}}

    answer = admin.post(f"/policies/{policy.pk}/modify", wrong)

    assert answer.status_code == 422
    assert list(answer.json()["error"]["fields"]) == ["conditions/all/0/field"]


def test_a_policy_is_proposed_once(machine, policy):
    told = machine.post(f"/policies/{policy.pk}/propose")

    assert (told.status_code, told.json()["checkpoint_type"]) == (201, "approve_policy")
    assert HumanCheckpoint.objects.filter(target_id=policy.pk).count() == 1
    assert machine.post(f"/policies/{policy.pk}/propose").status_code == 409


def test_an_exception_begins_and_ends(admin, policy):
    body = {
        "condition": {"field": "agent_id", "operator": "equals", "value": "canary"},
        "reason": "load test",
        "expires_at": (timezone.now() + timedelta(days=1)).isoformat(),
    }
    made = admin.post(f"/policies/{policy.pk}/exceptions", body)
    assert made.status_code == 201
    end = f"/policies/{policy.pk}/exceptions/{made.json()['exception_id']}/end"

    assert admin.post(end).json()["ended_by"] is not None
    assert admin.post(end).status_code == 409
    assert admin.post(f"/policies/{policy.pk}/exceptions/999/end").status_code == 404
    [listed] = admin.get(f"/policies/{policy.pk}/exceptions").json()["items"]
    assert listed["reason"] == "load test"
    late = {**body, "expires_at": "2999-01-01T00:00:00"}
    assert admin.post(f"/policies/{policy.pk}/exceptions", late).status_code == 422


def test_no_policy_no_answer(machine):
    assert machine.get("/policies/pol_0").status_code == 404
    assert machine.post("/policies/pol_0/confirm", {}).status_code == 404
