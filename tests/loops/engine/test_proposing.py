"""Policies that have shown enough are asked about once, or activate themselves where allowed."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from loops.actions import checkpoints, policies, policy_edits
from loops.domain.conditions import equals
from loops.domain.rule_edit import RuleEdit
from loops.domain.states import Capability, PolicyMode
from loops.engine import ledger
from loops.engine.proposing import OBSERVED_FOR, activate_earned, propose_policies
from loops.models import CapabilityLockout, HumanCheckpoint, PolicyActivationAudit, PolicyRule
from m25console.models import Tenant
from m25console.vocabulary import Role
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


def unlock(tenant: Tenant, *, is_unlocked: bool = True) -> None:
    CapabilityLockout.objects.create(
        tenant=tenant,
        capability=Capability.AUTO_ACTIVATE_POLICY,
        requires_gate="rollback",
        is_unlocked=is_unlocked,
    )


def proposed(*, after: timedelta = timedelta(0)) -> int:
    count: int = propose_policies(timezone.now() + after)["proposed"]
    return count


@pytest.mark.parametrize(
    ("fields", "after", "asked"),
    [
        ({}, timedelta(0), 0),  # in shadow, and nobody has asked it yet
        ({}, OBSERVED_FOR, 1),
        ({"shadow_evaluations": 1}, timedelta(0), 1),
        ({"mode": PolicyMode.PENDING}, timedelta(0), 1),
        ({"mode": PolicyMode.PENDING, "generation_confidence": 0.5}, timedelta(0), 0),
        ({"mode": PolicyMode.PENDING, "regret_count": 1}, timedelta(0), 0),
        ({"mode": PolicyMode.DISABLED}, OBSERVED_FOR, 0),
    ],
)
def test_people_are_asked_about_what_is_ready(tenant, fields: dict[str, Any], after, asked):
    policy = factories.make_policy(tenant, **fields)

    assert proposed(after=after) == asked
    assert proposed(after=after) == 0
    assert HumanCheckpoint.objects.filter(target_id=policy.pk).count() == asked


def test_what_was_sent_back_is_asked_about_once_it_is_edited(tenant):
    policy = factories.make_policy(tenant, shadow_evaluations=1)
    assert proposed() == 1
    checkpoint = HumanCheckpoint.objects.get(target_id=policy.pk)
    reviewer = factories.make_actor(tenant)
    checkpoints.resolve(
        checkpoint_id=checkpoint.pk,
        resolution="modify",
        note="only one endpoint",
        by=reviewer,
        now=timezone.now(),
    )
    assert proposed(after=OBSERVED_FOR) == 0

    policy.refresh_from_db()
    policy_edits.modify(
        policy_id=policy.pk,
        edit=RuleEdit(policy.name, equals("error_type", "timeout"), "warn", {}, "tenant"),
        seen_version=policy.version,
        reason="as asked",
        by=factories.make_actor(tenant, role=Role.ADMIN),
        now=timezone.now(),
    )
    assert proposed(after=OBSERVED_FOR) == 1


def test_what_was_rejected_is_not_asked_about_again(tenant):
    policy = factories.make_policy(tenant, shadow_evaluations=1)
    proposed()
    checkpoints.resolve(
        checkpoint_id=HumanCheckpoint.objects.get(target_id=policy.pk).pk,
        resolution="reject",
        note="no",
        by=factories.make_actor(tenant),
        now=timezone.now(),
    )

    assert proposed(after=OBSERVED_FOR) == 0


def test_questions_that_a_policy_has_outrun_are_closed(tenant):
    policy = factories.make_policy(tenant, shadow_evaluations=1)
    proposed()
    PolicyRule.objects.update(mode=PolicyMode.DISABLED)

    assert propose_policies(timezone.now()) == {"proposed": 0, "closed": 1}
    checkpoint = HumanCheckpoint.objects.get(target_id=policy.pk)
    assert (checkpoint.resolution, checkpoint.auto_dismissed) == ("expired", True)


def test_a_policy_activates_itself_where_that_was_earned(tenant):
    policy = factories.make_policy(tenant, shadow_evaluations=4)
    assert activate_earned(timezone.now()) == {"activated": 0}
    unlock(tenant)

    assert activate_earned(timezone.now()) == {"activated": 1}
    assert activate_earned(timezone.now()) == {"activated": 0}
    policy.refresh_from_db()
    assert policy.mode == PolicyMode.ACTIVE
    row = PolicyActivationAudit.objects.get()
    assert row.approval_path == "auto"
    assert row.note == "In shadow it would have acted on 0 of 4 requests."
    assert list(ledger.violations()) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"shadow_evaluations": 0},
        {"regret_count": 1},
        {"generation_confidence": 0.5},
        {"activated_at": timezone.now()},
        {"mode": PolicyMode.DISABLED},
    ],
)
def test_what_has_not_earned_it_stays_as_it_is(tenant, fields):
    unlock(tenant)
    factories.make_policy(tenant, **{"shadow_evaluations": 1} | fields)

    assert activate_earned(timezone.now()) == {"activated": 0}


def test_a_locked_capability_activates_nothing(tenant):
    unlock(tenant, is_unlocked=False)
    factories.make_policy(tenant, shadow_evaluations=1)

    assert activate_earned(timezone.now()) == {"activated": 0}


def test_a_confirmed_policy_is_activated_when_nothing_stands_in_its_way_any_more(tenant):
    policy = factories.make_policy(tenant, mode=PolicyMode.PENDING, generation_confidence=0.5)
    for _ in range(3):
        policies.confirm(
            policy_id=policy.pk, note="", by=factories.make_actor(tenant), now=timezone.now()
        )
    assert activate_earned(timezone.now()) == {"activated": 0}
    PolicyRule.objects.update(generation_confidence=0.7)

    assert activate_earned(timezone.now()) == {"activated": 1}
    assert PolicyActivationAudit.objects.get().approval_path == "threshold"
