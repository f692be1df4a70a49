"""What happens to servers and tools is in the tenant's chain, as calls are."""

import threading

import pytest
from django.db import connections, transaction

from integrations.actions import mcp_audit, mcp_looks, mcp_servers, mcp_tools
from integrations.actions.looks import Looked
from integrations.actions.mcp_servers import Wanted
from integrations.actions.mcp_tools import Change
from integrations.domain.mcp_tools import McpRisk, ToolVerdict
from integrations.engine.mcp_verifying import verify
from integrations.mcp.answers import McpFault
from integrations.models import McpAuditEvent, McpServer
from m25console.access import Actor
from tests.integrations.building import NOW
from tests.integrations.mcp_building import a_server, a_tool, decided, listed, tools_of

FAULT = McpFault("no_answer", "It does not take connections.")


@pytest.mark.django_db
def test_what_happens_to_a_server_and_its_tools_is_one_chain_that_is_verified(admin: Actor):
    row = a_server(admin)
    listed(row, a_tool("read_notes"))
    decided(tools_of(row)["read_notes"], admin)
    listed(row, a_tool("read_notes", description="And mails them."))
    decided(tools_of(row)["read_notes"], admin, ToolVerdict.DENIED)
    tool_id = tools_of(row)["read_notes"].pk
    for risk in (McpRisk.HIGH, McpRisk.HIGH):
        mcp_tools.change(tool_id=tool_id, wanted=Change(risk_level=risk), by=admin, now=NOW)
    changed = Wanted.of(row, rate_limit_requests=5)
    for _ in range(2):
        mcp_servers.change(server_id=row.pk, wanted=changed, by=admin, now=NOW)
    mcp_looks.keep_check(Looked(row, None), FAULT, took=3, now=NOW)
    mcp_servers.configure(two_people=True, by=admin, now=NOW)
    mcp_servers.disable(server_id=row.pk, by=admin, now=NOW)

    events = McpAuditEvent.objects.for_tenant(admin.tenant).order_by("number")
    assert [one.type for one in events] == [
        "server_registered",
        "server_health_changed",
        *["policy_updated"] * 7,
        "server_health_changed",
        "policy_updated",
        "server_unregistered",
    ]
    assert [one.decision for one in events if one.tool_id] == ["allow", "deny", "deny", ""]
    assert (verify(admin.tenant).is_whole, verify(admin.tenant).checked) == (True, 12)


@pytest.mark.django_db(transaction=True)
def test_who_keeps_a_look_holds_the_chain_before_the_server(admin: Actor):
    row = a_server(admin)

    def keep() -> None:
        try:
            mcp_looks.keep_check(Looked(row, None), FAULT, took=3, now=NOW)
        finally:
            connections.close_all()

    looking = threading.Thread(target=keep)
    with transaction.atomic():
        mcp_audit.held(admin.tenant)
        looking.start()
        looking.join(0.5)
        assert looking.is_alive()
        McpServer.objects.select_for_update(nowait=True).get(pk=row.pk)
    looking.join(10)
    row.refresh_from_db()
    assert row.status == "degraded"
