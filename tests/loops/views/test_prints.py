"""Pages for paper: whole, absolute and the same for everyone who holds one."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from loops.engine import graduating, resuming
from m25console.access import Actor
from m25console.models import Tenant
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant(name="Acme Agents")


def page_for(actor: Actor, address: str) -> Any:
    client = Client()
    assert actor.user
    client.force_login(actor.user)
    return client.get(address)


def test_spec_84_a_checkpoint_prints_with_all_a_change_board_needs(tenant):
    trace = factories.run_loop(tenant, title="Billing timed out")
    checkpoint = factories.checkpoint_of(trace)
    reviewer = factories.make_actor(tenant, user=factories.make_user(full_name="Rita Moss"))

    before = page_for(reviewer, f"/checkpoints/{checkpoint.pk}/print").content.decode()
    resuming.resolve(
        checkpoint_id=checkpoint.pk,
        resolution="reject",
        note="It would charge twice.",
        by=reviewer,
        now=timezone.now(),
    )
    after = page_for(reviewer, f"/checkpoints/{checkpoint.pk}/print").content.decode()

    for told in ("Billing timed out", checkpoint.contract_digest, trace.pk, trace.incident_id):
        assert told in before
    assert "Not decided." in before
    assert "Rejected by Rita Moss" in after
    assert "It would charge twice." in after
    assert "Printed by Rita Moss" in after
    assert "<form" not in after


def test_spec_84_the_dossier_prints_with_its_evidence(tenant):
    prevention = factories.prevent(tenant)
    graduating.evaluate_all(timezone.now())

    answer = page_for(factories.make_actor(tenant), "/graduation/print")

    page = answer.content.decode()
    assert prevention.pk in page
    assert "1. Prevention" in page
    assert "What the loop may do alone" in page
    assert "verify_evidence" in page


def test_any_page_prints_without_its_frame(tenant):
    page = page_for(factories.make_actor(tenant), "/").content.decode()

    assert 'console/print.css" media="print"' in page
