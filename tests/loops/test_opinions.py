"""Who may read whose opinion, at every place where opinions are to be read."""

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from loops.actions import bulk, policies, proposals
from loops.actions.bulk import Chosen, Said
from loops.domain.states import BulkAct
from loops.engine import answering_many, resuming
from loops.models import CheckpointConfig, HumanCheckpoint, PolicyRule
from m25console.access import Actor
from m25console.models import Tenant
from m25console.refusals import WrongState
from m25console.vocabulary import Role, Scope
from tests import factories
from tests.m25console.builders import signed_in
from tests.machines import Machine, machine_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def rita(tenant: Tenant) -> Actor:
    return factories.make_actor(tenant, user=factories.make_user(full_name="Rita Moss"))


@pytest.fixture
def other(tenant: Tenant) -> Actor:
    return factories.make_actor(tenant, role=Role.ADMIN)


def blind(tenant: Tenant, *, wanted: bool = True) -> None:
    fields = {"blind_second_opinion": wanted, "two_people_from": 1}
    CheckpointConfig.objects.update_or_create(tenant=tenant, defaults=fields)


def confirm(policy: PolicyRule, *, by: Actor) -> Any:
    return policies.confirm(policy_id=policy.pk, note="A secret.", by=by, now=timezone.now())


def vote(checkpoint: HumanCheckpoint, *, by: Actor, option: str = "apply") -> Any:
    return resuming.resolve(
        checkpoint_id=checkpoint.pk, resolution=option, note="A secret.", by=by, now=timezone.now()
    )


def read(browser: Client, address: str) -> str:
    return browser.get(address).content.decode()


def file_of(browser: Client, table: str) -> str:
    answer = browser.post("/exports", {"table": table, "format": "json"})
    return b"".join(answer.streaming_content).decode()


def token_of(actor: Actor) -> Machine:
    return machine_of(actor.tenant, scopes=Scope, decides_for=actor.user)


def test_a_confirmation_is_told_nowhere_to_who_has_not_given_theirs(tenant, rita, other):
    policy = factories.make_policy(tenant)
    blind(tenant)
    confirm(policy, by=rita)
    browser, machine = signed_in(other), token_of(other)
    shown = [
        read(browser, one)
        for one in (
            f"/policies/{policy.pk}",
            f"/incidents/{policy.source_incident_id}/timeline",
            f"/patterns/{policy.source_pattern_id}",
            f"/loops/{policy.source_incident.loop.pk}",
            "/policies",
            "/audit",
        )
    ]
    shown.append(file_of(browser, "audit"))

    for page in shown:
        for trace in ("A secret", "1 of 3 confirm", "Rita Moss confirmed"):
            assert trace not in page
    told = machine.get(f"/policies/{policy.pk}").json()
    assert told["confirmations_received"] is None
    assert machine.get(f"/policies/{policy.pk}/confirmations").json()["items"] == []
    [row] = json.loads(file_of(browser, "policies"))["rows"]
    assert row["confirmations_received"] is None

    confirm(policy, by=other)
    page = read(browser, f"/policies/{policy.pk}")
    assert "A secret." in page
    assert "2 of 3 confirmed" in page
    assert machine.get(f"/policies/{policy.pk}").json()["confirmations_received"] == 2
    assert "A secret." in read(browser, "/audit")


def test_a_policy_asked_about_blind_is_confirmed_at_its_question_only(tenant, rita, other):
    policy = factories.make_policy(tenant)
    blind(tenant)
    proposals.propose(policy_id=policy.pk, by=rita, now=timezone.now())

    with pytest.raises(WrongState, match="at its checkpoint"):
        confirm(policy, by=other)

    assert "give yours at its checkpoint" in read(signed_in(other), f"/policies/{policy.pk}")
    answer = token_of(other).post(f"/policies/{policy.pk}/confirm", {})
    assert (answer.status_code, policy.confirmations.count()) == (409, 0)


def test_a_policy_nobody_asks_blind_shows_who_confirmed_it(tenant, rita, other):
    policy = factories.make_policy(tenant)
    proposals.propose(policy_id=policy.pk, by=rita, now=timezone.now())
    blind(tenant)  # only now, so the open question is not
    confirm(policy, by=rita)

    assert "1 of 3 confirmed" in read(signed_in(other), f"/policies/{policy.pk}")


def test_the_audit_hides_by_how_a_question_was_raised_and_not_for_ever(tenant, rita, other):
    asked_openly = factories.checkpoint_of(factories.run_loop(tenant))
    blind(tenant)
    asked_blind = factories.checkpoint_of(factories.run_loop(tenant, error_type="auth_error"))
    blind(tenant, wanted=False)
    vote(asked_blind, by=rita)
    openly = vote(asked_openly, by=rita)
    browser = signed_in(other)

    def listed() -> list[str]:
        rows = browser.get("/audit?action=checkpoint.apply").context["rows"]
        return [row.entry.object_id for row in rows]

    assert openly.is_final
    assert listed() == [asked_openly.pk]
    vote(asked_blind, by=factories.make_actor(tenant))
    assert set(listed()) == {asked_openly.pk, asked_blind.pk}


def test_what_came_of_many_answers_tells_no_blind_one(tenant, rita, other):
    blind(tenant)
    checkpoint = factories.checkpoint_of(factories.run_loop(tenant))
    HumanCheckpoint.objects.update(risk=1)
    chosen = [Chosen(checkpoint.pk, checkpoint.contract_digest)]
    said = Said(act=BulkAct.APPROVE, note="All fine.")
    run = bulk.begin(said=said, chosen=chosen, by=rita, now=timezone.now())
    answering_many.carry_on(run, now=timezone.now())

    def results(actor: Actor) -> list[Any]:
        page = signed_in(actor).get(f"/checkpoints/bulk/{run.pk}").context["progress"]
        items = token_of(actor).get(f"/checkpoints/bulk/{run.pk}").json()["items"]
        return [len(page.results), len(items)]

    assert results(other) == [0, 0]
    assert results(rita) == [1, 1]
