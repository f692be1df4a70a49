"""What people decide about policies, and what each refusal leaves untouched."""

from typing import Any

import pytest
from django.utils import timezone

from loops.actions import checkpoints, policies, proposals
from loops.actions.answers import Decision
from loops.actions.policy_checks import PolicyChanged
from loops.domain.states import PolicyMode
from loops.engine import ledger
from loops.models import (
    CheckpointDecision,
    HumanCheckpoint,
    PolicyActivationAudit,
    PolicyConfirmation,
    PolicyRule,
    PolicyVersion,
)
from loops.permissions import StaleContract
from m25console.access import Actor
from m25console.models import AuditEntry, Tenant
from m25console.refusals import InvalidInput, NotFound, NotPermitted, WrongState
from m25console.vocabulary import Role
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def policy(tenant: Tenant) -> PolicyRule:
    return factories.make_policy(tenant)


@pytest.fixture
def people(tenant: Tenant) -> list[Actor]:
    return [factories.make_actor(tenant) for _ in range(3)]


@pytest.fixture
def admin(tenant: Tenant) -> Actor:
    return factories.make_actor(tenant, role=Role.ADMIN)


def confirm(policy: PolicyRule, by: Actor, **more: Any) -> policies.Confirmed:
    return policies.confirm(policy_id=policy.pk, note="", by=by, now=timezone.now(), **more)


def activate(policy: PolicyRule, by: Actor, reason: str | None = "seen enough") -> PolicyRule:
    return policies.activate(policy_id=policy.pk, by=by, now=timezone.now(), override_reason=reason)


def disable(policy: PolicyRule, by: Actor, reason: str = "too loud") -> PolicyRule:
    return policies.disable(policy_id=policy.pk, reason=reason, by=by, now=timezone.now())


def propose(policy: PolicyRule, by: Actor) -> HumanCheckpoint:
    return proposals.propose(policy_id=policy.pk, by=by, now=timezone.now())


def answer(checkpoint: HumanCheckpoint, option: str, by: Actor, **more: Any) -> Decision:
    return checkpoints.resolve(
        checkpoint_id=checkpoint.pk,
        resolution=option,
        note="because",
        by=by,
        now=timezone.now(),
        **more,
    )


def test_spec_51_the_third_confirmation_activates(policy, people):
    first, second, third = people

    assert confirm(policy, first).missing == 2
    assert confirm(policy, second).missing == 1
    policy.refresh_from_db()
    assert (policy.mode, policy.activated_at) == (PolicyMode.SHADOW, None)
    assert not PolicyActivationAudit.objects.exists()

    confirm(policy, third)
    policy.refresh_from_db()
    assert (policy.mode, policy.is_active, policy.confirmations_received) == ("active", True, 3)
    row = PolicyActivationAudit.objects.get()
    assert (row.old_mode, row.new_mode, row.approval_path) == ("shadow", "active", "threshold")
    assert (row.confidence_at_activation, row.confidence_version) == (0.9, "CONFIDENCE_V1")
    assert row.activated_at == policy.activated_at
    assert list(ledger.violations()) == []


def test_spec_51_a_pending_policy_is_activated_by_its_third_confirmation(tenant, people):
    policy = factories.make_policy(tenant, mode=PolicyMode.PENDING, generation_confidence=0.8)

    for person in people:
        confirm(policy, person)

    policy.refresh_from_db()
    assert policy.mode == PolicyMode.ACTIVE


def test_spec_53_a_policy_that_did_harm_is_not_activated(policy, people, admin):
    PolicyRule.objects.update(regret_count=1, confirmations_received=3)

    with pytest.raises(WrongState, match="did harm"):
        activate(policy, admin)
    with pytest.raises(WrongState, match="did harm"):
        activate(policy, people[0], None)

    policy.refresh_from_db()
    assert policy.mode == PolicyMode.SHADOW
    assert not PolicyActivationAudit.objects.exists()


def test_spec_53_not_by_the_last_confirmation_either(policy, people):
    checkpoint = propose(policy, people[0])
    PolicyRule.objects.update(regret_count=1)

    told = [confirm(policy, person) for person in people]

    assert [one.missing for one in told] == [2, 1, 0]
    assert "did harm" in told[-1].obstacle
    policy.refresh_from_db()
    assert (policy.mode, policy.confirmations_received) == (PolicyMode.SHADOW, 3)
    checkpoint.refresh_from_db()
    assert (checkpoint.resolution, checkpoint.auto_dismissed) == ("expired", True)


def test_spec_54_activated_disabled_and_activated_again_is_three_rows(policy, admin):
    activate(policy, admin)
    disable(policy, admin)
    activate(policy, admin)

    rows = PolicyActivationAudit.objects.order_by("pk")
    assert [(one.old_mode, one.new_mode, one.note) for one in rows] == [
        ("shadow", "active", "seen enough"),
        ("active", "disabled", "too loud"),
        ("disabled", "active", "seen enough"),
    ]
    assert {one.approval_path for one in rows} == {f"human:{admin.user.pk}"}


def test_what_is_not_sure_enough_is_not_activated(policy, admin):
    PolicyRule.objects.update(generation_confidence=0.5999)

    with pytest.raises(WrongState, match="confidence is too low"):
        activate(policy, admin)

    PolicyRule.objects.update(generation_confidence=0.6)
    assert activate(policy, admin).mode == PolicyMode.ACTIVE


def test_nobody_confirms_twice_or_what_they_wrote(policy, people, admin):
    confirm(policy, people[0])
    with pytest.raises(WrongState, match="You have confirmed this revision"):
        confirm(policy, people[0])

    PolicyVersion.objects.create(
        tenant=policy.tenant,
        policy=policy,
        revision=1,
        changed_by="admin",
        author=admin.user,
        at=timezone.now(),
        name="",
        conditions={},
        actions={},
        scope_type="tenant",
        scope_id="x",
    )
    with pytest.raises(NotPermitted, match="You wrote this revision"):
        confirm(policy, admin)
    assert PolicyConfirmation.objects.count() == 1


def test_what_was_read_must_be_what_is_confirmed(policy, people):
    PolicyRule.objects.update(revision=2)

    with pytest.raises(PolicyChanged, match="You read revision 1; this policy is revision 2"):
        confirm(policy, people[0], seen_revision=1)


@pytest.mark.parametrize("mode", [PolicyMode.ACTIVE, PolicyMode.DISABLED])
def test_only_what_waits_is_confirmed_or_proposed(mode, tenant, people):
    policy = factories.make_policy(tenant, mode=mode, activated_at=timezone.now())

    with pytest.raises(WrongState, match=f"This policy is {mode}"):
        confirm(policy, people[0])
    with pytest.raises(WrongState, match=f"This policy is {mode}"):
        propose(policy, people[0])


def test_activating_twice_is_refused(policy, admin):
    activate(policy, admin)

    with pytest.raises(WrongState, match="active already"):
        activate(policy, admin)
    assert PolicyActivationAudit.objects.count() == 1


def test_an_override_is_an_admins_and_says_why(policy, people, admin):
    with pytest.raises(NotPermitted):
        activate(policy, people[0])
    with pytest.raises(InvalidInput):
        activate(policy, admin, "  ")
    with pytest.raises(WrongState, match="Not all of the 3 people"):
        activate(policy, admin, None)
    policy.refresh_from_db()
    assert policy.mode == PolicyMode.SHADOW


def test_what_was_enforced_before_comes_back_by_an_admins_hand(policy, people, admin):
    for person in people:
        confirm(policy, person)
    policies.observe(policy_id=policy.pk, reason="look again", by=admin, now=timezone.now())

    with pytest.raises(NotPermitted):
        activate(policy, people[0], None)
    assert activate(policy, admin, None).mode == PolicyMode.ACTIVE
    paths = PolicyActivationAudit.objects.order_by("pk").values_list("approval_path", flat=True)
    assert list(paths) == ["threshold", f"human:{admin.user.pk}", "threshold"]


def test_one_policy_of_a_pattern_is_live(policy, admin):
    disable(policy, admin)
    factories.run_loop(policy.tenant)  # its pattern leads to another policy
    assert PolicyRule.objects.live().exists()

    with pytest.raises(WrongState, match="Another policy of the same pattern is live"):
        activate(policy, admin)
    policy.refresh_from_db()
    assert policy.mode == PolicyMode.DISABLED
    assert not PolicyActivationAudit.objects.filter(new_mode="active").exists()


def test_disabling_and_observing_need_an_admin_and_a_reason(policy, people, admin):
    with pytest.raises(NotPermitted):
        disable(policy, people[0])
    with pytest.raises(InvalidInput):
        disable(policy, admin, " \n")
    with pytest.raises(WrongState, match="is shadow"):
        policies.observe(policy_id=policy.pk, reason="x", by=admin, now=timezone.now())
    disable(policy, admin)
    with pytest.raises(WrongState, match="disabled already"):
        disable(policy, admin)


def test_another_tenants_policy_does_not_exist(policy):
    stranger = factories.make_actor(factories.make_tenant(), role=Role.ADMIN)

    for act in (confirm, activate, disable, propose):
        with pytest.raises(NotFound):
            act(policy, stranger)


def test_a_proposal_asks_three_people_and_holds_no_loop(policy, people):
    checkpoint = propose(policy, people[0])

    assert (checkpoint.priority, checkpoint.approvers_required) == ("high", 3)
    assert not checkpoint.holds_loop
    assert checkpoint.trace.incident_id == policy.source_incident_id
    with pytest.raises(WrongState, match="proposed already"):
        propose(policy, people[1])
    assert list(ledger.violations()) == []


def test_three_approvals_activate_and_close_the_checkpoint(policy, people):
    checkpoint = propose(policy, people[0])

    told = [answer(checkpoint, "approve", person) for person in people]

    assert [(one.is_final, one.approvals_missing) for one in told] == [
        (False, 2),
        (False, 1),
        (True, 0),
    ]
    assert not any(one.resumes for one in told)
    policy.refresh_from_db()
    checkpoint.refresh_from_db()
    assert policy.mode == PolicyMode.ACTIVE
    assert (checkpoint.resolution, checkpoint.resolved_by) == ("approve", people[2].user)
    assert CheckpointDecision.objects.count() == PolicyConfirmation.objects.count() == 3
    assert list(ledger.violations()) == []


def test_a_yes_on_the_page_counts_at_the_checkpoint(policy, people):
    checkpoint = propose(policy, people[0])
    confirm(policy, people[0])

    with pytest.raises(WrongState, match="You have confirmed this revision"):
        answer(checkpoint, "approve", people[0])
    answer(checkpoint, "approve", people[1])
    confirm(policy, people[2])

    checkpoint.refresh_from_db()
    assert (checkpoint.resolution, checkpoint.auto_dismissed) == ("expired", True)
    assert list(ledger.violations()) == []


def test_a_rejection_disables_the_policy(policy, people):
    answer(propose(policy, people[0]), "reject", people[1])

    policy.refresh_from_db()
    assert policy.mode == PolicyMode.DISABLED
    row = PolicyActivationAudit.objects.get()
    assert (row.new_mode, row.note) == ("disabled", "because")
    assert row.approval_path == f"human:{people[1].user.pk}"
    assert list(ledger.violations()) == []


def test_sent_back_it_stays_in_its_mode_and_is_confirmed_anew(policy, people):
    checkpoint = propose(policy, people[0])
    answer(checkpoint, "approve", people[0])

    answer(checkpoint, "modify", people[1])

    policy.refresh_from_db()
    assert (policy.mode, policy.revision, policy.confirmations_received) == ("shadow", 2, 0)
    checkpoint.refresh_from_db()
    assert checkpoint.resolution == "modify"
    assert confirm(policy, people[0]).missing == 2
    assert list(ledger.violations()) == []


def test_an_approval_of_what_has_changed_since_is_refused(policy, people):
    checkpoint = propose(policy, people[0])
    PolicyRule.objects.update(generation_confidence=0.88)

    with pytest.raises(StaleContract):
        answer(checkpoint, "approve", people[0], seen_digest=checkpoint.contract_digest)
    assert not PolicyConfirmation.objects.exists()


def test_a_checkpoint_that_was_outrun_decides_nothing(policy, people):
    checkpoint = propose(policy, people[0])
    PolicyRule.objects.update(mode=PolicyMode.DISABLED)

    with pytest.raises(WrongState, match="is disabled by now"):
        answer(checkpoint, "approve", people[0])


def test_every_decision_is_in_the_audit(policy, people, admin):
    propose(policy, people[0])
    confirm(policy, people[0])
    activate(policy, admin)
    disable(policy, admin)

    told = AuditEntry.objects.filter(object_id=policy.pk).order_by("pk")
    assert [one.action for one in told] == [
        "policy.propose",
        "policy.confirm",
        "policy.active",
        "policy.disabled",
    ]
