"""Claims, snoozes, many answers at once and delegations through the API."""

from datetime import timedelta

import pytest
from django.utils import timezone

from loops.actions import claims, delegations
from loops.domain.states import Risk
from loops.models import CheckpointDecision, CheckpointSnooze, HumanCheckpoint
from m25console.access import Actor
from m25console.models import Tenant
from m25console.vocabulary import Role, Scope
from tests import factories
from tests.machines import Machine, machine_of

pytestmark = pytest.mark.django_db


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
def machine(tenant: Tenant, robin: Actor) -> Machine:
    return machine_of(tenant, scopes=[Scope.READ, Scope.DECIDE], decides_for=robin.user)


@pytest.fixture
def asked(tenant: Tenant) -> HumanCheckpoint:
    checkpoint = factories.checkpoint_of(factories.run_loop(tenant))
    HumanCheckpoint.objects.update(risk=Risk.LOW)
    return checkpoint


def test_a_machine_claims_for_its_person_and_gives_back(machine, asked):
    claimed = machine.post(f"/checkpoints/{asked.pk}/claim", {})
    assert claimed.json()["claimed_by"] == "robin"
    released = machine.post(f"/checkpoints/{asked.pk}/release")
    assert released.json()["claimed_by"] is None


def test_a_colleagues_claim_is_a_409_of_its_own(tenant, machine, asked):
    other = factories.make_actor(tenant)
    claims.claim(checkpoint_id=asked.pk, by=other, now=timezone.now())
    answer = {"resolution": "apply"}

    for refused in (
        machine.post(f"/checkpoints/{asked.pk}/claim", {}),
        machine.post(f"/checkpoints/{asked.pk}/resolve", answer),
    ):
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "claimed")
    decided = machine.post(f"/checkpoints/{asked.pk}/resolve", answer | {"despite_claim": True})

    assert decided.json()["status"] == "resolved"


def test_a_snooze_is_set_and_taken_back(machine, asked):
    until = (timezone.now() + timedelta(hours=2)).isoformat()
    assert machine.post(f"/checkpoints/{asked.pk}/snooze", {"until": until}).status_code == 200
    assert machine.ask("DELETE", f"/checkpoints/{asked.pk}/snooze").status_code == 200
    assert not CheckpointSnooze.objects.exists()


def test_many_are_answered_with_a_result_for_each(tenant, machine, asked):
    risky = factories.checkpoint_of(factories.run_loop(tenant, error_type="other"))
    HumanCheckpoint.objects.filter(pk=risky.pk).update(risk=Risk.HIGH)
    chosen = [
        {"checkpoint_id": one.pk, "contract_digest": one.contract_digest} for one in (asked, risky)
    ]

    answer = machine.post("/checkpoints/bulk", {"act": "approve", "checkpoints": chosen})

    told = answer.json()
    assert told["is_finished"]
    assert [one["state"] for one in told["items"]] == ["done", "skipped"]
    assert "High risk" in told["items"][1]["told"]
    assert machine.get(f"/checkpoints/bulk/{told['bulk_number']}").json() == told


def test_a_place_is_lent_used_and_taken_back(tenant, machine, robin, vera, asked):
    now = timezone.now()
    sent = {
        "delegate": "vera",
        "starts_at": now.isoformat(),
        "ends_at": (now + timedelta(days=1)).isoformat(),
        "reason": "On leave.",
    }
    given = machine.post("/delegations", sent)
    assert given.status_code == 201
    assert machine.post("/delegations", sent).status_code == 409

    hers = machine_of(tenant, scopes=[Scope.DECIDE], decides_for=vera.user)
    answer = {"resolution": "defer", "on_behalf_of": "robin"}
    assert hers.post(f"/checkpoints/{asked.pk}/resolve", answer).status_code == 200
    assert CheckpointDecision.objects.get().on_behalf_of == robin.user

    number = given.json()["delegation_id"]
    assert machine.ask("DELETE", f"/delegations/{number}").json()["ended_at"]
    assert hers.post(f"/checkpoints/{asked.pk}/resolve", answer).status_code == 403
    assert [one["delegate"] for one in machine.get("/delegations").json()["items"]] == ["vera"]


def test_a_viewers_token_decides_for_whoever_asked_them_and_for_nobody_else(tenant, robin, asked):
    viewer = factories.make_actor(tenant, role=Role.VIEWER)
    machine = machine_of(tenant, scopes=Scope, decides_for=viewer.user)
    path, answer = f"/checkpoints/{asked.pk}/resolve", {"resolution": "apply", "note": ""}
    refused = [machine.post(path, answer), machine.post(f"/checkpoints/{asked.pk}/claim", {})]
    assert [one.status_code for one in refused] == [403, 403]

    assert viewer.user
    now = timezone.now()
    delegations.give(
        to=viewer.user.username, starts_at=now, ends_at=now + timedelta(days=1), reason="On leave.",
        by=robin, now=now,
    )  # fmt: skip
    claimed = machine.post(f"/checkpoints/{asked.pk}/claim", {})

    assert claimed.status_code == machine.post(path, answer).status_code == 200
    decided = CheckpointDecision.objects.get()
    assert (decided.person, decided.on_behalf_of) == (viewer.user, robin.user)
