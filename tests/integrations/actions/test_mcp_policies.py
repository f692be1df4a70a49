"""The policy that a tool names is asked about its calls, by the policy's own rules."""

import json
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from integrations.actions import mcp_facts, mcp_policies, mcp_servers, mcp_tools
from integrations.actions.mcp_tools import Change
from integrations.domain.mcp_policy import Permission, Said
from integrations.models import McpAuditEvent, McpServer, McpTool
from loops.domain import conditions
from loops.models import PolicyException, PolicyRule
from m25console.access import Actor
from m25console.refusals import InvalidInput
from tests.factories import make_rule
from tests.integrations.calling import a_machine, a_server, a_tool, begun, called, stopped, wanted
from tests.integrations.mcp_building import a_server as registered

pytestmark = pytest.mark.django_db
CALLS = conditions.equals("error_type", "mcp_call_failed")


def a_policy(admin: Actor, **rest) -> PolicyRule:
    """One that blocks every call of tools, unless told otherwise."""
    given = {"name": "No calls at night", "conditions": CALLS} | rest
    return make_rule(admin.tenant, **given)


def under(admin: Actor, policy: PolicyRule, **rest) -> McpTool:
    return a_tool(a_server(admin), policy_id=policy.pk, **rest)


def said(tool: McpTool, by: Actor, *, number: int = 1, now: datetime | None = None) -> Said:
    asked = wanted(tool, arguments={"id": number})
    found = mcp_facts.find(asked, by=by)
    return mcp_policies.said_of(found, asked, by=by, now=now or timezone.now())


def of_rows(**rest) -> dict:
    return {"all": [CALLS, conditions.equals("context.tool", "get_row"), rest]}


def test_an_active_policy_that_applies_stops_the_call_and_the_record_says_which_and_why(
    admin: Actor,
):
    policy = a_policy(admin, revision=3)
    tool = under(admin, policy)
    found = stopped(tool, admin, said=said(tool, admin)).call
    assert (found.policy_id, found.policy_reason) == (policy.pk, "policy_violation")
    assert found.error_message == (
        "The policy “No calls at night” (revision 3) blocks this call: "
        "it applies where error type is “mcp_call_failed”."
    )
    event = McpAuditEvent.objects.get(type="tool_invocation_denied")
    kept = json.loads(event.metadata)["policy"]
    assert (kept["policy"], kept["revision"], kept["mode"]) == (policy.pk, 3, "active")


def test_a_policy_reads_the_tool_the_arguments_and_who_calls(admin: Actor):
    number = {"field": "context.input.id", "operator": "greater_than", "value": 5}
    tool = under(admin, a_policy(admin, conditions=of_rows(**number)), name="get_row")
    assert said(tool, admin, number=6).permission is Permission.REFUSED
    assert said(tool, admin, number=5).permission is Permission.GRANTED
    theirs = a_policy(admin, scope_type="agent", scope_id="tok_machine")
    tool = under(admin, theirs)
    assert said(tool, a_machine(admin)).permission is Permission.REFUSED
    assert said(tool, admin).permission is Permission.GRANTED


def test_an_exception_lets_a_call_through_until_it_ends(admin: Actor):
    policy, now = a_policy(admin), timezone.now()
    PolicyException.objects.create(
        tenant=admin.tenant, policy=policy, reason="known to be good",
        conditions=conditions.equals("context.risk", "medium"),
        expires_at=now + timedelta(hours=1), created_at=now, created_by=admin.user,
    )  # fmt: skip
    assert said(under(admin, policy), admin).permission is Permission.GRANTED
    tool, later = McpTool.objects.get(), now + timedelta(hours=1)
    assert said(tool, admin, now=later).permission is Permission.REFUSED


@pytest.mark.parametrize("mode", ["shadow", "pending", "disabled"])
def test_a_policy_that_is_not_active_never_stops_a_call_and_the_chain_keeps_what_it_thought(
    admin: Actor, mode: str
):
    tool = under(admin, a_policy(admin, mode=mode))
    begun(tool, admin, said=said(tool, admin))
    event = McpAuditEvent.objects.get(type="tool_invocation_allowed")
    kept = json.loads(event.metadata)["policy"]
    assert (kept["mode"], kept["action"], kept["matches"]) == (mode, "block", True)


@pytest.mark.parametrize(
    ("action", "permission"),
    [
        ("warn", Permission.GRANTED),
        ("escalate", Permission.ESCALATED),
        ("route_away", Permission.REFUSED),
        ("rate_limit", Permission.REFUSED),  # which does not say how far
    ],
)
def test_what_a_policy_does_decides_what_becomes_of_the_call(admin: Actor, action, permission):
    policy = a_policy(admin, actions={"type": action, "params": {}})
    assert said(under(admin, policy), admin).permission is permission


def test_a_policy_that_slows_down_lets_so_many_calls_through(admin: Actor):
    pace = {"max_requests": 1, "window_seconds": 60}
    tool = under(admin, a_policy(admin, actions={"type": "rate_limit", "params": pace}))
    called(tool, admin, said=said(tool, admin))
    found = stopped(tool, admin, said=said(tool, admin)).call
    assert found.policy_reason == "rate_limited"
    assert "No calls at night" in found.error_message


def test_another_tenants_policy_is_neither_set_nor_asked(admin: Actor, other_admin: Actor):
    theirs = a_policy(other_admin)
    tool = under(admin, theirs)
    assert said(tool, admin).permission is Permission.UNKNOWN
    assert stopped(tool, admin, said=said(tool, admin)).call.policy_reason == "policy_violation"
    with pytest.raises(InvalidInput, match="no such policy"):
        mcp_tools.change(
            tool_id=tool.pk, wanted=Change(policy_id=theirs.pk), by=admin, now=timezone.now()
        )


def test_a_servers_policy_is_asked_about_the_tools_that_name_none(admin: Actor):
    usual, own = a_policy(admin), a_policy(admin, actions={"type": "warn", "params": {}})
    server = a_server(admin, default_policy_id=usual.pk)
    tool = a_tool(server)
    assert said(tool, admin).permission is Permission.REFUSED
    assert stopped(tool, admin, said=said(tool, admin)).call.policy_id == usual.pk
    assert said(a_tool(server, policy_id=own.pk), admin).permission is Permission.GRANTED
    PolicyRule.objects.filter(pk=usual.pk).update(mode="disabled")
    assert said(tool, admin).permission is Permission.GRANTED
    McpServer.objects.update(default_policy_id="policy_of_nobody")
    assert said(tool, admin).permission is Permission.UNKNOWN


def test_a_server_names_a_policy_of_its_tenant_or_keeps_what_it_has(
    admin: Actor, other_admin: Actor
):
    theirs, now = a_policy(other_admin), timezone.now()
    with pytest.raises(InvalidInput, match="no such policy"):
        registered(admin, default_policy_id=theirs.pk)
    row = registered(admin, default_policy_id=a_policy(admin).pk)
    asked = mcp_servers.Wanted.of(row, default_policy_id=theirs.pk)
    with pytest.raises(InvalidInput, match="no such policy"):
        mcp_servers.change(server_id=row.pk, wanted=asked, by=admin, now=now)
    McpServer.objects.update(default_policy_id="policy_of_nobody")
    row.refresh_from_db()
    kept = mcp_servers.Wanted.of(row, name="Renamed")
    assert mcp_servers.change(server_id=row.pk, wanted=kept, by=admin, now=now).name == "Renamed"
