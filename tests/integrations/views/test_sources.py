import pytest
from django.test import Client
from django.utils import timezone

from integrations.domain.engines import ENGINES
from integrations.engine import source_looks, sources
from integrations.models import Credential, CredentialAccess, DataSource, SourceCheck
from m25console.access import Actor
from m25console.vocabulary import Role
from tests.endpoints import Endpoint, answers
from tests.factories import make_actor
from tests.integrations.sourcing import a_source, found_good

pytestmark = pytest.mark.django_db
SECRET = "canary-31337"


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
        "name": "Orders", "config_host": "127.0.0.1", "config_port": endpoint.port,
        "config_auth_type": "api_key", "config_api_key": SECRET,
        "config_options_path": "/v1/status",
        "tags": "eu, orders",
    }  # fmt: skip
    return given | rest


def test_an_admin_goes_from_the_empty_page_to_an_active_source(browser: Client, endpoint: Endpoint):
    assert "Register a source" in browser.get("/data-sources").content.decode()
    choice = browser.get("/data-sources/new").content.decode()
    assert all(kind.title in choice for kind in ENGINES.values())
    address = "/data-sources/new?engine=api"
    tried = browser.post(address, entered(endpoint, then="test"))
    assert "It answered 200" in tried.content.decode()
    assert not DataSource.objects.exists()
    saved = browser.post(address, entered(endpoint, then="activate"), follow=True)
    row = DataSource.objects.get()
    assert (row.status, row.tags, row.connection_count) == ("active", ["eu", "orders"], 1)
    assert endpoint.received[-1].headers["authorization"] == f"Bearer {SECRET}"
    for page in (saved, browser.get("/data-sources"), browser.get(f"/data-sources/{row.pk}/edit")):
        assert page.status_code == 200
        assert SECRET not in page.content.decode()


def test_a_test_before_saving_uses_what_is_stored_and_leaves_it(
    admin: Actor, browser: Client, endpoint: Endpoint
):
    browser.post("/data-sources/new?engine=api", entered(endpoint, then="save"))
    row = DataSource.objects.get()
    reads = CredentialAccess.objects.filter(action="get").count()
    edit = f"/data-sources/{row.pk}/edit"
    elsewhere = entered(endpoint, config_api_key="", config_options_path="/v2", then="test")
    assert "It answered 200" in browser.post(edit, elsewhere).content.decode()
    received = endpoint.received[-1]
    assert (received.path, received.headers["authorization"]) == ("/v2", f"Bearer {SECRET}")
    row.refresh_from_db()
    assert (row.config["options"]["path"], row.config_version) == ("/v1/status", 1)
    assert CredentialAccess.objects.filter(action="get").count() == reads + 1
    assert SourceCheck.objects.count() == 1
    browser.post(edit, elsewhere | {"then": "save"})
    row.refresh_from_db()
    assert (row.config["options"]["path"], row.status) == ("/v2", "configuring")
    assert Credential.objects.count() == 1


def test_what_is_stored_can_be_taken_away(browser: Client, endpoint: Endpoint):
    browser.post("/data-sources/new?engine=api", entered(endpoint, then="save"))
    row = DataSource.objects.get()
    without = entered(endpoint, config_api_key="", forget=["api_key"], then="save")
    browser.post(f"/data-sources/{row.pk}/edit", without)
    row.refresh_from_db()
    assert ("api_key" in row.config, row.credential_ref) == (False, "")


def test_a_failed_test_tells_the_stage_and_no_secret(browser: Client, endpoint: Endpoint):
    endpoint.behaviour = answers(401, SECRET.encode())
    page = browser.post("/data-sources/new?engine=api", entered(endpoint, then="save"), follow=True)
    shown = page.content.decode()
    assert "does not take this key" in shown
    assert "Test it first" in shown
    assert SECRET not in shown


def test_what_is_missing_is_told_at_its_field(browser: Client):
    page = browser.post("/data-sources/new?engine=postgresql", {"name": "x", "then": "save"})
    assert page.status_code == 302  # it can be completed later
    page = browser.post("/data-sources/new?engine=api", {"name": "", "then": "save"})
    assert page.status_code == 422
    page = browser.post("/data-sources/new?engine=api", {"name": "y", "config_host": "10.0.0.1"})
    assert "not a public address" in page.content.decode()


def test_a_source_is_switched_off_given_up_and_deleted(admin: Actor, browser: Client):
    row = found_good(a_source(admin), by=admin)
    for step, status in (
        ("activate", "active"),
        ("deactivate", "inactive"),
        ("deprecate", "deprecated"),
    ):
        browser.post(f"/data-sources/{row.pk}/{step}")
        row.refresh_from_db()
        assert row.status == status
    assert "cannot be taken back" in browser.get(f"/data-sources/{row.pk}").content.decode()
    browser.post(f"/data-sources/{row.pk}/delete")
    assert browser.get(f"/data-sources/{row.pk}").status_code == 404


def test_a_source_of_other_roles_is_not_seen(admin: Actor):
    row = a_source(admin, name="For admins", access_roles=["admin"])
    viewer = signed_in(make_actor(admin.tenant, role=Role.VIEWER))
    assert "For admins" not in viewer.get("/data-sources").content.decode()
    assert viewer.get(f"/data-sources/{row.pk}").status_code == 404


def test_the_list_is_taken_away_as_it_is_narrowed(admin: Actor, browser: Client):
    a_source(admin, name="Kept", tags=["eu"])
    a_source(admin, name="Left")
    given = {"table": "data-sources", "format": "csv"}
    answer = browser.post("/exports?tag=eu", given)
    text = b"".join(answer.streaming_content).decode()
    assert "Kept" in text
    assert "Left" not in text


def test_a_source_with_a_sealed_address_can_be_changed(admin: Actor, browser: Client):
    row = a_source(admin, config={"connection_string": f"mysql://u:{SECRET}@db.example.org/x"})
    shown = browser.get(f"/data-sources/{row.pk}/edit").content.decode()
    assert "MySQL" in shown
    assert SECRET not in shown
    now = row.created_at
    reach = sources.reach_of(row, by=admin, now=now, purpose="a test")
    assert (reach.engine, reach.password) == ("mysql", SECRET)


def test_a_test_is_waited_for_and_its_look_made_by_a_worker(
    admin: Actor, browser: Client, endpoint: Endpoint
):
    browser.post("/data-sources/new?engine=api", entered(endpoint, then="save"))
    row = DataSource.objects.get()
    DataSource.objects.update(tested_at=None)
    page = browser.post(f"/data-sources/{row.pk}/test", follow=True).content.decode()
    assert "Checking …" in page
    assert len(endpoint.received) == 1
    [call] = source_looks.ERRANDS.give_out(now=timezone.now())
    assert source_looks.look(call)
    page = browser.get(f"/data-sources/{row.pk}").content.decode()
    assert "Checking …" not in page
    assert "100.00" in page


def test_how_often_it_is_checked_is_chosen_and_what_a_machine_chose_may_stay(
    admin: Actor, browser: Client
):
    row = a_source(admin, name="Orders", check_every_seconds=120)
    address = f"/data-sources/{row.pk}"
    assert "every 2 min" in browser.get(address).content.decode()
    assert "every 120 seconds, as it is" in browser.get(f"{address}/edit").content.decode()
    entered = {"name": "Orders", "then": "save", "check_every_seconds": "900"}
    page = browser.post(f"{address}/edit", entered, follow=True).content.decode()
    assert "every 15 min" in page
    row.refresh_from_db()
    assert row.check_every_seconds == 900
