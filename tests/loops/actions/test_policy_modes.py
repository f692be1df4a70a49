"""A policy changes its mode in one way, and nothing about it is forgotten."""

import pytest
from django.db import transaction
from django.utils import timezone

from loops.actions import asking, policy_modes
from loops.domain.checkpoints import Need
from loops.domain.states import ActivationPath, CheckpointType, PolicyMode, Stage
from loops.engine import ledger
from loops.models import (
    FeedEntry,
    HumanCheckpoint,
    LoopTrace,
    PolicyActivationAudit,
    PolicyRule,
)
from m25console.access import system_actor
from m25console.models import AuditEntry, Tenant
from m25console.refusals import WrongState
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def policy(tenant: Tenant) -> PolicyRule:
    return factories.make_policy(tenant)


@transaction.atomic
def change(policy: PolicyRule, to: PolicyMode, *, path: str = ActivationPath.THRESHOLD) -> None:
    by = system_actor(policy.tenant, label="tests")
    policy_modes.change_mode(policy, to=to, path=path, now=timezone.now(), by=by, note="for tests")


@transaction.atomic
def ask(policy: PolicyRule) -> HumanCheckpoint:
    trace = LoopTrace.objects.get(incident=policy.source_incident_id)
    need = Need(
        CheckpointType.APPROVE_POLICY,
        Stage.POLICY_GENERATED,
        policy.pk,
        "Activate it?",
        approvals=3,
        confidence=policy.generation_confidence,
    )
    return asking.ask_aside(need, trace=trace, subject={"policy_id": policy.pk}, now=timezone.now())


def test_spec_54_activate_disable_activate_is_three_rows_of_history(policy):
    for to in (PolicyMode.ACTIVE, PolicyMode.DISABLED, PolicyMode.ACTIVE):
        change(policy, to)

    rows = list(PolicyActivationAudit.objects.order_by("pk"))
    assert [(row.old_mode, row.new_mode) for row in rows] == [
        ("shadow", "active"),
        ("active", "disabled"),
        ("disabled", "active"),
    ]
    policy.refresh_from_db()
    assert (policy.mode, policy.is_active, policy.version) == ("active", True, 4)
    assert policy.activated_at == policy.mode_since == rows[-1].activated_at


def test_every_change_is_audited_and_told_to_pages(policy):
    change(policy, PolicyMode.ACTIVE)

    entry = AuditEntry.objects.get(object_id=policy.pk)
    assert (entry.action, entry.before, entry.note) == (
        "policy.active",
        {"mode": "shadow"},
        "for tests",
    )
    assert entry.after == {"mode": "active", "path": "threshold", "revision": 1}
    assert FeedEntry.objects.filter(kind="policy", incident_id=policy.source_incident_id).exists()


def test_a_move_that_does_not_exist_changes_nothing(policy):
    with pytest.raises(WrongState, match="is shadow; it cannot become pending"):
        change(policy, PolicyMode.PENDING)

    policy.refresh_from_db()
    assert policy.mode == PolicyMode.SHADOW
    assert not PolicyActivationAudit.objects.exists()


def test_a_question_asked_aside_holds_no_loop(policy):
    checkpoint = ask(policy)

    trace = checkpoint.trace
    assert not checkpoint.holds_loop
    assert checkpoint.event.stage == Stage.POLICY_GENERATED
    assert (trace.is_complete, trace.pending_checkpoints) == (True, [])
    assert list(ledger.violations()) == []


def test_a_proposal_is_closed_when_the_policy_moves_without_it(policy):
    checkpoint = ask(policy)

    change(policy, PolicyMode.DISABLED, path=ActivationPath.REGRET)

    checkpoint.refresh_from_db()
    assert checkpoint.resolution == "expired"
    assert checkpoint.auto_dismissed
    assert checkpoint.note == "The policy was disabled before this was decided."
    assert list(ledger.violations()) == []
