from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from integrations.actions import mcp_allowances, mcp_calls, mcp_facts
from integrations.actions.mcp_calls import Begun
from integrations.domain.mcp_policy import Permission, Said
from integrations.domain.mcp_servers import McpServerStatus
from integrations.domain.mcp_states import CallFault, McpActor
from integrations.domain.mcp_tools import McpRisk
from integrations.models import McpAuditEvent, McpOpenCall, McpTool, McpToolInvocation
from m25console.access import Actor
from m25console.refusals import NotFound
from tests.integrations.building import NOW
from tests.integrations.calling import (
    GOOD,
    TIMED_OUT,
    a_machine,
    a_server,
    a_tool,
    allow,
    begun,
    called,
    stopped,
    wanted,
)

pytestmark = pytest.mark.django_db


def told(by: Actor) -> list[str]:
    rows = McpAuditEvent.objects.for_tenant(by.tenant).order_by("number")
    return [one.type.removeprefix("tool_invocation_") for one in rows]


def test_a_call_is_told_of_at_every_step_and_kept_at_its_end(admin: Actor):
    tool = a_tool(a_server(admin))
    row = called(tool, a_machine(admin), arguments={"id": 1, "token": "canary"}, run_id="run 1")
    assert told(admin) == ["requested", "allowed", "started", "completed"]
    assert (row.policy_decision, row.outcome, row.output_hash) == ("allowed", "success", "0" * 64)
    assert (row.actor_type, row.actor_id, row.run_id) == (McpActor.MACHINE, "tok_machine", "run 1")
    assert "canary" not in row.input_preview
    assert not McpAuditEvent.objects.filter(metadata__contains="canary").exists()
    assert not McpOpenCall.objects.exists()


def test_int_67_success_counts_once_and_a_failure_counts_twice(admin: Actor):
    tool = a_tool(a_server(admin))
    called(tool, admin)
    row = called(tool, admin, ended=TIMED_OUT)
    tool.refresh_from_db()
    assert (tool.invocation_count, tool.failure_count) == (2, 1)
    assert (row.outcome, row.error_code, row.output_hash) == ("timeout", "TIMEOUT", None)
    assert told(admin)[-1] == "failed"


@pytest.mark.parametrize(
    ("fault", "server", "tool", "arguments"),
    [
        (CallFault.SERVER_NOT_ACTIVE, {"status": McpServerStatus.OFFLINE}, {}, {"id": 1}),
        (CallFault.TOOL_DISABLED, {}, {"enabled": False}, {"id": 1}),
        (CallFault.INVALID_INPUT, {}, {}, {"id": "one"}),
    ],
)
def test_int_65_what_cannot_be_asked_for_is_a_fault(admin: Actor, fault, server, tool, arguments):
    asked = wanted(a_tool(a_server(admin, **server), **tool), arguments=arguments)
    found = mcp_facts.find(asked, by=admin)
    assert (mcp_facts.fault_of(found, asked) or [None])[0] == fault


def test_int_65_a_fault_leaves_one_row_that_says_so(admin: Actor):
    asked = wanted(a_tool(a_server(admin)), tool_id="tool_of_nobody")
    found = mcp_facts.find(asked, by=admin)
    fault, message = mcp_facts.fault_of(found, asked) or (None, "")
    assert fault == CallFault.TOOL_NOT_FOUND
    mcp_calls.refuse(found, asked, fault=fault, message=message, by=admin, now=NOW)
    row = McpToolInvocation.objects.get()
    assert (row.policy_decision, row.outcome, row.tool_id) == ("blocked", "failure", None)


def test_int_65_a_tool_of_another_server_is_a_mismatch_and_anothers_server_is_nowhere(
    admin: Actor, other_admin: Actor
):
    asked = wanted(a_tool(a_server(admin)), server_id=a_server(admin).pk)
    fault = mcp_facts.fault_of(mcp_facts.find(asked, by=admin), asked)
    assert fault is not None
    assert fault[0] == CallFault.TOOL_SERVER_MISMATCH
    with pytest.raises(NotFound):
        mcp_facts.find(asked, by=other_admin)
    assert not McpToolInvocation.objects.exists()


def test_int_66_a_dangerous_tool_is_refused_until_an_admin_allows_it(admin: Actor):
    tool = a_tool(a_server(admin), risk_level=McpRisk.HIGH)
    row = stopped(tool, admin).call
    assert (row.outcome, row.policy_decision) == ("blocked", "blocked")
    assert (row.error_code, row.policy_reason) == ("POLICY_DENIED", "dangerous_tool_not_allowed")
    assert told(admin) == ["requested", "denied"]
    allow(tool, admin)
    assert isinstance(begun(tool, admin), Begun)
    mcp_allowances.withdraw(tool_id=tool.pk, by=admin, now=NOW)
    assert stopped(tool, admin).call.outcome == "blocked"


def test_a_tool_whose_policy_cannot_be_asked_is_not_called(admin: Actor):
    found = stopped(a_tool(a_server(admin)), admin, said=Said(Permission.UNKNOWN))
    assert found.call.policy_reason == "policy_violation"


def test_calls_under_way_count_against_the_rate_until_its_window_has_passed(admin: Actor):
    tool = a_tool(a_server(admin, rate_limit_requests=2, rate_limit_window_seconds=10))
    called(tool, admin)
    assert isinstance(begun(tool, admin), Begun)
    found = stopped(tool, admin)
    assert found.call.policy_reason == "rate_limited"
    assert found.decision is not None
    assert found.decision.retry_after_seconds == 10
    assert isinstance(begun(tool, admin, now=NOW + timedelta(seconds=10)), Begun)


def test_an_admin_stops_every_call_at_once_and_lets_them_go_on(admin: Actor):
    tool = a_tool(a_server(admin))
    mcp_allowances.stop(reason="an accident", by=admin, now=NOW)
    assert stopped(tool, admin).call.policy_reason == "tenant_blocked"
    mcp_allowances.resume(by=admin, now=NOW)
    assert isinstance(begun(tool, admin), Begun)


def test_a_call_cut_off_with_the_console_is_ended_by_the_clock_and_only_once(admin: Actor):
    tool = a_tool(a_server(admin))
    started = begun(tool, admin)
    assert isinstance(started, Begun)
    assert mcp_calls.close_overdue(NOW + timedelta(seconds=89)) == []
    [row] = mcp_calls.close_overdue(NOW + timedelta(seconds=90))
    assert (row.pk, row.outcome, row.error_code) == (started.call.pk, "failure", "INTERRUPTED")
    assert mcp_calls.finish(started.call, GOOD, now=NOW) is None
    assert told(admin) == ["requested", "allowed", "started", "failed"]
    tool.refresh_from_db()
    assert (tool.invocation_count, tool.failure_count) == (1, 1)


def broken_audit() -> None:
    """From now on the database takes no event."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION no_audit() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the disk is full' USING ERRCODE = 'disk_full'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER no_audit BEFORE INSERT ON mcp_audit_events "
            "FOR EACH ROW EXECUTE FUNCTION no_audit()"
        )


def test_a_dangerous_tool_is_not_called_unseen_and_a_harmless_call_is_flagged(admin: Actor):
    server = a_server(admin)
    dangerous, harmless = a_tool(server, risk_level=McpRisk.HIGH), a_tool(server)
    allow(dangerous, admin)
    broken_audit()
    row = stopped(dangerous, admin).call
    assert (row.error_code, row.policy_decision) == (CallFault.AUDIT_UNAVAILABLE, "blocked")
    assert not McpOpenCall.objects.exists()
    row = called(harmless, admin)
    assert (row.outcome, row.policy_decision) == ("success", "flagged")


@pytest.mark.parametrize("change", ["UPDATE {} SET outcome = 'failure'", "DELETE FROM {}"])
def test_int_69_a_call_that_is_kept_can_neither_be_changed_nor_deleted(admin: Actor, change):
    called(a_tool(a_server(admin)), admin)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change.format("mcp_tool_invocations"))


def test_int_69_calls_stay_when_their_tool_is_deleted(admin: Actor):
    tool = a_tool(a_server(admin))
    row = called(tool, admin)
    McpTool.objects.filter(pk=tool.pk).delete()
    assert McpToolInvocation.objects.get(pk=row.pk).tool_id == tool.pk
