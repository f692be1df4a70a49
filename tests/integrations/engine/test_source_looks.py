"""Looks at data sources by their schedule, and what follows from them."""

import pytest
from django.utils import timezone

from integrations.actions import source_looks, source_states
from integrations.drivers.looking import Seen
from integrations.engine.source_looks import ERRANDS, look
from integrations.models import DataSource, SourceCheck
from loops.models import Incident
from m25console.access import Actor
from m25console.models import AuditEntry
from m25console.refusals import TooMany
from tests.endpoints import Endpoint, answers
from tests.integrations.sourcing import in_use

pytestmark = pytest.mark.django_db


def looked_at(row: DataSource, *, times: int = 1) -> DataSource:
    """After that many looks of the schedule."""
    for _ in range(times):
        DataSource.objects.filter(pk=row.pk).update(next_check_at=timezone.now())
        [call] = ERRANDS.give_out(now=timezone.now())
        assert look(call)
    row.refresh_from_db()
    return row


def test_a_look_of_the_schedule_is_nobodys(admin: Actor, endpoint: Endpoint):
    row = looked_at(in_use(admin, endpoint))
    assert row.connection_count == 2
    assert SourceCheck.objects.latest("id").by_label != str(admin.user)


def test_what_fails_twice_is_in_error_and_one_incident_until_it_works_again(
    admin: Actor, endpoint: Endpoint
):
    row = in_use(admin, endpoint, name="Parcels")
    endpoint.behaviour = answers(500)
    assert (looked_at(row).status, row.failures) == ("active", 1)
    assert (looked_at(row, times=3).status, row.error_count) == ("error", 4)
    [told] = Incident.objects.all()
    assert (told.error_type, told.error_code) == ("data_source_failing", "sample")
    assert told.context["source_id"] == row.pk

    endpoint.behaviour = answers(200)
    assert (looked_at(row).status, row.failing_since, row.last_error) == ("active", None, "")
    assert AuditEntry.objects.filter(object_id=row.pk, action="data_source.active").count() == 2
    endpoint.behaviour = answers(500)
    looked_at(row, times=2)
    assert Incident.objects.count() == 2


def test_what_is_not_in_use_is_looked_at_when_somebody_asks_and_then_no_more(
    admin: Actor, endpoint: Endpoint
):
    row = in_use(admin, endpoint)
    row = source_states.deactivate(source_id=row.pk, by=admin, now=timezone.now())
    assert row.next_check_at is None
    source_looks.ask(source_id=row.pk, by=admin, now=timezone.now())
    with pytest.raises(TooMany):
        source_looks.ask(source_id=row.pk, by=admin, now=timezone.now())
    endpoint.behaviour = answers(401)
    [call] = ERRANDS.give_out(now=timezone.now())
    assert look(call)
    row.refresh_from_db()
    assert (row.status, row.next_check_at, row.asked_by) == ("error", None, None)
    assert SourceCheck.objects.latest("id").by_label == str(admin.user)
    assert not Incident.objects.exists()


def test_a_look_under_way_says_nothing_of_what_was_paused_meanwhile(
    admin: Actor, endpoint: Endpoint
):
    row = in_use(admin, endpoint)
    [call] = ERRANDS.give_out(now=timezone.now())
    begun = source_looks.begin(call, now=timezone.now())
    assert begun is not None
    source_states.deactivate(source_id=row.pk, by=admin, now=timezone.now())
    seen = Seen("No.", "tcp")
    assert source_looks.keep(begun, seen, now=timezone.now()) is None
    row.refresh_from_db()
    assert row.status == "inactive"


def test_a_source_is_looked_at_as_often_as_was_chosen(admin: Actor, endpoint: Endpoint):
    for seconds in (60, 3600):
        began = timezone.now()
        row = looked_at(in_use(admin, endpoint, check_every_seconds=seconds))
        assert row.next_check_at is not None
        waits = (row.next_check_at - began).total_seconds()
        assert 0.7 * seconds < waits < 1.4 * seconds
