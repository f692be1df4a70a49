import pytest
from django.test import Client

from integrations.domain.connectors import ConnectorType
from integrations.models import Connector, ConnectorAction, ConnectorCall
from m25console.access import Actor
from m25console.models import AuditEntry
from m25console.vocabulary import Role
from tests.endpoints import Endpoint, answers
from tests.factories import make_actor
from tests.integrations.connecting import a_connector, an_action

pytestmark = pytest.mark.django_db
SECRET = "tok-canary-31337"


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
        "name": "Billing",
        "config_base_url": f"http://{endpoint.host}/v1",
        "config_auth_type": "bearer",
        "config_auth_header": "Authorization",
        "config_allowed_methods": ["GET", "POST"],
        "config_timeout_seconds": "30",
        "config_max_retries": "0",
        "config_rate_limit_requests": "60",
        "secret_token": SECRET,
    }
    return given | rest


def test_an_admin_goes_from_the_empty_page_to_a_call_and_the_secret_is_nowhere(
    browser: Client, endpoint: Endpoint
):
    endpoint.behaviour = answers(200, b'{"name": "Ada"}')
    assert "Nothing is connected yet" in browser.get("/connectors").content.decode()
    assert "HTTP API" in browser.get("/connectors/new").content.decode()
    saved = browser.post("/connectors/new?type=http", entered(endpoint), follow=True)
    row = Connector.objects.get()
    assert "It was not tested" in saved.content.decode()
    action = {"name": "find", "method": "GET", "path": "/customers/{id}"}
    browser.post(f"/connectors/{row.pk}/actions/new", action)
    tested = browser.post(f"/connectors/{row.pk}/test", follow=True).content.decode()
    assert "Connected" in tested
    address = f"/connectors/{row.pk}/try?action=find"
    calls = len(endpoint.received)
    shown = browser.post(address, {"p_id": "7", "then": "show"}).content.decode()
    assert f"http://{endpoint.host}/v1/customers/7" in shown
    assert "Bearer •••" in shown
    assert len(endpoint.received) == calls
    done = browser.post(address, {"p_id": "7", "then": "send"}).content.decode()
    assert "Ada" in done
    addresses = ("/connectors", f"/connectors/{row.pk}", f"/connectors/{row.pk}/edit", "/audit")
    later = [browser.get(one).content.decode() for one in addresses]
    assert [one for one in (shown, done, tested, *later) if SECRET in one] == []
    assert ConnectorCall.objects.count() == 2
    assert AuditEntry.objects.filter(action="connector.tried").count() == 2


def test_a_connector_is_tested_before_it_is_saved_with_the_secret_that_is_stored(
    browser: Client, endpoint: Endpoint
):
    endpoint.behaviour = answers(200, b"{}")
    address = "/connectors/new?type=http"
    tried = browser.post(address, entered(endpoint, then="test")).content.decode()
    assert "Works" in tried
    assert "enter it once more" in tried
    assert SECRET not in tried
    assert not Connector.objects.exists()

    browser.post(address, entered(endpoint, then="save"))
    row = Connector.objects.get()
    endpoint.behaviour = answers(401, b"{}")
    changed = entered(endpoint, then="test", secret_token="", credential_ref="keep")
    tried = browser.post(f"/connectors/{row.pk}/edit", changed).content.decode()
    assert "Failed" in tried
    assert endpoint.received[-1].headers["authorization"] == f"Bearer {SECRET}"
    kept = Connector.objects.get()
    assert (kept.status, kept.last_error, kept.credential_ref) == (
        row.status, "", row.credential_ref,
    )  # fmt: skip


def test_what_is_wrong_is_told_beside_its_field(browser: Client, endpoint: Endpoint):
    inside = entered(endpoint, config_base_url="http://10.0.0.5/")
    answer = browser.post("/connectors/new?type=http", inside)
    assert (answer.status_code, Connector.objects.exists()) == (422, False)
    missing = browser.post("/connectors/new?type=http", entered(endpoint, secret_token=""))
    assert "Give token" in missing.content.decode()
    twice = browser.post("/connectors/new?type=http", entered(endpoint))
    assert twice.status_code == 302
    assert browser.post("/connectors/new?type=http", entered(endpoint)).status_code == 422


def test_a_change_keeps_the_secret_in_use(admin: Actor, browser: Client, endpoint: Endpoint):
    browser.post("/connectors/new?type=http", entered(endpoint))
    row = Connector.objects.get()
    kept = row.credential_ref
    changed = entered(endpoint, name="Other", secret_token="", credential_ref="keep")
    assert browser.post(f"/connectors/{row.pk}/edit", changed).status_code == 302
    row.refresh_from_db()
    assert (row.name, row.credential_ref) == ("Other", kept)


@pytest.mark.parametrize(
    ("line", "told"),
    [("limit int min:1 max:50 = 10", ""), ("limit integer", "one of the types"),
     ("limit int often", "not understood")],
)  # fmt: skip
def test_a_statement_is_kept_with_its_parameters_as_lines(admin: Actor, browser, line, told):
    row = a_connector(
        admin, kind=ConnectorType.SQL, config={"host": "db.example.org", "database": "x"},
        secret={"username": "u", "password": "p"},
    )  # fmt: skip
    given = {"name": "few", "sql": "SELECT :limit", "parameters": line, "is_read_only": "on"}
    answer = browser.post(f"/connectors/{row.pk}/actions/new", given)
    assert told in answer.content.decode()
    if not told:
        [kept] = ConnectorAction.objects.get().parameters
        assert (kept["least"], kept["most"], kept["default"]) == (1, 50, "10")
        assert line in browser.get(f"/connectors/{row.pk}/actions/few").content.decode()


def test_one_is_disconnected_retired_and_let_in_again(admin: Actor, browser: Client):
    row = a_connector(admin, is_connected=True)
    for to, status in (("disconnected", 302), ("deprecated", 302), ("disconnected", 409),
                       ("ready", 302), ("connected", 409)):  # fmt: skip
        assert browser.post(f"/connectors/{row.pk}/switch", {"to": to}).status_code == status, to
    row.refresh_from_db()
    assert row.status == "ready"


def test_who_may_not_manage_sees_no_buttons_and_no_addresses(admin: Actor):
    row = a_connector(admin, is_connected=True)
    an_action(row, admin)
    page = signed_in(make_actor(admin.tenant, role=Role.REVIEWER))
    text = page.get(f"/connectors/{row.pk}").content.decode()
    for hidden in ("/edit", "/test", "/delete", "/customers/{id}"):
        assert hidden not in text
    assert page.get(f"/connectors/{row.pk}/try").status_code == 200
    assert page.get(f"/connectors/{row.pk}/edit").status_code == 403
    assert page.post(f"/connectors/{row.pk}/switch", {"to": "disconnected"}).status_code == 403


def test_the_list_is_taken_away_as_a_file(admin: Actor, browser: Client):
    a_connector(admin, name="=Billing")
    answer = browser.post("/exports", {"table": "connectors", "format": "csv"})
    assert "'=Billing" in answer.getvalue().decode()
