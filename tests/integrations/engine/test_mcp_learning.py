"""What the loop learns from a tool's failures applies to the tool's next call."""

import time

import pytest
from django.test import Client
from django.utils import timezone

from integrations.actions import mcp_tools
from integrations.actions.mcp_tools import Change
from integrations.engine import mcp_calling
from integrations.engine.mcp_calling import Called
from integrations.models import McpTool
from loops.actions import policies
from loops.models import Incident, PolicyRule
from m25console.access import Actor
from tests import factories
from tests.endpoints import Endpoint
from tests.integrations.calling import a_machine, a_server, a_tool, wanted

pytestmark = pytest.mark.django_db


def called(tool: McpTool, admin: Actor) -> Called:
    return mcp_calling.call(wanted(tool), by=a_machine(admin), now=timezone.now())


def says_nothing(request: object) -> None:
    time.sleep(0.5)


def test_a_policy_learnt_from_a_tools_failures_is_asked_about_its_next_call(
    admin: Actor, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(mcp_calling, "ATTEMPT_SECONDS", 0.2)
    endpoint.behaviour = says_nothing
    server = a_server(admin, url=f"http://{endpoint.host}/mcp")
    tool, other = a_tool(server, name="get_row"), a_tool(server, name="get_column")
    for _ in range(3):
        assert called(tool, admin).call.outcome == "timeout"
        factories.advance()
    assert Incident.objects.values("matched_pattern").distinct().count() == 1
    policy = PolicyRule.objects.get()
    policies.activate(
        policy_id=policy.pk, override_reason="It hangs.", by=admin, now=timezone.now()
    )
    for one in (tool, other):
        mcp_tools.change(
            tool_id=one.pk, wanted=Change(policy_id=policy.pk), by=admin, now=timezone.now()
        )
    stopped = called(tool, admin).call
    assert (stopped.outcome, stopped.policy_decision) == ("pending", "pending")
    assert f"The policy “{policy.name}” (revision 1) wants people to look" in stopped.error_message
    assert called(other, admin).call.outcome == "timeout"  # which never failed so before
    browser = Client()
    assert admin.user is not None
    browser.force_login(admin.user)
    page = browser.get(f"/mcp/invocations/{stopped.pk}").content.decode()
    assert f"/policies/{policy.pk}" in page
    assert "It applies: it is there to have people look at such calls." in page
