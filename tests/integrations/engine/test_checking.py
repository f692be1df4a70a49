"""Checks against a real server on loopback that the operator allows."""

from datetime import timedelta

import pytest

from integrations.actions import integrations
from integrations.domain.references import of_credential
from integrations.domain.states import HealthState, IntegrationStatus, Provider
from integrations.engine import checking
from integrations.models import HealthCheck, Integration
from m25console.access import Actor
from m25console.refusals import NotPermitted, TooMany
from m25console.vocabulary import Role
from tests.endpoints import Endpoint, answers, drips
from tests.factories import make_actor
from tests.integrations.building import NOW, a_credential, an_integration, in_status, wanted

pytestmark = pytest.mark.django_db
MODELS = b'{"object": "list", "data": [{"id": "a-model"}]}'
SECRET = "sk-canary-77aa"


def reached(admin: Actor, endpoint: Endpoint, *, is_enabled: bool = True, **rest) -> Integration:
    endpoint.behaviour = answers(200, MODELS)
    stored = a_credential(admin, secret=SECRET)
    given = {
        "provider": Provider.CUSTOM,
        "config": {"base_url": f"http://{endpoint.host}/v1"},
        "credential_ref": of_credential(stored.pk, tenant_id=admin.tenant.pk),
    } | rest
    return an_integration(admin, is_enabled=is_enabled, **given)


def test_a_provider_that_lists_its_models_is_healthy_and_each_stage_is_told(
    admin: Actor, endpoint: Endpoint
):
    row = reached(admin, endpoint)
    found = checking.look_at(row, by=None, now=NOW)
    assert (found.state, found.error) == (HealthState.HEALTHY, "")
    names = [one["name"] for one in found.stages]
    assert names == ["dns", "tcp", "auth", "permission", "sample"]
    assert found.stages[-1]["told"] == "a-model"
    [asked] = endpoint.received
    assert (asked.path, asked.headers["authorization"]) == ("/v1/models", f"Bearer {SECRET}")
    assert HealthCheck.objects.get().state == HealthState.HEALTHY
    row.refresh_from_db()
    assert row.next_check_at is not None


@pytest.mark.parametrize(
    ("provider", "path", "header"),
    [
        (Provider.OPENAI, "/models", "authorization"),
        (Provider.ANTHROPIC, "/v1/models", "x-api-key"),
        (Provider.AZURE_OPENAI, "/openai/models?api-version=2024-10-21", "api-key"),
    ],
)
def test_each_provider_is_asked_in_its_own_way(
    admin: Actor, endpoint: Endpoint, provider, path, header
):
    name = "azure_endpoint" if provider is Provider.AZURE_OPENAI else "base_url"
    reached_by = {name: f"http://{endpoint.host}"}
    row = reached(admin, endpoint, provider=provider, config=reached_by)
    assert checking.look_at(row, by=None, now=NOW).state is HealthState.HEALTHY
    [asked] = endpoint.received
    assert asked.path == path
    assert SECRET in asked.headers[header]


@pytest.mark.parametrize(
    ("status", "came_to"),
    [
        (401, (HealthState.FAILING, "auth_failed", IntegrationStatus.ERROR)),
        (500, (HealthState.FAILING, "http_500", IntegrationStatus.ENABLED)),
        (429, (HealthState.DEGRADED, "rate_limited", IntegrationStatus.ENABLED)),
        (302, (HealthState.FAILING, "http_302", IntegrationStatus.ENABLED)),
    ],
)
def test_int_23_what_the_provider_says_decides_where_it_stands(
    admin: Actor, endpoint: Endpoint, status, came_to
):
    row = reached(admin, endpoint)
    endpoint.behaviour = answers(status, b"{}", Location="http://127.0.0.1:1/")
    found = checking.look_at(row, by=None, now=NOW)
    row.refresh_from_db()
    assert (found.state, found.error, row.status) == came_to
    assert len(endpoint.received) == 1


def test_int_23_a_provider_that_never_ends_is_failing(
    admin: Actor, endpoint: Endpoint, monkeypatch
):
    monkeypatch.setattr("integrations.domain.health.DEADLINE_SECONDS", 0.5)
    row = reached(admin, endpoint)
    endpoint.behaviour = drips("body", seconds=3)
    found = checking.look_at(row, by=None, now=NOW)
    assert (found.state, found.error) == (HealthState.FAILING, "timeout")
    assert found.stages[-1]["is_good"] is False


def test_int_24_a_second_look_within_a_minute_asks_nobody_unless_it_is_forced(
    admin: Actor, endpoint: Endpoint
):
    row = reached(admin, endpoint)
    checking.look_at(row, by=None, now=NOW)
    row.refresh_from_db()
    again = row.health_checked_at + timedelta(seconds=59)
    assert checking.look_at(row, by=None, now=again).is_cached
    assert len(endpoint.received) == 1
    assert not checking.look_at(row, by=None, now=again, forced=True).is_cached
    assert len(endpoint.received) == 2


@pytest.mark.parametrize("provider", [Provider.BEDROCK])
def test_int_25_where_there_is_nothing_to_ask_health_is_not_known(admin: Actor, provider):
    stored = a_credential(admin)
    reference = of_credential(stored.pk, tenant_id=admin.tenant.pk)
    row = an_integration(
        admin, provider=provider, config={"region": "eu-central-1"}, credential_ref=reference
    )
    found = checking.look_at(row, by=None, now=NOW)
    assert found.state is HealthState.UNKNOWN
    assert found.message


def test_int_27_a_good_test_leads_out_of_an_error(admin: Actor, endpoint: Endpoint):
    row = in_status(reached(admin, endpoint, is_enabled=False), IntegrationStatus.ERROR)
    checking.test(row, by=admin, now=NOW)
    row.refresh_from_db()
    assert (row.status, row.health_state) == (IntegrationStatus.DISABLED, HealthState.HEALTHY)
    assert integrations.enable(integration_id=row.pk, by=admin, now=NOW).status == "enabled"


def test_a_key_that_cannot_be_read_stops_it_and_nobody_is_asked(admin: Actor, endpoint: Endpoint):
    nothing = of_credential("cred_gone", tenant_id=admin.tenant.pk)
    row = reached(admin, endpoint, credential_ref=nothing)
    found = checking.look_at(row, by=None, now=NOW)
    assert (found.state, found.error) == (HealthState.FAILING, "credential")
    row.refresh_from_db()
    assert row.status == IntegrationStatus.ERROR
    assert endpoint.received == []


def test_what_was_asked_of_another_address_says_nothing_of_the_one_configured_now(
    admin: Actor, endpoint: Endpoint
):
    row = reached(admin, endpoint)
    stale = Integration.objects.select_related("tenant").get(pk=row.pk)
    changed = wanted(
        admin, provider=Provider.CUSTOM, config={"base_url": f"http://{endpoint.host}/other"}
    )
    integrations.change(integration_id=row.pk, wanted=changed, by=admin, now=NOW)
    checking.look_at(stale, by=None, now=NOW)
    row.refresh_from_db()
    assert row.health_state == HealthState.UNKNOWN
    assert not HealthCheck.objects.exists()


def test_somebody_tests_once_in_ten_seconds_and_only_who_may(admin: Actor, endpoint: Endpoint):
    row = reached(admin, endpoint)
    checking.test(row, by=admin, now=NOW)
    with pytest.raises(TooMany):
        checking.test(row, by=admin, now=NOW + timedelta(seconds=9))
    checking.test(row, by=admin, now=NOW + timedelta(seconds=10))
    with pytest.raises(NotPermitted):
        checking.test(row, by=make_actor(admin.tenant, role=Role.VIEWER), now=NOW)


def test_what_is_not_saved_can_be_tried_out_and_nothing_is_stored(admin: Actor, endpoint: Endpoint):
    endpoint.behaviour = answers(200, MODELS)
    told = wanted(
        admin, provider=Provider.CUSTOM, config={"base_url": f"http://{endpoint.host}/v1"},
        credential_ref="",
    )  # fmt: skip
    tried = checking.try_out(told, secret=SECRET, by=admin, now=NOW)
    assert tried.finding.state is HealthState.HEALTHY
    assert not Integration.objects.exists()


def test_what_goes_wrong_never_tells_the_key(admin: Actor, endpoint: Endpoint):
    row = reached(admin, endpoint)
    endpoint.behaviour = answers(500, SECRET.encode())
    checking.look_at(row, by=None, now=NOW)
    kept = HealthCheck.objects.get()
    assert SECRET not in f"{kept.message} {kept.error} {kept.stages}"
