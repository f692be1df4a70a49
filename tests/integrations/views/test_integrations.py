from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from integrations.domain.references import of_credential
from integrations.domain.states import Provider
from integrations.models import Credential, HealthCheck, Integration, IntegrationKey
from m25console.access import Actor
from m25console.vocabulary import Role
from tests.endpoints import Endpoint, answers
from tests.factories import make_actor, make_tenant
from tests.integrations.building import a_credential, an_integration, look_at_what_is_due, used

pytestmark = pytest.mark.django_db
SECRET = "sk-canary-31337"
PAGES = [
    "/integrations",
    "/integrations/{}",
    "/integrations/{}/usage",
    "/integrations/{}/health",
    "/integrations/{}/edit",
    "/credentials",
    "/credentials/{}",
]
MODELS = b'{"data": [{"id": "a-model"}]}'


def signed_in(actor: Actor) -> Client:
    client = Client()
    assert actor.user is not None
    client.force_login(actor.user)
    return client


@pytest.fixture
def browser(admin: Actor) -> Client:
    return signed_in(admin)


def entered(endpoint: Endpoint, **rest) -> dict:
    given = {
        "name": "Prod",
        "config_base_url": f"http://{endpoint.host}/v1",
        "credential_ref": "",
        "secret": SECRET,
        "enforces": "on",
    }
    return given | rest


def test_an_admin_goes_from_the_empty_page_to_a_green_check(browser: Client, endpoint: Endpoint):
    endpoint.behaviour = answers(200, MODELS)
    assert "Connect a provider" in browser.get("/integrations").content.decode()
    assert "Anthropic" in browser.get("/integrations/new").content.decode()
    address = "/integrations/new?provider=custom"
    tried = browser.post(address, entered(endpoint, then="test"))
    assert "Healthy" in tried.content.decode()
    assert not Integration.objects.exists()
    saved = browser.post(address, entered(endpoint, then="enable", budget="12.50"), follow=True)
    assert "Checking …" in saved.content.decode()
    assert look_at_what_is_due() == 1
    row = Integration.objects.get()
    saved = browser.get(f"/integrations/{row.pk}")
    assert "Checking …" not in saved.content.decode()
    assert (row.status, row.health_state, row.budget_limit_cents) == ("enabled", "healthy", 1250)
    assert "a-model" in saved.content.decode()


def test_a_key_that_was_pasted_is_never_sent_back(browser: Client, endpoint: Endpoint):
    endpoint.behaviour = answers(500, SECRET.encode())
    address = "/integrations/new?provider=custom"
    for rest in ({"then": "test"}, {"name": "", "then": "save"}, {"then": "save"}):
        page = browser.post(address, entered(endpoint, **rest), follow=True).content.decode()
        assert SECRET not in page
    stored = Credential.objects.get()
    pages = ["/integrations", "/credentials", f"/credentials/{stored.pk}"]
    pages += [f"/integrations/{Integration.objects.get().pk}/edit", "/audit"]
    for page in pages:
        assert SECRET not in browser.get(page).content.decode()


def test_what_is_wrong_is_told_beside_its_field_and_stores_no_key(
    browser: Client, endpoint: Endpoint
):
    inside = {"config_base_url": "http://10.0.0.5/", "then": "enable"}
    answer = browser.post("/integrations/new?provider=custom", entered(endpoint, **inside))
    assert answer.status_code == 422
    assert not Credential.objects.exists()
    missing = browser.post(
        "/integrations/new?provider=custom", entered(endpoint, secret="", then="save")
    )
    at_the_end = missing.content.decode().partition('id="tried"')[2]
    assert "Paste the key" in at_the_end  # where a test without loading the page shows it


def test_testing_before_saving_leaves_the_stored_secret_untouched(
    admin: Actor, browser: Client, endpoint: Endpoint
):
    endpoint.behaviour = answers(200, MODELS)
    browser.post("/integrations/new?provider=custom", entered(endpoint, then="save"))
    row, stored = Integration.objects.get(), Credential.objects.get()
    tried = browser.post(
        f"/integrations/{row.pk}/edit", entered(endpoint, secret="another", then="test")
    )
    assert tried.status_code == 200
    assert endpoint.received[-1].headers["authorization"] == "Bearer another"
    assert Credential.objects.get().sealed_secret == stored.sealed_secret


def test_a_new_key_of_an_integration_is_shown_once(admin: Actor, browser: Client):
    row = an_integration(admin)
    made = browser.post(f"/integrations/{row.pk}/keys").content.decode()
    key = IntegrationKey.objects.get()
    assert f"{admin.tenant.pk}:{row.pk}:{key.prefix}" in made
    later = browser.get(f"/integrations/{row.pk}").content.decode()
    assert f":{row.pk}:{key.prefix}" not in later


def test_the_usage_page_waits_for_the_first_call_and_then_tells_it(admin: Actor, browser: Client):
    row = an_integration(admin, name="Prod")
    assert (
        "Waiting for the first call"
        in browser.get(f"/integrations/{row.pk}/usage").content.decode()
    )
    used(row, now=timezone.now(), call_id="the-first", model="gpt-4o", cost_cents=1)
    page = browser.get(f"/integrations/{row.pk}/usage").content.decode()
    assert "the-first" in page
    assert "$0.01" in page


def test_a_test_is_made_by_a_worker_and_the_page_waits_for_it(
    admin: Actor, browser: Client, endpoint: Endpoint
):
    endpoint.behaviour = answers(200, MODELS)
    reached = {"base_url": f"http://{endpoint.host}/v1"}
    stored = of_credential(a_credential(admin).pk, tenant_id=admin.tenant.pk)
    row = an_integration(admin, provider=Provider.CUSTOM, config=reached, credential_ref=stored)
    address = f"/integrations/{row.pk}"
    waiting = browser.post(f"{address}/test", follow=True).content.decode()
    assert 'hx-trigger="every 1s"' in waiting
    assert "Checking …" in waiting
    assert endpoint.received == []
    assert browser.post(f"{address}/test").status_code == 429
    Integration.objects.update(tested_at=timezone.now() - timedelta(minutes=1))
    assert "Nobody has taken this up yet" in browser.get(address).content.decode()
    look_at_what_is_due()
    looked = browser.get(address).content.decode()
    assert 'hx-trigger="every 1s"' not in looked
    assert "a-model" in looked


def test_the_health_page_tells_uptime_latency_and_every_check(admin: Actor, browser: Client):
    row, now = an_integration(admin), timezone.now()
    for minutes, state, latency in (
        (5, "healthy", 120),
        (9, "failing", None),
        (600, "healthy", 80),
    ):
        HealthCheck.objects.create(
            tenant=admin.tenant, integration=row, at=now - timedelta(minutes=minutes),
            state=state, latency_ms=latency, message=f"told {minutes} minutes ago",
        )  # fmt: skip
    for period in ("24h", "7d", "30d", "whatever"):
        page = browser.get(f"/integrations/{row.pk}/health?period={period}").content.decode()
        assert "66.67%" in page
        assert "3 checks: 2 healthy, 1 failing." in page
        assert "told 600 minutes ago" in page
    given = {"table": "health-checks", "of": row.pk, "format": "csv"}
    told = b"".join(browser.post("/exports", given).streaming_content).decode()
    assert len(told.splitlines()) == 4
    foreign = signed_in(make_actor(make_tenant(), role=Role.ADMIN))
    assert foreign.post("/exports", given).status_code == 404


def test_who_may_not_manage_sees_no_buttons(admin: Actor):
    row = an_integration(admin)
    page = signed_in(make_actor(admin.tenant, role=Role.VIEWER))
    for act in ("keys", "test", "enable", "delete"):
        assert f"/{row.pk}/{act}" not in page.get(f"/integrations/{row.pk}").content.decode()
    assert page.get("/integrations/new").status_code == 403
    assert page.get("/credentials").status_code == 403


@pytest.mark.parametrize("kind", ["api_key", "database", "custom"])
def test_a_credential_is_stored_replaced_and_deleted_on_its_pages(browser: Client, kind):
    parts = {
        "api_key": {"api_key": SECRET},
        "database": {"host": "db", "username": "u", "password": SECRET},
        "custom": {"value": SECRET},
    }[kind]
    stored = browser.post(f"/credentials/new?kind={kind}", {"name": "Key"} | parts, follow=True)
    row = Credential.objects.get()
    assert row.name in stored.content.decode()
    fresh = parts | {list(parts)[-1]: f"{SECRET}-2"}
    browser.post(f"/credentials/{row.pk}/rotate", fresh)
    row.refresh_from_db()
    assert row.version == 2
    same = browser.post(f"/credentials/{row.pk}/rotate", fresh)
    assert same.status_code == 422
    browser.post(f"/credentials/{row.pk}/delete")
    assert browser.get(f"/credentials/{row.pk}").status_code == 404


def test_the_credentials_page_tells_what_depends_on_one(admin: Actor, browser: Client):
    stored = a_credential(admin)
    row = an_integration(
        admin, name="Prod", credential_ref=of_credential(stored.pk, tenant_id=admin.tenant.pk)
    )
    assert row.name in browser.get(f"/credentials/{stored.pk}").content.decode()


@pytest.mark.parametrize("address", PAGES)
def test_a_page_asks_the_database_little(
    admin: Actor, browser: Client, django_assert_max_num_queries, address
):
    stored = a_credential(admin)
    for number in range(12):
        reference = of_credential(stored.pk, tenant_id=admin.tenant.pk)
        row = an_integration(admin, name=f"number {number}", credential_ref=reference)
        used(row, now=timezone.now())
    subject = stored.pk if address.startswith("/credentials") else row.pk
    with django_assert_max_num_queries(8):
        assert browser.get(address.format(subject)).status_code == 200
