"""Asking providers how they are from a shell, or from a scheduler of the operator's own."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from integrations.domain.states import HealthState
from integrations.management.commands import check_integrations
from integrations.models import HealthCheck
from m25console.access import Actor
from tests.endpoints import Endpoint, answers
from tests.integrations.building import an_integration, reached

pytestmark = pytest.mark.django_db
MODELS = b'{"object": "list", "data": [{"id": "a-model"}]}'


def told(*options: str) -> dict[str, Any]:
    out = StringIO()
    call_command("check_integrations", *options, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_the_enabled_ones_are_asked_and_told_together(
    admin: Actor, endpoint: Endpoint, monkeypatch
):
    monkeypatch.setattr(check_integrations, "PAUSE_SECONDS", 0)
    endpoint.behaviour = answers(200, MODELS)
    reached(admin, endpoint, name="One")
    reached(admin, endpoint, name="Two")
    an_integration(admin, name="Not enabled")
    found = told("--tenant", admin.tenant.slug)
    assert (found["overall_health"], found["total"], found["healthy"]) == ("healthy", 2, 2)
    assert [one["name"] for one in found["integrations"]] == ["One", "Two"]
    assert HealthCheck.objects.count() == 2


def test_a_failing_one_is_said_by_the_exit_code(admin: Actor, endpoint: Endpoint):
    endpoint.behaviour = answers(401)
    row = reached(admin, endpoint, name="Prod")
    out = StringIO()
    with pytest.raises(SystemExit) as left:
        call_command("check_integrations", "--integration", row.pk, stdout=out)
    assert left.value.code == 1
    assert out.getvalue() == (
        f"{admin.tenant.slug}: Prod ({row.pk}): failing. The provider does not know this key.\n"
        "Together failing: 1 failing.\n"
    )


def test_what_was_just_asked_is_not_asked_again_unless_forced(admin: Actor, endpoint: Endpoint):
    endpoint.behaviour = answers(200, MODELS)
    row = reached(admin, endpoint)
    told("--integration", row.pk)
    assert told("--integration", row.pk)["integrations"][0]["cached"]
    assert told("--stale")["total"] == 0
    assert len(endpoint.received) == 1
    assert not told("--integration", row.pk, "--force")["integrations"][0]["cached"]
    assert len(endpoint.received) == 2


def test_a_summary_asks_nobody(admin: Actor, endpoint: Endpoint):
    reached(admin, endpoint)
    found = told("--summary")
    assert (found["overall_health"], found["unknown"], found["stale_count"]) == ("unknown", 1, 1)
    assert endpoint.received == []
    assert found["integrations"][0]["health_state"] == HealthState.UNKNOWN


def test_an_integration_that_is_not_there_is_said():
    with pytest.raises(CommandError, match="There is no integration int_none"):
        told("--integration", "int_none")
