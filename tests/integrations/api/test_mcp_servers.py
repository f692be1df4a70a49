from datetime import timedelta
from pathlib import Path

import pytest

from integrations.models import McpServer
from m25console.access import Actor
from m25console.vocabulary import Scope
from tests.endpoints import Endpoint, answers
from tests.factories import make_rule
from tests.integrations.building import NOW
from tests.integrations.mcp_building import (
    LIST,
    Toolbox,
    a_server,
    a_tool,
    decided,
    listed,
    tools_of,
)
from tests.machines import Machine, machine_of

pytestmark = pytest.mark.django_db
ROOT = "/integrations/mcp-servers"


@pytest.fixture
def machine(admin: Actor) -> Machine:
    return machine_of(admin.tenant, decides_for=admin.user, scopes=[Scope.READ, Scope.DECIDE])


def test_int_61_registering_answers_what_came_of_asking(machine, settings, tmp_path: Path):
    box = Toolbox(tmp_path / "tools.json")
    settings.OUTBOUND_ALLOW = frozenset({box.host})
    told = {"name": "Files", "url": f"http://{box.host}"}
    with box.serving(LIST):
        made = machine.post(ROOT, told)
    assert made.status_code == 201, made.text
    answer = made.json()
    assert answer["server_id"].startswith("mcp_")
    assert (answer["status"], answer["tools_discovered"], answer["error"]) == ("active", 1, "")
    detail = machine.get(f"{ROOT}/{answer['server_id']}").json()
    assert (detail["requires_approval"], detail["url"]) == (True, box.url)
    again = machine.post(ROOT, told | {"name": "Other"})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "DUPLICATE_URL")
    assert machine.post(ROOT, told | {"url": "http://10.0.0.5"}).status_code == 400
    assert machine.post(ROOT, told | {"transport": "stdio"}).status_code == 400
    assert machine.post(ROOT, told | {"transport": "pigeon"}).status_code == 422


def test_int_61_a_server_that_cannot_be_reached_is_registered_all_the_same(
    machine, endpoint: Endpoint
):
    endpoint.behaviour = answers(500)
    made = machine.post(ROOT, {"name": "Down", "url": endpoint.url})
    assert (made.status_code, made.json()["status"]) == (201, "error")
    assert McpServer.objects.get().last_error == made.json()["error"]
    asked = machine.post(f"{ROOT}/{made.json()['server_id']}/health")
    assert (asked.json()["healthy"], asked.json()["status"]) == (False, "degraded")
    assert machine.post(f"{ROOT}/{made.json()['server_id']}/discover").status_code == 429


def test_int_71_the_list_is_no_integration_and_hides_what_was_taken_away(machine, admin: Actor):
    rows = [a_server(admin, now=NOW + timedelta(seconds=one)) for one in range(3)]
    assert machine.ask("DELETE", f"{ROOT}/{rows[0].pk}").json() == {
        "deleted": True, "server_id": rows[0].pk
    }  # fmt: skip
    told = machine.get(ROOT).json()
    assert [one["server_id"] for one in told["servers"]] == [rows[2].pk, rows[1].pk]
    assert (told["total"], machine.get(ROOT, include_disabled="true").json()["total"]) == (2, 3)
    assert machine.get(ROOT, include_disabled="maybe").status_code == 400
    assert machine.post(f"{ROOT}/{rows[0].pk}/discover").status_code == 409
    assert machine.ask("DELETE", f"{ROOT}/{rows[0].pk}").status_code == 409


def test_tools_are_listed_switched_and_decided(machine, admin: Actor):
    row = a_server(admin)
    listed(row, a_tool("list_rows"), a_tool("delete_rows"))
    tool = tools_of(row)["list_rows"]
    one = f"{ROOT}/{row.pk}/tools/{tool.pk}"
    told = machine.ask("PATCH", one, {"enabled": False, "risk_level": "high"}).json()
    assert (told["is_active"], told["risk_level"], told["tool_id"]) == (False, "high", tool.pk)
    assert [t["name"] for t in machine.get(f"{ROOT}/{row.pk}/tools").json()["tools"]] == [
        "delete_rows"
    ]
    assert machine.get(f"{ROOT}/{row.pk}/tools", include_disabled="true").json()["total"] == 2
    yes = machine.post(f"{one}/decision", {"version": 1, "verdict": "approved"})
    assert yes.json()["state"] == "allowed"
    assert machine.post(f"{one}/decision", {"version": 1, "verdict": "denied"}).status_code == 422
    assert machine.ask("PATCH", one, {"risk_level": "none"}).status_code == 422
    assert machine.ask("PATCH", one, {}).status_code == 400
    other = a_server(admin)
    assert (
        machine.ask("PATCH", f"{ROOT}/{other.pk}/tools/{tool.pk}", {"enabled": True}).status_code
        == 404
    )


def test_a_server_is_changed_in_part(machine, admin: Actor):
    row = a_server(admin, tags=["a"])
    told = machine.ask("PATCH", f"{ROOT}/{row.pk}", {"name": "Renamed", "requires_approval": False})
    assert (told.json()["name"], told.json()["requires_approval"]) == ("Renamed", False)
    assert told.json()["tags"] == ["a"]
    keyed = machine.ask("PATCH", f"{ROOT}/{row.pk}", {"credential_id": "cred_x"}).json()
    assert keyed["auth_type"] == "bearer"
    assert "cred_x" not in str(keyed)
    assert machine.ask("PATCH", f"{ROOT}/{row.pk}", {"url": "https://x.example"}).status_code == 422


def test_what_drifted_is_told_by_its_versions(machine, admin: Actor):
    row = a_server(admin)
    listed(row, a_tool("list_rows"))
    decided(tools_of(row)["list_rows"], admin)
    listed(row, a_tool("list_rows", description="Another."))
    [told] = machine.get(f"{ROOT}/{row.pk}/tools").json()["tools"]
    assert (told["state"], told["version"], told["approved_version"]) == ("drifted", 2, 1)


def test_a_servers_policy_is_named_changed_and_taken_away(machine, admin: Actor):
    policy, row = make_rule(admin.tenant).pk, a_server(admin)
    one = f"{ROOT}/{row.pk}"
    assert machine.get(one).json()["default_policy_id"] == ""
    told = machine.ask("PATCH", one, {"default_policy_id": policy}).json()
    assert told["default_policy_id"] == policy
    wrong = machine.ask("PATCH", one, {"default_policy_id": "policy_of_nobody"})
    assert (wrong.status_code, "no such policy" in wrong.text) == (422, True)
    assert machine.ask("PATCH", one, {"default_policy_id": ""}).json()["default_policy_id"] == ""
