"""Tools are called for real: a program of FastMCP on loopback, which the operator allows."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from integrations.actions import mcp_calls
from integrations.domain.mcp_servers import McpAuth
from integrations.domain.mcp_states import CallFault
from integrations.domain.mcp_tools import McpRisk
from integrations.domain.references import of_credential
from integrations.domain.states import Accessor
from integrations.engine import mcp_calling
from integrations.engine.mcp_calling import Called
from integrations.engine.mcp_verifying import verify
from integrations.models import McpOpenCall, McpServer, McpTool, McpToolInvocation
from integrations.presenters.mcp_calls import call_line
from loops.engine.ledger import violations
from loops.models import Incident
from m25console.access import Actor
from m25console.runtime import layout
from tests import servers
from tests.endpoints import Endpoint, answers
from tests.faults.rig import until
from tests.integrations.building import NOW, a_credential
from tests.integrations.calling import (
    a_machine,
    a_reviewer,
    a_server,
    a_tool,
    allow,
    answered,
    begun,
    question,
    wanted,
)

pytestmark = pytest.mark.django_db
PROGRAM = Path(__file__).parents[1] / "mcp" / "workbench.py"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    free = servers.free_port()
    with servers.running("mcp", ("python", str(PROGRAM), str(free)), port=free):
        yield free


@pytest.fixture
def workbench(admin: Actor, port: int, settings) -> McpServer:
    """The registered server; its tools are whatever a test says of them."""
    settings.OUTBOUND_ALLOW = frozenset({f"127.0.0.1:{port}"})
    return a_server(admin, url=f"http://127.0.0.1:{port}/mcp")


def called(tool: McpTool, by: Actor, **rest) -> Called:
    return mcp_calling.call(wanted(tool, **rest), by=by, now=NOW)


def test_int_67_a_tool_that_answers_is_a_success_with_its_output(
    admin: Actor, workbench: McpServer
):
    tool = a_tool(workbench, name="get_row")
    told = called(tool, a_machine(admin), arguments={"id": 7})
    assert told.output is not None
    assert told.output["structuredContent"] == {"id": 7}
    assert (told.call.outcome, len(told.call.output_hash), told.call.attempts) == ("success", 64, 1)
    tool.refresh_from_db()
    assert (tool.invocation_count, tool.failure_count) == (1, 0)
    assert verify(admin.tenant).is_whole


def test_int_67_a_tool_that_does_not_answer_in_time_is_one_incident(
    admin: Actor, workbench: McpServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(mcp_calling, "ATTEMPT_SECONDS", 1.0)
    tool = a_tool(workbench, name="sleep_long", input_schema={})
    told = called(tool, a_machine(admin), arguments={})
    assert (told.call.outcome, told.call.error_code) == ("timeout", CallFault.TIMEOUT)
    incident = Incident.objects.get(pk=told.incident_id)
    assert incident.error_code == "MCP_TIMEOUT"
    tool.refresh_from_db()
    assert (tool.invocation_count, tool.failure_count) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_a_call_whose_process_is_killed_is_told_as_unknown_and_never_made_again(
    admin: Actor, workbench: McpServer, tmp_path: Path
):
    says = {"idempotentHint": True}  # so that a failure that can be seen would be tried again
    tool, rows = a_tool(workbench, name="append_row", input_schema={}, annotations=says), tmp_path
    with calling(tool, admin, arguments={"file": str(rows / "rows")}) as process:
        until((rows / "rows").exists, wanted="the call")
        process.kill()
    call = McpOpenCall.objects.get()
    assert mcp_calling.tidy(call.ends_by)["interrupted"] == 0
    over = call.ends_by + mcp_calls.GRACE
    assert [mcp_calling.tidy(over)["interrupted"] for _ in range(2)] == [1, 0]
    row = McpToolInvocation.objects.get()
    assert (row.pk, row.outcome, row.error_code) == (call.pk, "failure", CallFault.INTERRUPTED)
    assert "Whether the tool ran is not known." in row.error_message
    assert call_line(admin, row).look.text == "Not known"
    assert Incident.objects.get().error_code == "MCP_INTERRUPTED"
    assert (rows / "rows").read_text() == "a row\n"
    assert verify(admin.tenant).is_whole
    assert list(violations(tenant_id=admin.tenant.pk)) == []


def calling(tool: McpTool, by: Actor, *, arguments: dict[str, str]) -> subprocess.Popen[bytes]:
    """A process of its own that makes this call."""
    assert by.user is not None
    named = (str(connection.settings_dict["NAME"]), tool.pk, str(by.user.pk))
    return subprocess.Popen(
        [sys.executable, "-m", "tests.integrations.mcp.caller", *named, json.dumps(arguments)],
        cwd=layout.PROJECT_DIR,
        env=os.environ | {"M25_OUTBOUND_ALLOW": urlsplit(tool.server.url).netloc},
    )


def test_a_tool_that_says_it_failed_and_one_the_server_does_not_have_are_told_apart(
    admin: Actor, workbench: McpServer
):
    said = called(a_tool(workbench, name="find_nothing", input_schema={}), admin, arguments={})
    assert (said.call.error_code, said.output is not None) == (CallFault.TOOL_ERROR, True)
    assert "no such row" in said.call.error_message
    gone = called(a_tool(workbench, name="not_there", input_schema={}), admin)
    assert gone.call.error_code in (CallFault.MCP_ERROR, CallFault.TOOL_ERROR)
    assert Incident.objects.filter(error_type="mcp_call_failed").count() == 2


def test_int_66_a_critical_tool_runs_with_allowance_and_two_people(
    admin: Actor, workbench: McpServer
):
    tool = a_tool(workbench, name="delete_row", risk_level=McpRisk.CRITICAL)
    machine = a_machine(admin)
    refused = called(tool, machine)
    assert (refused.call.outcome, refused.call.error_code) == ("blocked", CallFault.POLICY_DENIED)
    assert refused.call.policy_reason == "dangerous_tool_not_allowed"
    allow(tool, admin)
    asked = question(tool, machine)
    for person in (admin, a_reviewer(admin)):
        answered(asked, person)
    assert called(tool, machine).call.outcome == "success"
    assert called(tool, machine).call.error_code == CallFault.APPROVAL_REQUIRED


def test_a_harmless_call_is_made_again_while_the_server_is_away_and_another_is_not(
    admin: Actor, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(mcp_calling, "BACK_OFF_SECONDS", 0.01)
    endpoint.behaviour = answers(503)
    server = a_server(admin, url=f"{endpoint.url}/mcp")
    tool = a_tool(server, annotations={"readOnlyHint": True})
    told = called(tool, admin)
    assert (told.call.error_code, told.call.attempts) == ("HTTP_503", 3)
    assert called(a_tool(server), admin).call.attempts == 1


def test_the_key_is_shown_only_where_its_rules_let_tools_have_it(
    admin: Actor, workbench: McpServer
):
    key = a_credential(admin, readers=(Accessor.SYSTEM,))
    workbench.auth_type = McpAuth.BEARER
    workbench.credential_ref = of_credential(key.pk, tenant_id=admin.tenant.pk)
    workbench.save()
    tool = a_tool(workbench, name="get_row")
    assert called(tool, admin).call.error_code == "CREDENTIAL"
    other = a_credential(admin, readers=(Accessor.MCP_TOOL,))
    workbench.credential_ref = of_credential(other.pk, tenant_id=admin.tenant.pk)
    workbench.save()
    assert called(tool, admin).call.outcome == "success"


def test_what_a_call_would_meet_is_foreseen_without_asking_anybody(
    admin: Actor, workbench: McpServer
):
    tool = a_tool(workbench, risk_level=McpRisk.HIGH)
    seen = mcp_calling.foresee(wanted(tool), by=admin, now=NOW)
    assert seen.decision is not None
    assert seen.decision.reason == "dangerous_tool_not_allowed"
    wrong = mcp_calling.foresee(wanted(tool, arguments={"id": "x"}), by=admin, now=NOW)
    assert wrong.fault == CallFault.INVALID_INPUT
    assert not McpToolInvocation.objects.exists()


def test_the_clock_ends_what_was_cut_off_tells_of_it_and_closes_old_questions(admin: Actor):
    tool = a_tool(a_server(admin))
    begun(tool, admin)
    question(a_tool(a_server(admin), is_approved=False), admin)
    told = mcp_calling.tidy(NOW + timedelta(days=1))
    assert told == {"interrupted": 1, "lapsed": 1}
    assert Incident.objects.get().error_code == "MCP_INTERRUPTED"
    assert mcp_calling.tidy(NOW + timedelta(days=1)) == {"interrupted": 0, "lapsed": 0}
