"""Rewriting a policy makes a revision that nobody has confirmed; exceptions end."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from loops.actions import policies, policy_edits, proposals, regrets
from loops.actions.policy_checks import LONGEST_EXCEPTION, PolicyChanged
from loops.actions.policy_edits import ExceptedRequests
from loops.actions.policy_modes import change_mode
from loops.actions.regrets import Harm
from loops.domain.conditions import equals
from loops.domain.rule_edit import RuleEdit
from loops.domain.states import ActivationPath, PolicyMode, RegretType
from loops.engine import ledger
from loops.models import (
    HumanCheckpoint,
    PolicyException,
    PolicyRegretSummary,
    PolicyRule,
    PolicyVersion,
)
from m25console.access import Actor, system_actor
from m25console.models import AuditEntry, Tenant
from m25console.refusals import InvalidInput, NotFound, NotPermitted, WrongState
from m25console.vocabulary import Role
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

NARROWER = RuleEdit(
    name="Only at the new endpoint",
    conditions={"all": [equals("error_type", "timeout"), equals("api_endpoint", "/v2")]},
    action_type="block",
    action_params={"reason": "timeouts"},
    scope_type="tenant",
)


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def policy(tenant: Tenant) -> PolicyRule:
    return factories.make_policy(tenant, shadow_evaluations=5, shadow_would_block=2)


@pytest.fixture
def admin(tenant: Tenant) -> Actor:
    return factories.make_actor(tenant, role=Role.ADMIN)


def modify(
    policy: PolicyRule, by: Actor, edit: RuleEdit = NARROWER, *, reason: str = "too wide"
) -> PolicyRule:
    return policy_edits.modify(
        policy_id=policy.pk,
        edit=edit,
        seen_version=policy.version,
        reason=reason,
        by=by,
        now=timezone.now(),
    ).policy


def confirm(policy: PolicyRule, by: Actor) -> None:
    policies.confirm(policy_id=policy.pk, note="", by=by, now=timezone.now())


def test_an_edit_is_a_revision_that_begins_anew(policy, admin, tenant):
    reviewer = factories.make_actor(tenant)
    confirm(policy, reviewer)
    policies.activate(policy_id=policy.pk, by=admin, now=timezone.now(), override_reason="ok")
    regrets.report(
        harm=Harm(RegretType.PERF, severity=2),
        policy_id=policy.pk,
        by=reviewer,
        now=timezone.now(),
    )
    policy.refresh_from_db()
    assert policy.regret_count == 1

    modify(policy, admin)

    policy.refresh_from_db()
    assert (policy.revision, policy.mode, policy.name) == (2, "shadow", NARROWER.name)
    assert policy.conditions == NARROWER.conditions
    assert policy.actions == {"type": "block", "params": {"reason": "timeouts"}}
    assert (policy.confirmations_received, policy.regret_count) == (0, 0)
    assert (policy.shadow_evaluations, policy.shadow_would_block) == (0, 0)
    summary = PolicyRegretSummary.objects.get()
    assert (summary.regret_score, summary.regret_event_count) == (0, 0)
    assert list(ledger.violations()) == []
    confirm(policy, reviewer)  # what they agreed to before was another policy


def test_every_revision_is_kept_with_who_wrote_it(policy, admin):
    before = policy.conditions
    modify(policy, admin)

    first, second = PolicyVersion.objects.order_by("revision")
    assert (first.conditions, first.changed_by, first.author) == (before, "the loop", None)
    assert (second.conditions, second.author, second.note) == (
        NARROWER.conditions,
        admin.user,
        "too wide",
    )
    entry = AuditEntry.objects.get(action="policy.modify")
    assert entry.before["revision"] == 1
    assert "scope_id" not in entry.after
    with pytest.raises(NotPermitted, match="You wrote this revision"):
        confirm(policy, admin)


def test_an_edited_policy_enforces_nothing_until_it_is_confirmed(policy, admin):
    policies.activate(
        policy_id=policy.pk, by=admin, now=timezone.now(), override_reason="seen enough"
    )
    policy.refresh_from_db()

    modify(policy, admin)

    policy.refresh_from_db()
    assert (policy.mode, policy.is_active) == ("shadow", False)
    assert list(ledger.violations()) == []


def test_an_edit_closes_the_question_about_what_was_before(policy, admin):
    checkpoint = proposals.propose(policy_id=policy.pk, by=admin, now=timezone.now())

    modify(policy, admin)

    checkpoint.refresh_from_db()
    assert checkpoint.resolution == "expired"
    assert "new confirmations" in checkpoint.note


def test_an_edit_of_what_somebody_else_changed_meanwhile_is_refused(policy, admin):
    modify(policy, admin)

    with pytest.raises(PolicyChanged, match="it is revision 2 now"):
        modify(policy, admin, replace(NARROWER, name="Mine"))
    policy.refresh_from_db()
    assert policy.name == NARROWER.name


def test_an_edit_that_changes_nothing_is_refused(policy, admin):
    same = RuleEdit(
        policy.name, policy.conditions, policy.actions["type"], policy.actions["params"], "tenant"
    )

    with pytest.raises(InvalidInput, match="Nothing was changed"):
        modify(policy, admin, same)
    assert not PolicyVersion.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"name": " "}, "name"),
        ({"conditions": {"all": []}}, "conditions/all"),
        ({"conditions": {"all": [{"field": "colour"}]}}, "conditions/all/0"),
        ({"conditions": equals("error_type", "a\0b")}, "conditions/value"),
        ({"action_type": "explode"}, "action_type"),
        ({"action_params": []}, "action_params"),
        ({"action_params": {"to": {"deep": 1}}}, "action_params/to"),
        ({"scope_type": "global"}, "scope_type"),
        ({"scope_type": "agent"}, "scope_type"),
    ],
)
def test_every_fault_of_an_edit_is_told_at_its_place(wrong: dict[str, Any], place, policy, admin):
    with pytest.raises(InvalidInput) as refused:
        modify(policy, admin, replace(NARROWER, **wrong))

    assert place in refused.value.fields
    policy.refresh_from_db()
    assert policy.revision == 1


def test_spec_55_a_quote_in_a_value_stays_data(tenant):
    policy = factories.make_policy(tenant, error_type="a' OR 1")

    assert policy.conditions == {"all": [equals("error_type", "a' or 1")]}


def test_an_edit_needs_an_admin_and_a_reason(policy, admin, tenant):
    with pytest.raises(NotPermitted):
        modify(policy, factories.make_actor(tenant))
    with pytest.raises(InvalidInput):
        modify(policy, admin, reason=" ")
    with pytest.raises(NotFound):
        modify(policy, factories.make_actor(factories.make_tenant(), role=Role.ADMIN))


def test_a_broken_promise_is_a_revision_nobody_has_confirmed(policy, admin, tenant):
    reviewer = factories.make_actor(tenant)
    confirm(policy, reviewer)
    policies.activate(policy_id=policy.pk, by=admin, now=timezone.now(), override_reason="ok")
    with transaction.atomic():
        change_mode(
            PolicyRule.objects.locked().get(),
            to=PolicyMode.SHADOW,
            path=ActivationPath.PROMISE_BROKEN,
            now=timezone.now(),
            by=system_actor(tenant),
            note="blocked 9 of 10 instead of 1",
        )

    policy.refresh_from_db()
    assert (policy.revision, policy.confirmations_received) == (2, 0)
    confirm(policy, reviewer)
    assert list(ledger.violations()) == []


def except_from(policy: PolicyRule, by: Actor, **fields: Any) -> PolicyException:
    now = timezone.now()
    defaults = {
        "conditions": equals("agent_id", "canary"),
        "reason": "a load test",
        "expires_at": now + timedelta(days=1),
    }
    requests = ExceptedRequests(**defaults | fields)
    return policy_edits.except_from(policy_id=policy.pk, requests=requests, by=by, now=now)


def test_an_exception_begins_and_is_ended_once(policy, admin):
    made = except_from(policy, admin)
    end = {"policy_id": policy.pk, "exception_id": made.pk, "by": admin}

    policy_edits.end_exception(**end, now=timezone.now())

    made.refresh_from_db()
    assert made.ended_by == admin.user
    with pytest.raises(WrongState, match="over already"):
        policy_edits.end_exception(**end, now=timezone.now())
    assert [one.action for one in AuditEntry.objects.order_by("pk")] == [
        "policy.except",
        "policy.end_exception",
    ]


def test_an_exception_that_ended_by_itself_is_over(policy, admin):
    made = except_from(policy, admin)

    with pytest.raises(WrongState, match="over already"):
        policy_edits.end_exception(
            policy_id=policy.pk, exception_id=made.pk, by=admin, now=made.expires_at
        )


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"conditions": {}}, "conditions"),
        ({"reason": ""}, "reason"),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "expires_at"),
        ({"expires_at": timezone.now() + LONGEST_EXCEPTION + timedelta(days=1)}, "expires_at"),
    ],
)
def test_an_exception_says_which_requests_why_and_for_how_long(wrong, place, policy, admin):
    with pytest.raises(InvalidInput) as refused:
        except_from(policy, admin, **wrong)

    assert place in refused.value.fields
    assert not PolicyException.objects.exists()


def test_an_exception_of_another_policy_is_not_found(policy, admin, tenant):
    made = except_from(policy, admin)
    other = factories.make_policy(tenant, error_type="rate_limit")

    with pytest.raises(NotFound):
        policy_edits.end_exception(
            policy_id=other.pk, exception_id=made.pk, by=admin, now=timezone.now()
        )
    with pytest.raises(NotPermitted):
        except_from(policy, factories.make_actor(tenant))
    assert HumanCheckpoint.objects.pending().filter(target_id=policy.pk).count() == 0
