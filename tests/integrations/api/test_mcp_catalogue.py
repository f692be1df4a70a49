"""Servers from a registry and to one, through the API and on the page."""

import json
from datetime import timedelta

import pytest

from integrations.actions import mcp_servers
from integrations.models import McpServer
from m25console.access import Actor
from m25console.vocabulary import Role, Scope
from tests.factories import make_actor
from tests.integrations.building import NOW
from tests.integrations.domain.test_mcp_catalogue import REMOTE, STDIO, server
from tests.integrations.mcp_building import a_server, listed
from tests.integrations.views.test_configuration import hidden
from tests.m25console.builders import signed_in
from tests.machines import Machine, machine_of

pytestmark = pytest.mark.django_db
LIST = "/integrations/mcp-registry/v0/servers"
CATALOGUE = "/integrations/mcp-catalogue"
OFFER = {
    "servers": [
        {"server": server(remotes=[REMOTE])},
        {"server": server(name="com.example/local", packages=[STDIO])},
    ]
}


@pytest.fixture
def machine(admin: Actor) -> Machine:
    return machine_of(admin.tenant, decides_for=admin.user, scopes=[Scope.READ, Scope.DECIDE])


def test_an_import_is_planned_then_done_and_nothing_is_done_twice(machine: Machine):
    plan = machine.post(f"{CATALOGUE}/plan", {"document": OFFER}).json()
    assert [(one["name"], one["outcome"]) for one in plan["results"]] == [
        ("com.example/acme-analytics", "new"), ("com.example/local", "refused"),
    ]  # fmt: skip
    assert "stdio" in plan["results"][1]["reason"]
    assert not McpServer.objects.exists()
    confirmed = {"document": OFFER, "digest": plan["digest"]}
    assert machine.post(f"{CATALOGUE}/apply", confirmed).status_code == 200
    row = McpServer.objects.get()
    assert (row.url, row.status, row.requires_approval) == (REMOTE["url"], "pending", True)
    assert machine.post(f"{CATALOGUE}/apply", confirmed).status_code == 409
    assert machine.post(f"{CATALOGUE}/plan", {"document": {"a": 1}}).status_code == 422


def test_what_was_imported_is_listed_as_the_registry_wrote_it(machine: Machine):
    plan = machine.post(f"{CATALOGUE}/plan", {"document": OFFER}).json()
    machine.post(f"{CATALOGUE}/apply", {"document": OFFER, "digest": plan["digest"]})
    [listed] = machine.get(LIST).json()["servers"]
    told = listed["server"]
    assert (told["name"], told["version"]) == ("com.example/acme-analytics", "2.0.0")
    assert told["remotes"] == [REMOTE]
    assert listed["_meta"]["io.modelcontextprotocol.registry/official"]["isLatest"] is True


def test_the_list_is_paged_by_cursor_and_names_no_key(admin: Actor, machine: Machine):
    for number in range(3):
        a_server(admin, name=f"Desk {number}", now=NOW + timedelta(minutes=number))
    McpServer.objects.update(auth_type="api_key", credential_ref="env://DESK")
    first = machine.get(f"{LIST}?limit=2").json()
    assert first["metadata"]["count"] == 2
    last = machine.get(f"{LIST}?limit=2&cursor={first['metadata']['nextCursor']}").json()
    assert "nextCursor" not in last["metadata"]
    titles = [one["server"]["title"] for one in (*first["servers"], *last["servers"])]
    assert titles == ["Desk 2", "Desk 1", "Desk 0"]
    one = last["servers"][0]["server"]
    assert one["name"].startswith(f"m25console.{admin.tenant.slug}/mcp_")
    header = {"name": "X-API-Key", "isRequired": True, "isSecret": True}
    assert one["remotes"][0]["headers"] == [header]
    assert "env://" not in json.dumps(one)
    found = machine.get(f"{LIST}?search=desk 1").json()["servers"]
    assert [one["server"]["title"] for one in found] == ["Desk 1"]


def names(machine: Machine, **query: object) -> list[str]:
    return [one["server"]["title"] for one in machine.get(LIST, **query).json()["servers"]]


def test_who_keeps_a_copy_is_told_what_changed_since_and_what_was_taken_away(
    admin: Actor, machine: Machine
):
    minutes = [NOW + timedelta(minutes=one) for one in range(3)]
    rows = [a_server(admin, name=f"Desk {at.minute - NOW.minute}", now=at) for at in minutes]
    later = NOW + timedelta(hours=1)
    mcp_servers.disable(server_id=rows[0].pk, by=admin, now=later)
    renamed = mcp_servers.Wanted.of(rows[1], name="Counter")
    mcp_servers.change(server_id=rows[1].pk, wanted=renamed, by=admin, now=later)
    assert names(machine) == ["Desk 2", "Counter"]
    since = machine.get(LIST, updated_since="2020-01-01T00:00:00.5Z", limit=1).json()
    assert "nextCursor" in since["metadata"]
    told = machine.get(LIST, updated_since=minutes[2].isoformat()).json()["servers"]
    official = "io.modelcontextprotocol.registry/official"
    assert {one["server"]["title"]: one["_meta"][official]["status"] for one in told} == {
        "Counter": "active", "Desk 0": "deleted",
    }  # fmt: skip
    kept = {"updated_since": minutes[2].isoformat(), "include_deleted": "false"}
    assert names(machine, **kept) == ["Counter"]
    assert names(machine, include_deleted="true", search="desk") == ["Desk 2", "Desk 0"]
    assert names(machine, updated_since=later.isoformat()) == []
    for hours, found in ((2, ["Desk 2"]), (3, [])):  # it is active now; then nothing changes
        at = NOW + timedelta(hours=hours)
        listed(rows[2], now=at)
        assert names(machine, updated_since=(at - timedelta(minutes=1)).isoformat()) == found
    assert machine.get(LIST, updated_since="yesterday").status_code == 422


def test_a_version_is_the_latest_of_its_server(admin: Actor, machine: Machine):
    a_server(admin, name="Told", metadata={"registry_version": "1.2.3"})
    a_server(admin, name="Untold", now=NOW + timedelta(minutes=1))
    assert names(machine, version="latest") == ["Untold", "Told"]
    assert names(machine, version="1.2.3") == ["Told"]
    assert names(machine, version="0.0.0") == ["Untold"]
    assert names(machine, version="9") == []


def test_on_the_page_a_file_is_looked_at_and_then_registered(admin: Actor):
    browser = signed_in(admin)
    shown = browser.post("/mcp-servers/catalogue", {"text": json.dumps(OFFER)})
    assert "only runs as a program" in shown.text
    assert not McpServer.objects.exists()
    confirmed = {"digest": hidden(shown.text, "digest"), "document": hidden(shown.text, "document")}
    done = browser.post("/mcp-servers/catalogue/register", confirmed, follow=True)
    assert "com.example/acme-analytics" in done.text
    again = browser.post("/mcp-servers/catalogue/register", confirmed)
    assert again.status_code == 409
    assert browser.post("/mcp-servers/catalogue", {"text": "{}"}).status_code == 422
    reviewer = signed_in(make_actor(admin.tenant, role=Role.REVIEWER))
    assert reviewer.get("/mcp-servers/catalogue").status_code == 403
