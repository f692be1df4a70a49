"""What goes wrong with a connection reaches the loop, once, and never breaks who tells it."""

import pytest
from django.db import connection, transaction

from integrations.engine.reporting import Trouble, report
from loops.models import Incident, LoopTrace
from m25console.access import Actor
from tests.integrations.building import NOW

pytestmark = pytest.mark.django_db
TROUBLE = Trouble(
    external_id="integration-health:int_1:episode", error_type="integration_failing",
    error_code="http_500", message="The provider answered with status 500.",
    context={"integration_id": "int_1", "stage": "sample"}, run_id="run-1",
)  # fmt: skip


def test_a_trouble_is_an_incident_with_its_loop(admin: Actor):
    incident_id = report(TROUBLE, tenant=admin.tenant, now=NOW)
    [kept] = Incident.objects.all()
    assert kept.pk == incident_id
    assert (kept.error_type, kept.error_code, kept.source_run_id) == (
        "integration_failing", "http_500", "run-1",
    )  # fmt: skip
    assert kept.title == "The provider answered with status 500."
    assert kept.context == {"integration_id": "int_1", "stage": "sample"}
    assert LoopTrace.objects.filter(incident=kept).exists()


def test_a_trouble_told_again_is_the_same_incident_even_in_other_words(admin: Actor, other_admin):
    first = report(TROUBLE, tenant=admin.tenant, now=NOW)
    again = Trouble(TROUBLE.external_id, "integration_failing", "Still failing.")
    assert report(again, tenant=admin.tenant, now=NOW) == first
    assert report(TROUBLE, tenant=other_admin.tenant, now=NOW) != first
    assert Incident.objects.count() == 2


def test_a_trouble_that_cannot_be_stored_leaves_the_work_of_its_teller_whole(admin: Actor):
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE incidents RENAME TO incidents_gone")
        assert report(TROUBLE, tenant=admin.tenant, now=NOW) == ""
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE incidents_gone RENAME TO incidents")
    assert not Incident.objects.exists()


def test_texts_that_are_too_long_are_cut(admin: Actor):
    long = Trouble("x" * 400, "y" * 400, "z" * 400, error_code="c" * 400)
    assert report(long, tenant=admin.tenant, now=NOW)
    kept = Incident.objects.get()
    assert (len(kept.external_id or ""), len(kept.error_type)) == (255, 128)
