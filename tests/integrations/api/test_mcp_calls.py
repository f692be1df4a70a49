import pytest
from django.utils import timezone

from integrations.domain.mcp_states import CallFault
from integrations.domain.mcp_tools import McpRisk
from integrations.models import McpServer, McpTool, McpToolInvocation
from m25console.access import Actor
from m25console.models import ApiToken
from m25console.vocabulary import Scope
from tests.integrations.building import NOW
from tests.integrations.calling import a_server, a_tool, called
from tests.machines import Machine, machine_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def machine(admin: Actor) -> Machine:
    return machine_of(admin.tenant, scopes=[Scope.TOOLS_CALL, Scope.READ])


def address(tool: McpTool, server: McpServer | None = None) -> str:
    server_id = server.pk if server else tool.server_id
    return f"/integrations/mcp-servers/{server_id}/tools/{tool.pk}/invoke"


@pytest.mark.parametrize(
    ("tool", "body", "told"),
    [
        ({"is_approved": False}, {"id": 1}, (403, CallFault.APPROVAL_REQUIRED)),
        ({"risk_level": McpRisk.HIGH}, {"id": 1}, (403, CallFault.POLICY_DENIED)),
        ({"enabled": False}, {"id": 1}, (409, CallFault.TOOL_DISABLED)),
        ({}, {"id": "x"}, (422, CallFault.INVALID_INPUT)),
    ],
)
def test_int_65_a_call_that_is_not_made_is_an_error_that_names_its_record(
    admin: Actor, machine: Machine, tool, body, told
):
    answer = machine.post(address(a_tool(a_server(admin), **tool)), {"input": body})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == told
    row = McpToolInvocation.objects.get(pk=error["invocation_id"])
    assert (row.actor_type, row.actor_id) == ("machine", ApiToken.objects.get().pk)
    if error["code"] == CallFault.APPROVAL_REQUIRED:
        asked = machine.get(f"/integrations/mcp-approvals/{error['approval_id']}").json()
        assert (asked["status"], asked["votes_needed"]) == ("pending", 1)


def test_who_calls_too_often_is_told_when_to_come_again(admin: Actor, machine: Machine):
    tool = a_tool(a_server(admin, rate_limit_requests=1, rate_limit_window_seconds=30))
    called(tool, admin, now=timezone.now())
    answer = machine.post(address(tool), {"input": {"id": 1}})
    assert (answer.status_code, answer["Retry-After"]) == (429, "30")


def test_int_65_another_tenants_server_is_nowhere_and_leaves_nothing(
    other_admin: Actor, machine: Machine
):
    tool = a_tool(a_server(other_admin))
    assert machine.post(address(tool), {"input": {"id": 1}}).status_code == 404
    assert not McpToolInvocation.objects.exists()


def test_who_calls_is_told_by_the_token_and_not_by_the_body(admin: Actor, machine: Machine):
    tool = a_tool(a_server(admin))
    answer = machine.post(address(tool), {"input": {"id": 1}, "actor_id": "root"})
    assert answer.status_code == 422


def test_int_71_sixty_calls_are_counted_in_full_and_listed_fifty_at_a_time(
    admin: Actor, machine: Machine
):
    server = a_server(admin)
    tool = a_tool(server)
    called(tool, admin)
    one = McpToolInvocation.objects.get()
    names = [field.attname for field in McpToolInvocation._meta.concrete_fields]
    known = {name: getattr(one, name) for name in names if name != "id"}
    McpToolInvocation.objects.bulk_create(McpToolInvocation(**known) for _ in range(59))
    path = f"/integrations/mcp-servers/{server.pk}/invocations"
    first = machine.get(path, limit=50).json()
    assert (len(first["invocations"]), first["total"], first["has_more"]) == (50, 60, True)
    rest = machine.get(path, limit=50, offset=50).json()
    ids = {row["invocation_id"] for row in first["invocations"] + rest["invocations"]}
    assert len(ids) == 60
    assert machine.get(path, limit=101).status_code == 400


def test_the_chain_is_verified_for_whoever_reads(admin: Actor, machine: Machine):
    called(a_tool(a_server(admin)), admin, now=NOW)
    told = machine.get("/integrations/mcp-audit/verify").json()
    assert (told["is_whole"], told["checked"], told["next_after"]) == (True, 4, None)
