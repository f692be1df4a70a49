"""Races about routing, on real connections. Each test fails when the lock or key is removed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from loops.actions import routing, traffic
from loops.domain.traffic import TrafficRow
from loops.engine import ledger, routing_watch
from loops.models import AgentTraffic, RoutingAdjustment
from m25console.access import system_actor
from m25console.models import AuditEntry
from m25console.refusals import WrongState
from tests import factories
from tests.loops.engine.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_clock_and_many_people_take_a_change_back_once():
    tenant = factories.make_tenant()
    before = timezone.now() - timedelta(hours=1)
    factories.tell_traffic(tenant, decisions=100, successes=95, hour=before)
    factories.routed_loop(tenant)
    made = RoutingAdjustment.objects.get()
    people = [factories.make_actor(tenant) for _ in range(7)]
    clock = system_actor(tenant)

    def take_back(number: int) -> bool:
        again = {"adjustment_id": made.pk, "reason": f"No. {number}", "now": timezone.now()}
        if number == 0:
            return routing.regress(**again, by=clock)
        try:
            routing.roll_back(**again, by=people[number - 1])
        except WrongState:
            return False
        return True

    assert at_once(take_back, times=8).count(True) == 1
    assert AuditEntry.objects.filter(action="adjustment.rolled_back").count() == 1
    assert list(ledger.violations()) == []


def test_two_watches_at_once_take_a_change_back_once():
    tenant = factories.make_tenant()
    before = timezone.now() - timedelta(hours=1)
    factories.tell_traffic(tenant, decisions=100, successes=95, hour=before)
    factories.routed_loop(tenant)
    later = timezone.now() + timedelta(hours=2)
    factories.tell_traffic(tenant, decisions=100, successes=50, hour=later)

    done = at_once(lambda _: routing_watch.watch(later), times=4)

    assert sum(one["rolled_back"] for one in done) == 1
    assert AuditEntry.objects.filter(action="loop.failed").count() == 1


def test_a_report_sent_many_times_at_once_is_counted_once():
    tenant = factories.make_tenant()
    now = timezone.now()
    rows = [TrafficRow(agent_id=f"a{number}", hour=now, decisions=2, successes=1)
            for number in range(20)]  # fmt: skip

    def report(number: int) -> str:
        told = traffic.report(tenant=tenant, report_id="r-1", rows=rows, now=now)
        return told.status

    assert sorted(at_once(report, times=6)) == ["accepted", *["duplicate"] * 5]
    assert set(AgentTraffic.objects.values_list("decisions", flat=True)) == {2}


def test_reports_of_the_same_agents_in_any_order_add_up():
    tenant = factories.make_tenant()
    now = timezone.now()
    rows = [TrafficRow(agent_id=f"a{number}", hour=now, decisions=2, successes=1)
            for number in range(50)]  # fmt: skip

    def report(number: int) -> None:
        mixed = rows if number % 2 else rows[::-1]
        for round_ in range(3):
            name = f"r-{number}-{round_}"
            traffic.report(tenant=tenant, report_id=name, rows=mixed, now=now)

    at_once(report, times=6)

    assert set(AgentTraffic.objects.values_list("decisions", flat=True)) == {36}
