"""Whether what was applied helped: it came back, it did not, or nothing is known."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from loops.domain.states import RecoveryStatus, Verification
from loops.engine import ledger, recovery_watch
from loops.models import (
    Agent,
    AgentTraffic,
    CalibrationOutcome,
    Incident,
    PatternCalibration,
    RecoveryCandidate,
)
from m25console.models import Tenant
from tests import factories
from tests.carrying import applied

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(hours=24)


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


def after_the_window() -> datetime:
    return timezone.now() + DAY + timedelta(minutes=5)


def test_a_recovery_is_watched_for_a_day(tenant):
    recovery = applied(tenant, agent_id="booking")
    assert recovery.verification == Verification.WATCHING
    assert recovery.verify_until - recovery.executed_at == DAY
    assert recovery_watch.run(timezone.now()) == {"failed": 0, "verified": 0, "inconclusive": 0}


def test_the_window_is_the_operators(tenant, settings):
    settings.VERIFICATION_HOURS = 2
    recovery = applied(tenant)
    assert recovery.verify_until - recovery.executed_at == timedelta(hours=2)


def test_a_failure_that_comes_back_fails_it_at_once(tenant):
    recovery = applied(tenant, agent_id="booking")
    again = factories.run_loop(tenant, agent_id="booking")

    assert recovery_watch.run(timezone.now())["failed"] == 1

    recovery.refresh_from_db()
    assert recovery.verification == Verification.FAILED
    assert again.incident_id in recovery.verification_note
    assert CalibrationOutcome.objects.get().was_correct is False
    assert recovery_watch.run(timezone.now())["failed"] == 0
    assert list(ledger.violations()) == []


def test_another_failure_does_not(tenant):
    recovery = applied(tenant, agent_id="booking")
    factories.run_loop(tenant, error_type="another", agent_id="booking")
    assert recovery_watch.run(timezone.now())["failed"] == 0
    recovery.refresh_from_db()
    assert recovery.verification == Verification.WATCHING


@pytest.mark.parametrize("sign", ["incident", "seen", "traffic"])
def test_an_agent_at_work_without_the_failure_verifies_it(tenant, sign):
    recovery = applied(tenant, agent_id="booking")
    give_sign(tenant, sign)

    assert recovery_watch.run(after_the_window())["verified"] == 1

    recovery.refresh_from_db()
    assert recovery.verification == Verification.VERIFIED
    assert recovery.verified_at is not None
    assert PatternCalibration.objects.get().correct_matches == 1
    assert list(ledger.violations()) == []


def give_sign(tenant: Tenant, sign: str) -> None:
    now = timezone.now()
    if sign == "incident":
        factories.run_loop(tenant, error_type="another", agent_id="booking")
        return
    long_ago = now - timedelta(days=9)
    seen = now + timedelta(hours=1) if sign == "seen" else long_ago
    agent = Agent.objects.create(tenant=tenant, agent_id="booking", last_seen_at=seen)
    if sign == "traffic":
        hour = (now + timedelta(hours=2)).replace(minute=0, second=0, microsecond=0)
        AgentTraffic.objects.create(tenant=tenant, agent=agent, hour=hour, decisions=3)


@pytest.mark.parametrize("agent", ["booking", None])
def test_silence_proves_nothing(tenant, agent):
    recovery = applied(tenant, agent_id=agent)
    assert recovery_watch.run(after_the_window())["inconclusive"] == 1
    recovery.refresh_from_db()
    assert recovery.verification == Verification.INCONCLUSIVE
    assert not CalibrationOutcome.objects.exists()


def test_an_incident_that_nobody_has_looked_at_yet_keeps_the_watch_open(tenant):
    recovery = applied(tenant, agent_id="booking")
    factories.report(tenant, agent_id="booking")
    assert recovery_watch.run(after_the_window()) == {"failed": 0, "verified": 0, "inconclusive": 0}
    factories.advance()
    assert recovery_watch.run(after_the_window())["failed"] == 1
    recovery.refresh_from_db()
    assert recovery.verification == Verification.FAILED


def test_what_was_taken_back_ends_without_a_verdict(tenant):
    recovery = applied(tenant, agent_id="booking")
    RecoveryCandidate.objects.update(status=RecoveryStatus.ROLLED_BACK)
    factories.run_loop(tenant, agent_id="booking")
    assert recovery_watch.run(after_the_window())["failed"] == 0
    recovery.refresh_from_db()
    assert recovery.verification == Verification.INCONCLUSIVE


def test_another_tenants_failure_says_nothing(tenant):
    applied(tenant, agent_id="booking")
    factories.run_loop(factories.make_tenant(), agent_id="booking")
    assert recovery_watch.run(timezone.now())["failed"] == 0
    assert recovery_watch.run(after_the_window())["inconclusive"] == 1
    assert Incident.objects.filter(prediction_was_correct__isnull=False).count() == 0
