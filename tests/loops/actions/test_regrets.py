"""Harm that a policy did: who pays for it, when that is too much, and how it fades."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from loops.actions import regrets
from loops.actions.regrets import Harm, Reported
from loops.domain.states import ActivationPath, PolicyDecision, PolicyMode, RegretType
from loops.models import PolicyActivationAudit, PolicyRegretSummary, PolicyRule, RegretEvent
from m25console.access import Actor
from m25console.models import AuditEntry, Tenant
from m25console.refusals import NotFound, NotPermitted, WrongState
from m25console.vocabulary import Role
from tests import factories, learned

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def reviewer(tenant: Tenant) -> Actor:
    return factories.make_actor(tenant)


@pytest.fixture
def policy(tenant: Tenant) -> PolicyRule:
    return learned.policy_in_force(tenant)


def report(
    policy: PolicyRule, severity: int = 2, *, by: Actor, now: datetime | None = None, **about: str
) -> Reported:
    harm = Harm(RegretType.FALSE_POSITIVE, severity, description="It stopped a good request.")
    named = about or {"policy_id": policy.pk}
    reported = regrets.report(harm=harm, by=by, now=now or timezone.now(), **named)
    policy.refresh_from_db()
    return reported


def test_spec_52_the_third_regret_disables_an_active_policy(policy, reviewer):
    modes = []
    for _ in range(3):
        report(policy, 2, by=reviewer)
        modes.append(policy.mode)

    assert modes == [PolicyMode.ACTIVE, PolicyMode.ACTIVE, PolicyMode.DISABLED]
    change = PolicyActivationAudit.objects.get(new_mode=PolicyMode.DISABLED)
    assert change.approval_path == ActivationPath.REGRET
    assert change.note == "Harm was reported 3 times; 3 are too many."


def test_spec_77_one_policy_is_demoted_once(policy, reviewer):
    told = [report(policy, 10, by=reviewer).demoted for _ in range(3)]

    assert told == [True, False, False]
    assert RegretEvent.objects.filter(was_auto_rolled_back=True).count() == 1
    assert PolicyActivationAudit.objects.filter(approval_path=ActivationPath.REGRET).count() == 1


def test_what_it_carries_is_counted_and_audited(policy, reviewer):
    report(policy, 6, by=reviewer)
    reported = report(policy, 3, by=reviewer)

    summary = PolicyRegretSummary.objects.get()
    assert (summary.regret_score, summary.regret_event_count) == (Decimal("4.5"), 2)
    assert policy.regret_count == 2
    assert (policy.mode, summary.demoted_at) == (PolicyMode.ACTIVE, None)
    entry = AuditEntry.objects.filter(action="policy.regret").latest("pk")
    assert entry.object_id == policy.pk
    assert entry.after is not None
    assert (entry.after["regret"], entry.after["score"]) == (reported.event.pk, "4.5000")


def test_only_the_policy_that_decided_pays(tenant, policy, reviewer):
    bystander = learned.policy_in_force(tenant)
    evaluation = learned.decided_by(policy, matched=[policy, bystander])

    with pytest.raises(WrongState, match=f"{bystander.pk} did not, even if it matched"):
        report(bystander, by=reviewer, policy_id=bystander.pk, evaluation_id=evaluation.pk)
    report(policy, by=reviewer, evaluation_id=evaluation.pk)

    assert RegretEvent.objects.get().policy == policy
    bystander.refresh_from_db()
    assert bystander.regret_count == 0


def test_a_decision_is_reported_once(policy, reviewer):
    evaluation = learned.decided_by(policy)
    report(policy, by=reviewer, evaluation_id=evaluation.pk)

    with pytest.raises(WrongState, match=f"reported already: by {reviewer.label}"):
        report(policy, by=reviewer, evaluation_id=evaluation.pk)

    assert policy.regret_count == 1


def test_an_allowed_request_blames_nobody(policy, reviewer):
    allowed = learned.decided_by(policy, decision=PolicyDecision.ALLOW)

    with pytest.raises(WrongState, match="it was allowed"):
        report(policy, by=reviewer, evaluation_id=allowed.pk)


def test_a_policy_that_was_never_in_force_did_no_harm(tenant, reviewer):
    shadow = learned.policy_in_force(tenant, mode=PolicyMode.SHADOW, activated_at=None)

    with pytest.raises(WrongState, match="never in force"):
        report(shadow, by=reviewer)


def test_harm_found_later_is_counted_but_demotes_nothing(tenant, reviewer):
    back = learned.policy_in_force(tenant, mode=PolicyMode.SHADOW)

    assert not report(back, 10, by=reviewer).demoted
    assert (back.mode, back.regret_count) == (PolicyMode.SHADOW, 1)


def test_viewers_report_nothing_and_strangers_find_nothing(tenant, policy):
    with pytest.raises(NotPermitted):
        report(policy, by=factories.make_actor(tenant, role=Role.VIEWER))
    stranger = factories.make_actor(factories.make_tenant())
    evaluation = learned.decided_by(policy)
    with pytest.raises(NotFound):
        report(policy, by=stranger)
    with pytest.raises(NotFound):
        report(policy, by=stranger, evaluation_id=evaluation.pk)
    assert not RegretEvent.objects.exists()


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def score() -> Decimal:
    return PolicyRegretSummary.objects.get().regret_score


def test_spec_76_scores_fade_once_a_day(policy, reviewer):
    report(policy, 10, by=reviewer, now=at(1, 23))

    told = [regrets.fade(at(1, 23)), regrets.fade(at(2)), regrets.fade(at(2, 5))]

    assert [one["faded"] for one in told] == [0, 1, 0]
    assert score() == Decimal("4.5")
    regrets.fade(at(3))
    assert score() == Decimal("4.05")


def test_missed_days_are_caught_up_once(policy, reviewer):
    report(policy, 10, by=reviewer, now=at(1))

    regrets.fade(at(3, 7))

    assert score() == Decimal("4.05")


def test_a_report_fades_what_the_job_has_not_yet(policy, reviewer):
    report(policy, 8, by=reviewer, now=at(1))

    report(policy, 1, by=reviewer, now=at(2, 1))
    regrets.fade(at(2, 2))

    assert score() == Decimal("4.1")  # 4.0 faded to 3.6, and a half more
    assert policy.mode == PolicyMode.ACTIVE


def test_a_demotion_keeps_when_and_why(policy, reviewer):
    now = timezone.now() - timedelta(hours=1)
    report(policy, 10, by=reviewer, now=now)

    summary = PolicyRegretSummary.objects.get()
    assert (summary.demoted_at, summary.demoted_reason) == (
        now,
        "Its regret score reached 5.0 of 5.0.",
    )
