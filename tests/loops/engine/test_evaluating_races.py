"""Races between asking, changing policies and reporting; each fails without what it is about."""

import threading
import time
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from loops.actions import incidents
from loops.domain.conditions import equals
from loops.engine import evaluating
from loops.models import (
    FailurePattern,
    Incident,
    PolicyEvaluation,
    PolicyRule,
    PreventionRecord,
)
from m25console.models import Tenant
from tests import factories
from tests.loops.engine.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def learned(tenant: Tenant) -> PolicyRule:
    trace = factories.run_loop(tenant)
    pattern = FailurePattern.objects.get(incidents=trace.incident_id)
    return factories.make_rule(
        tenant,
        conditions=equals("pattern_id", pattern.pk),
        source_pattern=pattern,
        source_incident_id=trace.incident_id,
    )


def test_the_same_question_asked_eight_times_at_once_is_one_evaluation():
    tenant = factories.make_tenant()
    rule = learned(tenant)

    answers = at_once(lambda _: factories.ask(tenant, external_id="call-1"), times=8)

    assert len({one.evaluation.pk for one in answers}) == 1
    assert len({one.prevention.pk for one in answers if one.prevention}) == 1
    assert all(one.prevention for one in answers)
    assert [one.is_repeat for one in answers].count(False) == 1
    assert (PolicyEvaluation.objects.count(), PreventionRecord.objects.count()) == (1, 1)
    rule.refresh_from_db()
    assert rule.prevention_count == 1


def test_preventions_at_once_are_all_counted():
    tenant = factories.make_tenant()
    rule = learned(tenant)

    at_once(lambda number: factories.ask(tenant, external_id=f"call-{number}"), times=8)

    rule.refresh_from_db()
    assert rule.prevention_count == PreventionRecord.objects.count() == 8


@pytest.mark.parametrize("first", ["prevention", "incident"])
def test_under_one_name_a_failure_is_prevented_or_an_incident_and_never_both(first):
    """One begins and lingers before its commit; the other arrives meanwhile."""
    tenant = factories.make_tenant()
    learned(tenant)
    before = Incident.objects.count()
    began = threading.Event()

    def ask() -> Any:
        return factories.ask(tenant, external_id="call-1")

    def report() -> Any:
        return factories.report(tenant, external_id="call-1")[0]

    def lingering(work: Any) -> Any:
        with transaction.atomic():
            result = work()
            began.set()
            time.sleep(0.5)
        return result

    def arriving(work: Any) -> Any:
        began.wait(timeout=20)
        return work()

    works = [(lingering, ask), (arriving, report)]
    if first == "incident":
        works = [(lingering, report), (arriving, ask)]
    results = at_once(lambda number: works[number][0](works[number][1]), times=2)

    written = Incident.objects.count() - before
    prevented = PreventionRecord.objects.count()
    assert (written, prevented) == ((0, 1) if first == "prevention" else (1, 0))
    answers = {type(one).__name__: one for one in results}
    assert answers["Receipt"].status == ("prevented" if first == "prevention" else "accepted")
    assert (answers["Answer"].prevention is not None) is (first == "prevention")


def test_two_batches_of_the_same_names_in_other_orders_never_wait_crosswise():
    tenant = factories.make_tenant()
    learned(tenant)
    names = [f"call-{number}" for number in range(40)]

    def work(number: int) -> None:
        if number % 2:
            reports = [
                factories.make_report(external_id=name)
                for name in (names if number % 4 == 1 else reversed(names))
            ]
            incidents.report(tenant=tenant, source="tests", reports=reports, now=timezone.now())
        else:
            for name in names[:: 1 + number]:
                factories.ask(tenant, external_id=name)

    at_once(work, times=4)

    written = set(Incident.objects.exclude(external_id=None).values_list("external_id", flat=True))
    prevented = set(PreventionRecord.objects.values_list("external_id", flat=True))
    assert written | prevented == set(names)
    assert not written & prevented


def test_a_request_is_not_judged_by_a_policy_that_another_process_disabled():
    """Every answer stored after the commit of the change was judged by what it changed to."""
    tenant = factories.make_tenant()
    rule = factories.make_rule(tenant)
    factories.ask(tenant)
    disabled = threading.Event()

    def work(number: int) -> None:
        if number:
            for _ in range(20):
                known = disabled.is_set()
                decision = factories.ask(tenant).evaluation.decision
                assert decision == "allow" or not known
        else:
            PolicyRule.objects.filter(pk=rule.pk).update(mode="disabled")
            disabled.set()

    at_once(work, times=3)
    assert factories.ask(tenant).evaluation.decision == "allow"


def test_asking_does_not_wait_for_a_batch_that_holds_the_policy():
    tenant = factories.make_tenant()
    rule = factories.make_rule(tenant, actions={"type": "warn", "params": {}})
    held, answered = threading.Event(), threading.Event()

    def work(number: int) -> None:
        if number:
            held.wait(timeout=20)
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '5s'")
            assert factories.ask(tenant).evaluation.policy_id == rule.pk
            answered.set()
        else:
            with transaction.atomic():
                list(PolicyRule.objects.locked().filter(pk=rule.pk))
                held.set()
                assert answered.wait(timeout=20)

    at_once(work, times=2)


def test_books_are_shared_by_threads():
    tenant = factories.make_tenant()
    factories.make_rule(tenant)

    books = at_once(lambda _: evaluating.BOOKS.of(tenant.pk), times=8)

    assert {len(one.rules.rules) for one in books} == {1}
