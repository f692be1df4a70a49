import pytest

from integrations.actions import mcp_looks, mcp_servers
from integrations.actions.addresses import ForbiddenUrl
from integrations.actions.looks import Looked
from integrations.actions.mcp_servers import DuplicateName, DuplicateUrl, NotSpoken
from integrations.domain.mcp_servers import McpAuth, McpServerStatus, McpTransport
from integrations.engine import mcp_asking
from integrations.mcp.answers import Greeting, McpFault
from integrations.models import McpLook, McpServer
from m25console.access import Actor
from m25console.models import AuditEntry
from m25console.refusals import InvalidInput, NotFound, NotPermitted, WrongState
from m25console.vocabulary import Role
from tests.factories import make_actor
from tests.integrations.building import NOW, a_credential
from tests.integrations.mcp_building import a_server, wanted

pytestmark = pytest.mark.django_db
FAULT = McpFault("no_answer", "It does not take connections.")
GREETING = Greeting("2025-11-25", ("tools",), "a server")


def checked(row: McpServer, found: Greeting | McpFault) -> McpServer | None:
    return mcp_looks.keep_check(Looked(row, None), found, took=3, now=NOW)


def test_int_61_an_address_and_a_name_are_one_servers_unless_it_was_taken_away(
    admin: Actor, other_admin: Actor
):
    row = a_server(admin, name="Files", url="https://files.example.com")
    assert row.url == "https://files.example.com/mcp"
    with pytest.raises(DuplicateUrl) as refused:
        a_server(admin, url="https://files.example.com/mcp")
    assert (refused.value.status_code, refused.value.code) == (409, "DUPLICATE_URL")
    with pytest.raises(DuplicateName):
        a_server(admin, name="Files")
    a_server(other_admin, name="Files", url="https://files.example.com")
    mcp_servers.disable(server_id=row.pk, by=admin, now=NOW)
    assert a_server(admin, name="Files", url="https://files.example.com").pk != row.pk


@pytest.mark.parametrize("transport", [McpTransport.STDIO, McpTransport.WEBSOCKET])
def test_what_the_console_does_not_speak_is_refused(admin: Actor, transport):
    with pytest.raises(NotSpoken) as refused:
        a_server(admin, transport=transport)
    assert refused.value.status_code == 400


@pytest.mark.parametrize(
    ("rest", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "n" * 129}, "name"),
        ({"url": "https://" + "a" * 510}, "url"),
        ({"url": "http://a.example/mcp", "transport": McpTransport.HTTPS}, "url"),
        ({"description": "d" * 1025}, "description"),
        ({"auth_type": McpAuth.BEARER}, "credential_ref"),
        ({"auth_type": McpAuth.BEARER, "credential_ref": "sk-a-key"}, "credential_ref"),
        ({"auth_type": McpAuth.OAUTH, "credential_ref": "x"}, "auth_type"),
        ({"credential_ref": "cus-vault://x/y"}, "auth_type"),
        ({"rate_limit_requests": 0}, "rate_limit_requests"),
        ({"rate_limit_window_seconds": 0}, "rate_limit_window_seconds"),
        ({"tags": ["t"] * 21}, "tags"),
    ],
)
def test_what_is_wrong_with_a_server_is_told_by_field(admin: Actor, rest, field):
    with pytest.raises(InvalidInput) as refused:
        a_server(admin, **rest)
    assert field in refused.value.fields


def test_an_address_that_may_not_be_called_is_not_registered(admin: Actor):
    for url in ("http://10.0.0.5/mcp", "https://169.254.169.254/mcp", "ftp://a.example/mcp"):
        with pytest.raises(ForbiddenUrl):
            mcp_asking.register(wanted=wanted(url=url), by=admin, now=NOW)
    assert not McpServer.objects.exists()


def test_only_an_admin_of_its_tenant_registers_changes_and_takes_away(
    admin: Actor, other_admin: Actor
):
    row = a_server(admin)
    reviewer = make_actor(admin.tenant, role=Role.REVIEWER)
    with pytest.raises(NotPermitted):
        a_server(reviewer)
    for by, refusal in ((reviewer, NotPermitted), (other_admin, NotFound)):
        with pytest.raises(refusal):
            mcp_servers.disable(server_id=row.pk, by=by, now=NOW)
        with pytest.raises(refusal):
            mcp_servers.change(server_id=row.pk, wanted=wanted(), by=by, now=NOW)


def test_int_64_three_failures_are_offline_one_answer_is_enough_and_disabled_stays(admin: Actor):
    row = a_server(admin)
    seen = [str(checked(row, FAULT).status) for _ in range(3)]
    assert seen == ["degraded", "degraded", "offline"]
    healthy = checked(row, GREETING)
    assert (healthy.status, healthy.health_check_failures, healthy.last_error) == ("active", 0, "")
    mcp_servers.disable(server_id=row.pk, by=admin, now=NOW)
    assert checked(row, FAULT) is None
    with pytest.raises(WrongState):
        mcp_asking.check_now(row, by=admin, now=NOW)
    with pytest.raises(WrongState):
        mcp_asking.discover_now(row, by=admin, now=NOW)
    row.refresh_from_db()
    assert row.status == McpServerStatus.DISABLED
    assert McpLook.objects.count() == 4


def test_a_server_that_answers_again_is_asked_for_its_tools_again(admin: Actor):
    row = a_server(admin)
    mcp_looks.keep_failure(Looked(row, None), FAULT, took=3, now=NOW)
    row.refresh_from_db()
    assert (row.status, row.next_discovery_at > NOW) == ("error", True)
    assert checked(row, GREETING).next_discovery_at == NOW


def test_what_was_asked_with_another_key_says_nothing(admin: Actor):
    stored = a_credential(admin)
    reference = f"cus-vault://{admin.tenant.pk}/{stored.pk}"
    row = a_server(admin)
    change = wanted(name=row.name, url=row.url, auth_type=McpAuth.BEARER, credential_ref=reference)
    changed = mcp_servers.change(server_id=row.pk, wanted=change, by=admin, now=NOW)
    assert checked(row, FAULT) is None
    assert checked(changed, GREETING).status == "active"
    told = AuditEntry.objects.filter(object_id=row.pk).values_list("after", flat=True)
    assert not [one for one in told if one and reference in str(one)]


def test_a_server_keeps_its_address(admin: Actor):
    row = a_server(admin)
    with pytest.raises(InvalidInput):
        mcp_servers.change(server_id=row.pk, wanted=wanted(), by=admin, now=NOW)
