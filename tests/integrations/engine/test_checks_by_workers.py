"""Looks that workers are called to: each made once, none lost, none held up by another."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from integrations.actions import health, integrations
from integrations.domain.references import of_credential
from integrations.domain.states import HealthState, Provider
from integrations.engine.checking import ERRANDS, look
from integrations.models import HealthCheck, Integration
from loops.models import Incident
from m25console.access import Actor
from m25console.errands import LOST_AFTER, Call
from m25console.models import AuditEntry
from m25console.refusals import TooMany
from tests.endpoints import Endpoint, answers
from tests.integrations.building import a_credential, an_integration

pytestmark = pytest.mark.django_db
MODELS = b'{"object": "list", "data": [{"id": "a-model"}]}'


def reached(admin: Actor, endpoint: Endpoint, *, path: str = "v1", **rest) -> Integration:
    stored = a_credential(admin)
    given = {"is_enabled": True, "now": timezone.now()} | rest
    return an_integration(
        admin, provider=Provider.CUSTOM, config={"base_url": f"http://{endpoint.host}/{path}"},
        credential_ref=of_credential(stored.pk, tenant_id=admin.tenant.pk), **given,
    )  # fmt: skip


def looked_at_again(row: Integration) -> Integration:
    """After one more look of the schedule."""
    Integration.objects.filter(pk=row.pk).update(next_check_at=timezone.now())
    [call] = ERRANDS.give_out(now=timezone.now())
    assert look(call)
    row.refresh_from_db()
    return row


def test_a_look_is_made_once_and_the_next_is_about_its_interval_away(
    admin: Actor, endpoint: Endpoint
):
    endpoint.behaviour = answers(200, MODELS)
    row = reached(admin, endpoint)
    Integration.objects.update(check_every_seconds=600)
    [call] = ERRANDS.give_out(now=timezone.now())
    assert ERRANDS.give_out(now=timezone.now()) == []
    assert look(call)
    assert not look(call)
    row.refresh_from_db()
    wait = row.next_check_at - row.health_checked_at
    assert timedelta(minutes=9) <= wait <= timedelta(minutes=11)
    assert (row.ticket, row.lease_until) == ("", None)


def test_a_look_whose_message_or_worker_is_lost_is_found_again(admin: Actor, endpoint: Endpoint):
    endpoint.behaviour = answers(200, MODELS)
    row, now = reached(admin, endpoint), timezone.now()
    [lost] = ERRANDS.give_out(now=now)
    later = now + LOST_AFTER + timedelta(seconds=1)
    [again] = ERRANDS.give_out(now=later)
    assert not look(lost)
    begun = health.begin(integration_id=row.pk, ticket=again.ticket, now=later)
    assert begun is not None
    assert ERRANDS.give_out(now=later + health.LEASE - timedelta(seconds=1)) == []
    [third] = ERRANDS.give_out(now=later + health.LEASE)
    assert look(third)
    assert HealthCheck.objects.count() == 1


def test_what_is_disabled_meanwhile_is_not_looked_at(admin: Actor, endpoint: Endpoint):
    row = reached(admin, endpoint)
    [call] = ERRANDS.give_out(now=timezone.now())
    integrations.disable(integration_id=row.pk, by=admin, now=timezone.now())
    assert not look(call)
    assert endpoint.received == []


def test_somebody_has_one_that_is_not_enabled_looked_at_and_it_stays_so(
    admin: Actor, endpoint: Endpoint
):
    endpoint.behaviour = answers(200, MODELS)
    row = reached(admin, endpoint, is_enabled=False)
    health.ask(integration_id=row.pk, by=admin, now=timezone.now())
    with pytest.raises(TooMany):
        health.ask(integration_id=row.pk, by=admin, now=timezone.now())
    [call] = ERRANDS.give_out(now=timezone.now())
    assert look(call)
    row.refresh_from_db()
    assert (row.status, row.health_state, row.next_check_at) == ("created", "healthy", None)
    assert HealthCheck.objects.get().by_person
    assert AuditEntry.objects.filter(action="integration.tested", object_id=row.pk).count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_that_never_answers_delays_no_other(admin: Actor, endpoint: Endpoint):
    answered = threading.Event()

    def behave(request) -> None:
        if request.path.startswith("/silent"):
            answered.wait(20)
        answers(200, MODELS)(request)

    endpoint.behaviour = behave
    silent = reached(admin, endpoint, path="silent")
    others = [reached(admin, endpoint) for _ in range(5)]

    def looked(call: Call) -> None:
        try:
            look(call)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=16) as workers:
        try:
            for _ in range(3):
                calls = ERRANDS.give_out(now=timezone.now())
                list(workers.map(looked, [one for one in calls if one.id != silent.pk]))
                for one in calls:
                    if one.id == silent.pk:
                        workers.submit(looked, one)
            states = Integration.objects.filter(pk__in=[one.pk for one in others])
            assert set(states.values_list("health_state", flat=True)) == {HealthState.HEALTHY}
            silent.refresh_from_db()
            assert silent.health_state == HealthState.UNKNOWN
        finally:
            answered.set()


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
