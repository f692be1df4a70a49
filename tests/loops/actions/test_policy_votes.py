"""Whose votes an edit of a policy drops: told before, told after, and told to them."""

from dataclasses import asdict

import pytest
from django.utils import timezone

from loops.actions import policies, policy_edits, proposals
from loops.actions.wording import path_of, sentence_of
from loops.domain.rule_edit import RuleEdit
from loops.engine import resuming
from loops.engine.announcing import announce
from loops.models import CheckpointConfig, Notification, PolicyRule
from m25console.access import Actor
from m25console.models import AuditEntry, Tenant
from m25console.vocabulary import Role, Scope
from tests import factories
from tests.m25console.builders import signed_in
from tests.machines import Machine, machine_of

pytestmark = pytest.mark.django_db
CONDITION = {"field": "error_type", "operator": "equals", "value": "timeout"}


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def rita(tenant: Tenant) -> Actor:
    return factories.make_actor(tenant, user=factories.make_user(full_name="Rita Moss"))


@pytest.fixture
def policy(tenant: Tenant) -> PolicyRule:
    return factories.make_policy(tenant)


@pytest.fixture
def admin(tenant: Tenant) -> Actor:
    return factories.make_actor(tenant, role=Role.ADMIN)


def blind(tenant: Tenant) -> None:
    CheckpointConfig.objects.create(tenant=tenant, blind_second_opinion=True)


def edit_of(policy: PolicyRule) -> RuleEdit:
    """Another condition, and all else as it is."""
    params = policy.actions["params"]
    return RuleEdit(policy.name, CONDITION, policy.actions["type"], params, "tenant")


def rewrite(policy: PolicyRule, *, by: Actor) -> policy_edits.Rewritten:
    return policy_edits.modify(
        policy_id=policy.pk, edit=edit_of(policy), seen_version=policy.version, reason="too wide",
        by=by, now=timezone.now(),
    )  # fmt: skip


def confirm(policy: PolicyRule, *, by: Actor) -> None:
    policies.confirm(policy_id=policy.pk, note="", by=by, now=timezone.now())


def ask(machine: Machine, policy: PolicyRule, **more: object) -> dict[str, object]:
    edit = asdict(edit_of(policy))
    sent = {
        "version": policy.version,
        "name": edit["name"],
        "condition": edit["conditions"],
        "action": policy.actions,
        "reason": "too wide",
    }
    told: dict[str, object] = machine.post(f"/policies/{policy.pk}/modify", sent | more).json()
    return told


def told_to_rita(rita: Actor) -> Notification:
    announce(timezone.now())
    return Notification.objects.get(person=rita.user, happening__event="vote_dropped")


def test_an_edit_names_whose_confirmations_it_drops_and_tells_them(policy, rita, admin):
    confirm(policy, by=rita)

    dropped = rewrite(policy, by=admin).dropped

    assert dropped == [rita.user]
    entry = AuditEntry.objects.get(action="policy.modify")
    assert entry.after["confirmations_dropped"] == ["Rita Moss"]
    told = told_to_rita(rita).happening
    assert "no longer counts: condition changed." in sentence_of(told)
    assert path_of(told) == f"/policies/{policy.pk}#revision-2"
    assert "Your confirmation of" in signed_in(rita).get("/notifications").text


def test_a_yes_at_a_blind_question_is_dropped_too(tenant, policy, rita, admin):
    blind(tenant)
    asked = proposals.propose(policy_id=policy.pk, by=admin, now=timezone.now())
    resuming.resolve(
        checkpoint_id=asked.pk, resolution="approve", note="", by=rita, now=timezone.now()
    )

    assert rewrite(policy, by=admin).dropped == [rita.user]
    assert "condition changed" in told_to_rita(rita).happening.sentence


def test_the_page_of_an_edit_says_beforehand_whose_it_drops(tenant, policy, rita, admin):
    browser = signed_in(admin)
    address = f"/policies/{policy.pk}/edit"
    assert "no confirmation is lost" in browser.get(address).text
    confirm(policy, by=rita)
    assert "the confirmation of Rita Moss" in browser.get(address).text

    blind(tenant)
    page = browser.get(address).text
    assert "Opinions on it are blind" in page
    assert "Rita Moss" not in page


def test_the_api_says_it_before_with_what_changes_and_changes_nothing(tenant, policy, rita, admin):
    confirm(policy, by=rita)
    machine = machine_of(tenant, scopes=Scope, decides_for=admin.user)

    before = ask(machine, policy, preview=True)

    policy.refresh_from_db()
    assert (policy.revision, before["is_preview"]) == (1, True)
    assert before["confirmations_dropped_of"] == ["Rita Moss"]
    assert before["changes"][0]["field"] == "condition"
    after = ask(machine, policy)
    policy.refresh_from_db()
    assert (policy.revision, after["confirmations_dropped_of"]) == (2, ["Rita Moss"])
