"""Checks, counts and raises at the same moment."""

from datetime import timedelta

import pytest

from integrations.actions import enforcement, limits, tallies
from integrations.actions.enforcement import Question, ask
from integrations.actions.tallies import Counted
from integrations.domain.enforcement import Limits, Wanted
from integrations.domain.states import Enforcement
from integrations.models import EnforcementTally, LimitRaise
from m25console.access import Actor
from m25console.models import AuditEntry
from m25console.refusals import WrongState
from tests.integrations.actions.test_limits import raised
from tests.integrations.building import NOW, an_integration, used
from tests.races import at_once, meeting

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_batches_at_once_each_add_up_and_every_answer_is_counted(
    admin: Actor, monkeypatch: pytest.MonkeyPatch
):
    row = an_integration(admin, is_enabled=True, budget_limit_cents=1000)
    used(row, cost_cents=300)
    asked = [Question(row.pk, Wanted(cents=400))] * 2
    monkeypatch.setattr(enforcement, "_recorded", meeting(enforcement._recorded))
    found = at_once(lambda _: ask(asked, tenant=admin.tenant, now=NOW), times=2)
    both = [[one.decision.result for one in answers] for answers in found]
    assert both == [[Enforcement.ALLOWED, Enforcement.BLOCKED]] * 2
    assert sum(one.answers for one in EnforcementTally.objects.all()) == 4


def test_of_tallies_counted_at_once_none_is_lost(admin: Actor, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tallies, "SHARES", 1)  # all count in one row
    yes = Counted("int_1", Enforcement.ALLOWED, Enforcement.ALLOWED, "", 2)
    count = meeting(tallies.count)
    at_once(lambda _: count([yes] * 50, tenant=admin.tenant, now=NOW), times=4)
    kept = EnforcementTally.objects.get()
    assert (kept.answers, kept.wanted_cents) == (200, 400)


def test_of_two_who_end_a_raise_one_is_told_that_it_has_ended(
    admin: Actor, monkeypatch: pytest.MonkeyPatch
):
    row = an_integration(admin, is_enabled=True, budget_limit_cents=10)
    raised(row, admin, to=Limits(budget_cents=100), until=NOW + timedelta(days=7))
    monkeypatch.setattr(limits, "check_connects", meeting(limits.check_connects))

    def end(_: int) -> bool:
        try:
            limits.end_raise(integration_id=row.pk, by=admin, now=NOW)
        except WrongState:
            return False
        return True

    assert sorted(at_once(end, times=2)) == [False, True]
    assert not LimitRaise.objects.exists()
    assert AuditEntry.objects.filter(action="integration.raise_ended").count() == 1
