import pytest

from integrations.models import Connector, ConnectorCall, Credential
from m25console.access import Actor
from m25console.vocabulary import Scope
from tests.endpoints import Endpoint, answers
from tests.integrations.connecting import a_connector, an_action
from tests.machines import Machine, machine_of

pytestmark = pytest.mark.django_db
SECRET = "tok-canary-31337"


@pytest.fixture
def machine(admin: Actor) -> Machine:
    return machine_of(admin.tenant, scopes=Scope, decides_for=admin.user)


def body(**rest) -> dict:
    given = {
        "name": "Billing",
        "connector_type": "http",
        "config": {"base_url": "https://api.example.com", "auth_type": "bearer"},
        "credentials": {"token": SECRET},
    }
    return given | rest


def test_int_57_credentials_are_shown_as_stars_and_kept_sealed(machine: Machine):
    answer = machine.ask("POST", "/connectors", body())
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert told["credentials"] == {"token": "***"}
    assert (told["status"], told["capabilities"]) == ("registered", ["read", "write", "query"])
    everything = answer.content + machine.get("/connectors").content
    everything += machine.get(f"/connectors/{told['id']}").content
    assert SECRET.encode() not in everything
    assert Credential.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"config": {"base_url": "https://api.example.com", "colour": "red"}}, "colour"),
        ({"colour": "red"}, "colour"),
        ({"credentials": {}}, "credentials"),
        ({"credentials": {"password": "x"}}, "credentials"),
        ({"credentials": {}, "credential_ref": "sk-abc"}, "OpenAI"),
        ({"connector_type": "fax"}, "connector_type"),
        ({"config": {"base_url": "https://x.org", "timeout_seconds": 60}}, "timeout_seconds"),
    ],
)
def test_int_57_what_is_unknown_or_wrong_is_422(machine: Machine, change, told):
    answer = machine.ask("POST", "/connectors", body(**change))
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not Connector.objects.exists()


@pytest.mark.parametrize("url", ["http://10.0.0.5/", "https://169.254.169.254/", "ftp://x.org/"])
def test_int_60_an_address_inside_is_refused_when_it_is_saved(machine: Machine, url):
    answer = machine.ask("POST", "/connectors", body(config={"base_url": url}, credentials={}))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "OUTBOUND_URL_FORBIDDEN")


def test_int_57_a_test_of_an_unknown_one_is_404_and_of_a_new_one_tries(
    admin: Actor, machine: Machine, endpoint: Endpoint
):
    assert machine.ask("POST", "/connectors/con_0000000000000000/test").status_code == 404
    row = a_connector(admin, config={"base_url": f"http://{endpoint.host}"})
    told = machine.ask("POST", f"/connectors/{row.pk}/test").json()
    assert (told["success"], told["connector_id"], told["error"]) == (True, row.pk, "")
    assert [one["name"] for one in told["details"]] == ["dns", "tcp", "auth"]


def test_a_change_keeps_what_it_does_not_name_and_the_secret_behind_its_mask(machine: Machine):
    made = machine.ask("POST", "/connectors", body()).json()
    reference = Connector.objects.get().credential_ref
    path = f"/connectors/{made['id']}"
    assert machine.ask("PUT", path, {}).status_code == 400
    changed = machine.ask(
        "PUT", path, {"config": {"timeout_seconds": 5}, "credentials": {"token": "***"}}
    ).json()
    assert changed["config"]["timeout_seconds"] == 5
    assert changed["config"]["base_url"] == "https://api.example.com"
    assert (changed["status"], Connector.objects.get().credential_ref) == ("configuring", reference)
    machine.ask("PUT", path, {"credentials": {"token": "another"}})
    assert Connector.objects.get().credential_ref != reference


def test_the_list_is_by_name_filtered_before_it_is_counted(admin: Actor, machine: Machine):
    for name in ("b", "a"):
        a_connector(admin, name=name)
    a_connector(admin, name="c", is_connected=True)
    told = machine.get("/connectors", status="registered", limit=1).json()
    assert ([one["name"] for one in told["connectors"]], told["total"]) == (["a"], 2)
    assert machine.get("/connectors", colour="red").status_code == 400
    stats = machine.get("/connectors/stats").json()
    assert (stats["total"], sum(stats["by_status"].values())) == (3, 3)


def test_an_action_is_set_told_without_what_is_behind_it_and_called(
    admin: Actor, machine: Machine, endpoint: Endpoint
):
    row = a_connector(admin, config={"base_url": f"http://{endpoint.host}/v9"}, is_connected=True)
    path = f"/connectors/{row.pk}"
    action = {"method": "GET", "path": "/customers/{id}", "description": "One customer."}
    assert machine.ask("PUT", f"{path}/actions/find", action).status_code == 200
    [told] = machine.get(f"{path}/actions").json()["actions"]
    assert (told["name"], told["input_schema"]["required"]) == ("find", ["id"])
    assert "customers/" not in str(told)
    dry = machine.ask(
        "POST", f"{path}/invoke", {"action": "find", "payload": {"id": "7"}, "dry_run": True}
    ).json()
    assert (dry["outcome"], dry["sent"]["method"]) == ("dry_run", "GET")
    assert endpoint.received == []
    endpoint.behaviour = answers(200, b'{"name": "Ada"}')
    done = machine.ask("POST", f"{path}/invoke", {"action": "find", "payload": {"id": "7"}}).json()
    assert (done["data"], done["status_code"]) == ({"name": "Ada"}, 200)
    assert done["token_count"] == len('{"id":"7"}') + len('{"name": "Ada"}')


@pytest.mark.parametrize(
    ("value", "told"), [("../x", (422, "invalid_payload")), ("7", (502, "http_status"))]
)
def test_a_call_that_comes_to_nothing_answers_with_its_status_and_is_kept(
    admin: Actor, machine: Machine, endpoint: Endpoint, value, told
):
    row = a_connector(admin, config={"base_url": f"http://{endpoint.host}"}, is_connected=True)
    an_action(row, admin)
    endpoint.behaviour = answers(500)
    asked = {"action": "find", "payload": {"id": value}}
    answer = machine.ask("POST", f"/connectors/{row.pk}/invoke", asked)
    assert (answer.status_code, answer.json()["error"]["code"]) == told
    assert ConnectorCall.objects.get().error_code == told[1]


def test_one_that_was_never_connected_is_409_and_one_deleted_404(admin: Actor, machine: Machine):
    row = a_connector(admin)
    an_action(row, admin)
    asked = {"action": "find", "payload": {"id": "7"}}
    answer = machine.ask("POST", f"/connectors/{row.pk}/invoke", asked)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "not_connected")
    deleted = machine.ask("DELETE", f"/connectors/{row.pk}").json()
    assert deleted == {"success": True, "connector_id": row.pk}
    assert machine.get(f"/connectors/{row.pk}").status_code == 404
    assert machine.ask("POST", "/connectors", body(name=row.name)).status_code == 201
