"""Reports of harm at the same moment, on real connections."""

from datetime import timedelta

import pytest
from django.utils import timezone

from loops.actions import regrets
from loops.actions.regrets import Harm
from loops.domain.states import PolicyMode, RegretType
from loops.models import PolicyActivationAudit, PolicyRegretSummary, PolicyRule, RegretEvent
from m25console.refusals import WrongState
from tests import factories, learned
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_outages_reported_at_once_demote_once():
    tenant = factories.make_tenant()
    policy = learned.policy_in_force(tenant)
    people = [factories.make_actor(tenant) for _ in range(4)]

    def report(number: int) -> bool:
        return regrets.report(
            harm=Harm(RegretType.CASCADE, 10),
            policy_id=policy.pk,
            by=people[number],
            now=timezone.now(),
        ).demoted

    assert sorted(at_once(report, times=4)) == [False, False, False, True]
    assert PolicyActivationAudit.objects.filter(new_mode=PolicyMode.DISABLED).count() == 1
    assert RegretEvent.objects.filter(was_auto_rolled_back=True).count() == 1
    assert PolicyRegretSummary.objects.get().regret_event_count == 4
    assert PolicyRule.objects.get().regret_count == 4


def test_one_decision_reported_by_many_at_once_is_one_regret():
    tenant = factories.make_tenant()
    evaluation = learned.decided_by(learned.policy_in_force(tenant))
    people = [factories.make_actor(tenant) for _ in range(4)]

    def report(number: int) -> bool:
        try:
            regrets.report(
                harm=Harm(RegretType.PERF, 1),
                evaluation_id=evaluation.pk,
                by=people[number],
                now=timezone.now(),
            )
        except WrongState:
            return False
        return True

    assert at_once(report, times=4).count(True) == 1
    assert RegretEvent.objects.count() == 1


def test_fading_and_reporting_at_once_lose_nothing():
    tenant = factories.make_tenant()
    policy = learned.policy_in_force(tenant)
    reviewer = factories.make_actor(tenant)
    start = timezone.now()
    harm = Harm(RegretType.PERF, 2)
    regrets.report(harm=harm, policy_id=policy.pk, by=reviewer, now=start)
    later = start + timedelta(days=1)

    def work(number: int) -> None:
        if number % 2:
            regrets.fade(later)
        else:
            regrets.report(harm=harm, policy_id=policy.pk, by=reviewer, now=later)

    at_once(work, times=2)
    regrets.fade(later)

    assert str(PolicyRegretSummary.objects.get().regret_score) == "1.9000"  # 1.0 faded, and 1.0
