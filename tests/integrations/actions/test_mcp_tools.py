import pytest
from django.db import IntegrityError, transaction

from integrations.actions import mcp_servers, mcp_tools
from integrations.actions.mcp_tools import Change
from integrations.domain.mcp_tools import CallableState, McpRisk, ToolState, ToolVerdict
from integrations.models import McpTool, McpToolDecision, McpToolVersion
from m25console.access import Actor
from m25console.models import AuditEntry
from m25console.refusals import InvalidInput, NotFound, NotPermitted, WrongState
from m25console.vocabulary import Role
from tests.factories import make_actor, make_rule
from tests.integrations.building import NOW
from tests.integrations.mcp_building import a_server, a_tool, decided, listed, tools_of

pytestmark = pytest.mark.django_db


def changed(tool: McpTool, by: Actor, **rest) -> McpTool:
    return mcp_tools.change(tool_id=tool.pk, wanted=Change(**rest), by=by, now=NOW)


def a_drifted_tool(admin: Actor) -> McpTool:
    row = a_server(admin)
    listed(row, a_tool("list_rows"))
    decided(tools_of(row)["list_rows"], admin)
    listed(row, a_tool("list_rows", inputSchema={"type": "object", "required": ["all"]}))
    return tools_of(row)["list_rows"]


def test_int_62_listing_the_same_again_changes_nothing(admin: Actor):
    row = a_server(admin)
    first = listed(row, a_tool("list_rows"), a_tool("delete_rows"))
    before = {name: one.pk for name, one in tools_of(row).items()}
    again = listed(row, a_tool("delete_rows"), a_tool("list_rows"), a_tool("list_rows"))
    assert (len(first.added), again.found) == (2, 2)
    assert (again.added, again.updated, again.removed) == ([], [], [])
    assert {name: one.pk for name, one in tools_of(row).items()} == before
    assert McpToolVersion.objects.count() == 2


def test_int_62_what_vanished_is_disabled_and_what_is_disabled_stays_so(admin: Actor):
    row = a_server(admin)
    listed(row, a_tool("list_rows"), a_tool("delete_rows"))
    changed(tools_of(row)["list_rows"], admin, enabled=False)
    gone = listed(row, a_tool("list_rows"))
    assert [one.name for one in gone.removed] == ["delete_rows"]
    assert not any(one.enabled for one in tools_of(row).values())
    with pytest.raises(WrongState):
        changed(tools_of(row)["delete_rows"], admin, enabled=True)
    listed(row, a_tool("list_rows"), a_tool("delete_rows"))
    back = tools_of(row)["delete_rows"]
    assert (back.enabled, back.vanished_at) == (False, None)
    assert changed(back, admin, enabled=True).enabled


def test_int_63_a_risk_that_a_person_set_is_kept(admin: Actor):
    row = a_server(admin)
    listed(row, a_tool("list_rows"))
    changed(tools_of(row)["list_rows"], admin, risk_level=McpRisk.CRITICAL)
    listed(row, a_tool("list_rows", description="Another."))
    tool = tools_of(row)["list_rows"]
    assert (tool.risk_level, tool.risk_by_person) == (McpRisk.CRITICAL, True)


def test_a_changed_schema_takes_the_approval_back_until_somebody_looks(admin: Actor):
    tool = a_drifted_tool(admin)
    assert (tool.state, tool.callable_state) == (ToolState.DRIFTED, CallableState.DRIFTED)
    with pytest.raises(WrongState):
        decided(tool, admin, version=1)
    allowed = decided(tool, admin)
    assert (allowed.callable_state, allowed.approved_version) == (CallableState.YES, 2)
    with pytest.raises(WrongState):
        decided(allowed, admin)


def test_what_is_again_what_was_approved_is_allowed_again(admin: Actor):
    tool = a_drifted_tool(admin)
    listed(tool.server, a_tool("list_rows"))
    tool.refresh_from_db()
    assert (tool.state, tool.version, tool.approved_version) == (ToolState.ALLOWED, 3, 1)


def test_a_tool_is_denied_with_a_reason_and_stays_so_when_it_changes(admin: Actor):
    tool = a_drifted_tool(admin)
    with pytest.raises(InvalidInput):
        decided(tool, admin, ToolVerdict.DENIED, reason=" ")
    decided(tool, admin, ToolVerdict.DENIED)
    listed(tool.server, a_tool("list_rows", description="Harmless."))
    tool.refresh_from_db()
    assert tool.callable_state is CallableState.DENIED
    assert decided(tool, admin).callable_state is CallableState.YES


def test_where_two_people_are_wanted_the_second_allows_what_drifted(admin: Actor):
    mcp_servers.configure(two_people=True, by=admin, now=NOW)
    tool = a_drifted_tool(admin)
    assert decided(tool, admin).state == ToolState.DRIFTED
    with pytest.raises(WrongState, match="another admin"):
        decided(tool, admin)
    second = make_actor(admin.tenant, role=Role.ADMIN)
    assert decided(tool, second).state == ToolState.ALLOWED
    assert McpToolDecision.objects.filter(tool=tool, version=2).count() == 2


def test_a_no_takes_back_the_first_yes(admin: Actor):
    mcp_servers.configure(two_people=True, by=admin, now=NOW)
    tool = a_drifted_tool(admin)
    second = make_actor(admin.tenant, role=Role.ADMIN)
    decided(tool, admin)
    decided(tool, second, ToolVerdict.DENIED)
    tool.refresh_from_db()
    assert tool.state == ToolState.DENIED


def test_where_nobody_has_to_approve_what_is_seen_first_is_what_later_is_held_against(
    admin: Actor,
):
    row = a_server(admin, requires_approval=False)
    listed(row, a_tool("list_rows"))
    assert tools_of(row)["list_rows"].callable_state is CallableState.YES
    listed(row, a_tool("list_rows", annotations={"readOnlyHint": False}))
    assert tools_of(row)["list_rows"].callable_state is CallableState.DRIFTED


def test_a_tool_whose_name_cannot_be_kept_is_left_out_and_told(admin: Actor):
    row = a_server(admin)
    listed(row, a_tool("list_rows"), a_tool("a" * 200))
    assert list(tools_of(row)) == ["list_rows"]
    assert "1 of its tools" in row.last_error


def test_only_an_admin_of_its_tenant_decides(admin: Actor, other_admin: Actor):
    tool = a_drifted_tool(admin)
    reviewer = make_actor(admin.tenant, role=Role.REVIEWER)
    for by, refusal in ((reviewer, NotPermitted), (other_admin, NotFound)):
        with pytest.raises(refusal):
            decided(tool, by)
        with pytest.raises(refusal):
            changed(tool, by, enabled=False)
    with pytest.raises(NotPermitted):
        mcp_servers.configure(two_people=False, by=reviewer, now=NOW)


def test_every_change_is_on_record(admin: Actor):
    tool = a_drifted_tool(admin)
    decided(tool, admin)
    changed(tool, admin, policy_id=make_rule(admin.tenant).pk)
    mine = AuditEntry.objects.filter(object_id=tool.pk).order_by("pk")
    actions = list(mine.values_list("action", flat=True))
    assert actions == [
        "mcp_tool.approved", "mcp_tool.drifted", "mcp_tool.approved", "mcp_tool.changed"
    ]  # fmt: skip


def test_versions_and_decisions_are_history_and_the_database_knows_what_is_allowed(admin: Actor):
    tool = a_drifted_tool(admin)
    for rows, change in (
        (McpToolVersion.objects.all(), {"fingerprint": "x"}),
        (McpToolDecision.objects.all(), {"reason": "x"}),
        (McpTool.objects.filter(pk=tool.pk), {"state": ToolState.ALLOWED}),
        (McpTool.objects.filter(pk=tool.pk), {"vanished_at": NOW}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)
