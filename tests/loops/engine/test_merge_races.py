"""A merge and the matching of incidents at once. The test fails without the catalogue's lock."""

import time
from datetime import datetime
from threading import Barrier

import pytest
from django.utils import timezone

from loops.actions import pattern_merges
from loops.domain.states import Stage
from loops.engine import dispatcher, ledger
from loops.engine.bridges import incident_to_pattern
from loops.engine.loop import Loop, Outcome
from loops.engine.workset import Workset
from loops.models import FailurePattern, Incident
from m25console.vocabulary import Role
from tests import factories
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_nothing_is_lost_when_patterns_are_merged_while_their_incidents_arrive():
    tenant = factories.make_tenant()
    admin = factories.make_actor(tenant, role=Role.ADMIN)
    kinds = ["one", "two"]
    source, heir = (
        FailurePattern.objects.get(
            incidents=factories.run_loop(tenant, error_type=kind).incident_id
        )
        for kind in kinds
    )
    reported = [
        factories.report(tenant, error_type=kind)[0].loop_id for _ in range(6) for kind in kinds
    ]

    def work(number: int) -> None:
        if number == 0:
            pattern_merges.merge(
                into=heir.pk, pattern_ids=[source.pk], reason="one", by=admin, now=timezone.now()
            )
        else:
            dispatcher.advance(reported[number - 1 : number])

    at_once(work, times=len(reported) + 1)
    factories.advance()

    assert FailurePattern.objects.known().get().occurrence_count == 14
    assert set(Incident.objects.values_list("matched_pattern", flat=True)) == {heir.pk}
    assert list(ledger.violations()) == []


def test_incidents_of_both_names_of_a_pattern_are_all_counted_when_they_arrive_at_once():
    tenant = factories.make_tenant()
    admin = factories.make_actor(tenant, role=Role.ADMIN)
    source, heir = (
        FailurePattern.objects.get(
            incidents=factories.run_loop(tenant, error_type=kind).incident_id
        )
        for kind in ("one", "two")
    )
    pattern_merges.merge(
        into=heir.pk, pattern_ids=[source.pk], reason="one", by=admin, now=timezone.now()
    )
    reported = [
        factories.report(tenant, error_type=kind)[0].loop_id
        for _ in range(6)
        for kind in ("one", "two")
    ]

    at_once(lambda number: dispatcher.advance([reported[number]]), times=len(reported))

    heir.refresh_from_db()
    assert heir.occurrence_count == 14
    assert list(ledger.violations()) == []


def test_a_merge_waits_for_an_incident_that_is_being_matched():
    tenant = factories.make_tenant()
    admin = factories.make_actor(tenant, role=Role.ADMIN)
    source, heir = (
        FailurePattern.objects.get(
            incidents=factories.run_loop(tenant, error_type=kind).incident_id
        )
        for kind in ("one", "two")
    )
    [late] = factories.report(tenant, error_type="one")
    matched = Barrier(2)

    def slowly(loop: Loop, work: Workset, now: datetime) -> Outcome:
        found = incident_to_pattern.run(loop, work, now)
        matched.wait(timeout=10)  # counted in memory, not yet in the database
        time.sleep(0.3)
        return found

    def work(number: int) -> None:
        if number:
            bridges = {**dispatcher.BRIDGES, Stage.INCIDENT_CREATED: slowly}
            dispatcher.advance([late.loop_id], bridges=bridges)
        else:
            matched.wait(timeout=10)
            pattern_merges.merge(
                into=heir.pk, pattern_ids=[source.pk], reason="one", by=admin, now=timezone.now()
            )

    at_once(work, times=2)

    assert set(Incident.objects.values_list("matched_pattern", flat=True)) == {heir.pk}
    assert list(ledger.violations()) == []
