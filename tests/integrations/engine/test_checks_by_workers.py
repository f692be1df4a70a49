"""Looks at integrations that workers are called to, and what follows from them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.actions import integration_looks
from integrations.domain.states import HealthState
from integrations.engine.checking import ERRANDS, look
from integrations.models import HealthCheck, Integration
from loops.models import Incident
from m25console.access import Actor
from m25console.models import AuditEntry
from m25console.refusals import TooMany
from tests.endpoints import Endpoint, answers
from tests.integrations.building import reached

pytestmark = pytest.mark.django_db
MODELS = b'{"object": "list", "data": [{"id": "a-model"}]}'


def looked_at_again(row: Integration) -> Integration:
    """After one more look of the schedule."""
    Integration.objects.filter(pk=row.pk).update(next_check_at=timezone.now())
    [call] = ERRANDS.give_out(now=timezone.now())
    assert look(call)
    row.refresh_from_db()
    return row


def test_the_next_look_is_about_the_interval_away_that_was_chosen(admin: Actor, endpoint: Endpoint):
    endpoint.behaviour = answers(200, MODELS)
    row = looked_at_again(reached(admin, endpoint, check_every_seconds=600))
    wait = row.next_check_at - row.health_checked_at
    assert timedelta(minutes=9) <= wait <= timedelta(minutes=11)


def test_somebody_has_one_that_is_not_enabled_looked_at_and_it_stays_so(
    admin: Actor, endpoint: Endpoint
):
    endpoint.behaviour = answers(200, MODELS)
    row = reached(admin, endpoint, is_enabled=False)
    integration_looks.ask(integration_id=row.pk, by=admin, now=timezone.now())
    with pytest.raises(TooMany):
        integration_looks.ask(integration_id=row.pk, by=admin, now=timezone.now())
    [call] = ERRANDS.give_out(now=timezone.now())
    assert look(call)
    row.refresh_from_db()
    assert (row.status, row.health_state, row.next_check_at) == ("created", "healthy", None)
    assert HealthCheck.objects.get().by_person
    assert AuditEntry.objects.filter(action="integration.tested", object_id=row.pk).count() == 1


def test_what_goes_on_failing_is_one_incident_and_failing_again_later_another(
    admin: Actor, endpoint: Endpoint
):
    endpoint.behaviour = answers(500)
    row = looked_at_again(reached(admin, endpoint, name="Prod"))
    assert not Incident.objects.exists()
    for _ in range(3):
        looked_at_again(row)
    [told] = Incident.objects.all()
    assert (told.error_type, told.error_code) == ("integration_failing", "http_500")
    assert told.context["integration_id"] == row.pk
    assert told.context["stage"] == "sample"
    assert "Prod" in told.title

    endpoint.behaviour = answers(200, MODELS)
    for _ in range(3):
        looked_at_again(row)
    assert row.failing_since is None
    endpoint.behaviour = answers(500)
    for _ in range(2):
        looked_at_again(row)
    assert Incident.objects.count() == 2


def test_being_asked_to_call_less_often_is_no_incident(admin: Actor, endpoint: Endpoint):
    endpoint.behaviour = answers(429)
    row = reached(admin, endpoint)
    for _ in range(3):
        looked_at_again(row)
    assert (row.health_state, row.failing_since) == (HealthState.DEGRADED, None)
    assert not Incident.objects.exists()


def test_a_refused_key_is_an_incident_at_once(admin: Actor, endpoint: Endpoint):
    endpoint.behaviour = answers(401)
    row = looked_at_again(reached(admin, endpoint))
    assert row.status == "error"
    told = Incident.objects.get()
    assert (told.error_code, told.context["stage"]) == ("auth_failed", "auth")
