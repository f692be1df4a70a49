"""How far a loop is trusted, computed from rows (loop mechanics 1.0.0)."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from loops.domain.states import (
    ActivationPath,
    Capability,
    GraduationLevel,
    PolicyDecision,
    PolicyMode,
    PreventionOutcome,
)
from loops.engine import evidence, graduating
from loops.models import (
    CapabilityLockout,
    FeedEntry,
    GraduationHistory,
    GraduationStatus,
    Incident,
    PolicyActivationAudit,
    PolicyRule,
)
from m25console.models import AuditEntry, Tenant
from tests import factories, learned

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def policy(tenant: Tenant) -> PolicyRule:
    return learned.policy_in_force(tenant)


def incident_of(tenant: Tenant) -> Incident:
    return Incident.objects.get(pk=factories.run_loop(tenant).incident_id)


def evaluate(tenant: Tenant | None, *, now: datetime | None = None) -> GraduationHistory:
    graduating.evaluate(tenant, now=now or timezone.now())
    last = graduating.latest(tenant)
    assert last is not None
    return last


def prove_everything(policy: PolicyRule, *, at: datetime | None = None) -> None:
    """All three gates: preventions, one demotion among many decisions, and a view."""
    moment = at or timezone.now()
    for _ in range(4):
        learned.prevention_by(policy, at=moment)
    learned.regret_of(
        learned.policy_in_force(policy.tenant), was_auto_rolled_back=True, created_at=moment
    )
    learned.view_of(incident_of(policy.tenant), at=moment)


def unlocked(tenant: Tenant) -> set[str]:
    mine = CapabilityLockout.objects.filter(tenant=tenant, is_unlocked=True)
    return set(mine.values_list("capability", flat=True))


def test_spec_78_a_new_tenant_is_alpha_and_everything_is_locked(tenant):
    row = evaluate(tenant)

    assert row.level == GraduationLevel.ALPHA
    scores = {key: gate["score"] for key, gate in row.gates.items()}
    assert scores == {"prevention": 0, "rollback": 0.5, "timeline": 0}
    assert CapabilityLockout.objects.filter(tenant=tenant).count() == 3
    assert unlocked(tenant) == set()


def test_a_prevention_makes_beta_and_unlocks_recoveries(tenant, policy):
    learned.prevention_by(policy)

    row = evaluate(tenant)

    assert (row.level, row.gates["prevention"]["score"]) == (GraduationLevel.BETA, 0.55)
    assert unlocked(tenant) == {Capability.AUTO_APPLY_RECOVERY}
    status = GraduationStatus.objects.get(tenant=tenant)
    assert status.label == "M25-BETA (1/3 gates)"
    assert status.gates["prevention"]["passed_at"] == row.computed_at.isoformat()


def test_everything_proved_is_complete_and_says_from_what(tenant, policy):
    prove_everything(policy)

    row = evaluate(tenant)

    assert row.level == GraduationLevel.COMPLETE
    assert unlocked(tenant) == set(Capability)
    assert row.evidence["counts"]["preventions"] == 4
    assert row.evidence["regret_rate"] == 0.25
    assert len(row.evidence["rows"]["preventions"]) == 4
    assert GraduationStatus.objects.get(tenant=tenant).graduated_at == row.computed_at


def test_only_preventions_mitigations_and_failures_are_attempts(tenant, policy):
    for outcome in PreventionOutcome:
        learned.prevention_by(policy, outcome=outcome)

    counts = evidence.counts_for(tenant, until=timezone.now())

    assert (counts.preventions, counts.attempts) == (1, 3)


def test_spec_72_a_prevention_before_its_activation_does_not_count(tenant, policy):
    assert policy.activated_at is not None
    recent = timezone.now() - timedelta(days=1)
    PolicyRule.objects.filter(pk=policy.pk).update(activated_at=recent)
    learned.prevention_by(policy, at=recent - timedelta(seconds=1))
    learned.prevention_by(policy, at=recent)

    assert evidence.counts_for(tenant, until=timezone.now()).preventions == 1


def test_a_later_activation_takes_nothing_back(tenant, policy):
    long_ago, now = timezone.now() - timedelta(days=20), timezone.now()
    PolicyActivationAudit.objects.create(
        policy=policy, tenant=tenant, source_pattern_id="", confidence_at_activation=0.9,
        confidence_version="CONFIDENCE_V1", approval_path="human:1",
        new_mode=PolicyMode.ACTIVE, activated_at=long_ago,
    )  # fmt: skip
    learned.prevention_by(policy, at=long_ago + timedelta(days=1))
    PolicyRule.objects.filter(pk=policy.pk).update(activated_at=now)

    assert evidence.counts_for(tenant, until=now).preventions == 1


def test_evidence_is_thirty_days_old_at_most(tenant, policy):
    now = timezone.now()
    learned.prevention_by(policy, at=now - timedelta(days=30, seconds=1))
    learned.prevention_by(policy, at=now - timedelta(days=30) + timedelta(seconds=1))

    assert evidence.counts_for(tenant, until=now).preventions == 1


def test_spec_92_simulated_and_synthetic_rows_change_nothing(tenant, policy):
    number = 7
    learned.prevention_by(policy, id=f"prev_sim_{number:012x}", is_simulated=True, evaluation=None)
    learned.prevention_by(policy, is_synthetic=True, synthetic_scenario_id="drill-1")
    learned.regret_of(policy, id=f"regret_sim_{number:012x}", is_simulated=True)
    incident = incident_of(tenant)
    learned.view_of(incident, id=f"tv_sim_{number:012x}", is_simulated=True, user=None)
    Incident.objects.filter(pk=incident.pk).update(is_synthetic=True)
    learned.view_of(incident)

    row = evaluate(tenant)

    assert row.level == GraduationLevel.ALPHA
    counted = row.evidence["counts"]
    assert (counted["attempts"], counted["regrets"], counted["views"]) == (0, 0, 0)


def test_regret_is_measured_by_all_decisions_of_the_tenant(tenant, policy):
    for _ in range(3):
        learned.decided_by(policy, decision=PolicyDecision.ALLOW)
    learned.decided_by(policy)
    learned.regret_of(policy)

    assert evaluate(tenant).evidence["regret_rate"] == 0.25


def test_spec_88_and_91_stale_evidence_degrades_and_locks_everything(tenant, policy):
    now = timezone.now()
    prove_everything(policy, at=now - timedelta(days=15))
    evaluate(tenant, now=now - timedelta(days=14))
    assert unlocked(tenant) == set(Capability)

    row = evaluate(tenant, now=now)

    assert (row.level, row.degraded_from) == (GraduationLevel.DEGRADED, GraduationLevel.COMPLETE)
    assert all(gate["passed"] for gate in row.gates.values())
    assert unlocked(tenant) == set()
    alert = AuditEntry.objects.get(action="graduation.degraded")
    assert "15 days ago" in alert.note
    assert FeedEntry.objects.filter(kind="graduation", tenant=tenant).exists()


def test_a_loss_is_told_once_while_it_lasts(tenant, policy):
    now = timezone.now()
    learned.prevention_by(policy, at=now - timedelta(days=16))
    evaluate(tenant, now=now - timedelta(days=15))
    for minutes in range(3):
        row = evaluate(tenant, now=now + timedelta(minutes=minutes))

    assert row.degraded_from == GraduationLevel.BETA
    assert AuditEntry.objects.filter(action="graduation.degraded").count() == 1


def test_spec_90_good_evidence_brings_it_back(tenant, policy):
    now = timezone.now()
    learned.prevention_by(policy, at=now - timedelta(days=16))
    evaluate(tenant, now=now - timedelta(days=15))
    evaluate(tenant, now=now)
    for outcome in ["prevented"] * 5 + ["failed"] * 3:
        learned.prevention_by(policy, outcome=outcome, at=now + timedelta(minutes=1))

    row = evaluate(tenant, now=now + timedelta(minutes=2))

    assert (row.level, row.degraded_from) == (GraduationLevel.BETA, None)
    assert unlocked(tenant) == {Capability.AUTO_APPLY_RECOVERY}


def test_the_moment_of_unlocking_is_that_of_the_edge(tenant, policy):
    now = timezone.now()
    learned.prevention_by(policy, at=now)
    first = evaluate(tenant, now=now).computed_at
    evaluate(tenant, now=now + timedelta(minutes=15))

    lockout = CapabilityLockout.objects.get(capability=Capability.AUTO_APPLY_RECOVERY)
    assert lockout.unlocked_at == first
    assert lockout.last_checked == now + timedelta(minutes=15)


@pytest.mark.parametrize(
    ("path", "mode"),
    [(ActivationPath.AUTO, PolicyMode.SHADOW), ("human:7", PolicyMode.ACTIVE)],
)
def test_policies_no_person_stands_behind_fall_back_to_shadow(tenant, policy, path, mode):
    PolicyActivationAudit.objects.create(
        policy=policy, tenant=tenant, source_pattern_id="", confidence_at_activation=0.9,
        confidence_version="CONFIDENCE_V1", approval_path=path, new_mode=PolicyMode.ACTIVE,
        activated_at=policy.activated_at,
    )  # fmt: skip
    now = timezone.now()
    prove_everything(policy, at=now - timedelta(days=15))
    evaluate(tenant, now=now - timedelta(days=14))
    policy.refresh_from_db()
    assert policy.mode == PolicyMode.ACTIVE

    evaluate(tenant, now=now)

    policy.refresh_from_db()
    assert policy.mode == mode
    lost = PolicyActivationAudit.objects.filter(approval_path=ActivationPath.GRADUATION_LOST)
    assert lost.count() == (1 if mode == PolicyMode.SHADOW else 0)


def test_each_tenant_stands_alone_and_the_installation_is_their_sum(tenant, policy):
    other = factories.make_tenant()
    learned.prevention_by(policy)
    learned.prevention_by(learned.policy_in_force(other), outcome=PreventionOutcome.FAILED)

    told = graduating.evaluate_all(timezone.now())

    assert told == {"evaluated": 2, "degraded": 0}
    levels = dict(GraduationStatus.objects.values_list("tenant", "level"))
    assert levels == {
        tenant.pk: GraduationLevel.BETA, other.pk: GraduationLevel.ALPHA,
        None: GraduationLevel.BETA,
    }  # fmt: skip
    whole = graduating.latest(None)
    assert whole is not None
    assert whole.evidence["counts"]["attempts"] == 2
    assert len(whole.evidence["rows"]["preventions"]) == 1


def test_a_clock_that_lags_does_not_reorder_history(tenant):
    now = timezone.now()
    first = evaluate(tenant, now=now)

    second = evaluate(tenant, now=now - timedelta(minutes=5))

    assert second.pk > first.pk
    assert second.computed_at == first.computed_at
