import pytest
from django.test import Client
from django.utils import timezone

from integrations.actions import mcp_allowances, mcp_audit, mcp_servers
from integrations.domain.mcp_audit import Event
from integrations.domain.mcp_states import ApprovalStatus, AuditType
from integrations.domain.mcp_tools import McpRisk
from integrations.engine import mcp_calling
from integrations.models import McpAllowance, McpApproval, McpToolInvocation
from loops.domain import conditions
from m25console.access import Actor
from m25console.vocabulary import Role
from tests.factories import make_actor, make_rule
from tests.integrations.building import NOW
from tests.integrations.calling import (
    a_machine,
    a_reviewer,
    a_server,
    a_tool,
    allow,
    answered,
    called,
    question,
    stopped,
    wanted,
)
from tests.integrations.mcp_building import decided

pytestmark = pytest.mark.django_db


def browser_of(actor: Actor) -> Client:
    client = Client()
    assert actor.user is not None
    client.force_login(actor.user)
    return client


@pytest.fixture
def browser(admin: Actor) -> Client:
    return browser_of(admin)


def asked(admin: Actor, *, by: Actor | None = None) -> McpApproval:
    tool = a_tool(a_server(admin), name="find_row", is_approved=False)
    return question(tool, by or a_machine(admin), now=timezone.now(), arguments={"id": 7})


def test_the_queue_shows_what_would_be_called_and_an_answer_lets_it_through(
    admin: Actor, browser: Client
):
    row = asked(admin)
    assert "find_row" in browser.get("/mcp/approvals").content.decode()
    page = browser.get(f"/mcp/approvals/{row.pk}").content.decode()
    assert "&quot;id&quot;: 7" in page
    answer = {"reason": "looked at it", "then": "approve", "tool_hours": "8"}
    assert browser.post(f"/mcp/approvals/{row.pk}", answer).status_code == 302
    row.refresh_from_db()
    assert (row.status, row.reach) == (ApprovalStatus.APPROVED, "tool")


def test_an_answer_without_a_reason_is_asked_for_again(admin: Actor, browser: Client):
    row = asked(admin)
    assert browser.post(f"/mcp/approvals/{row.pk}", {"then": "deny"}).status_code == 422
    row.refresh_from_db()
    assert row.status == ApprovalStatus.PENDING


def test_who_asked_reads_why_they_cannot_answer(admin: Actor, browser: Client):
    row = asked(admin, by=admin)
    page = browser.get(f"/mcp/approvals/{row.pk}").content.decode()
    assert "Somebody else has to answer" in page
    assert browser.post(f"/mcp/approvals/{row.pk}", {"then": "deny"}).status_code == 403


def test_a_reviewer_is_not_offered_a_yes_to_the_whole_tool(admin: Actor):
    page = browser_of(a_reviewer(admin)).get(f"/mcp/approvals/{asked(admin).pk}")
    assert "tool_hours" not in page.content.decode()


def test_calls_are_listed_narrowed_and_each_tells_its_chain(admin: Actor, browser: Client):
    tool = a_tool(a_server(admin), name="get_row")
    row = called(tool, admin, now=timezone.now())
    stopped(a_tool(tool.server, name="write_row", risk_level=McpRisk.HIGH), admin,
            now=timezone.now())  # fmt: skip
    page = browser.get("/mcp/invocations?outcome=blocked").content.decode()
    assert "write_row" in page
    assert row.pk not in page
    assert "Begun" in browser.get(f"/mcp/invocations/{row.pk}").content.decode()
    assert "get_row" in browser.get("/mcp/audit").content.decode()
    mcp_servers.disable(server_id=tool.server_id, by=admin, now=timezone.now())
    decided(a_tool(a_server(admin), is_approved=False), admin)
    told = browser.get("/mcp/audit").content.decode()
    assert "Server taken away" in told
    assert "version 1 was approved" in told
    assert "The chain is whole" in browser.get("/mcp/audit?verify=1").content.decode()


def test_the_chain_is_shown_also_where_somebody_meddled_with_it(admin: Actor, browser: Client):
    kind = AuditType.POLICY_UPDATED
    told = ("x", "[]", "3", '{"before": 1}', '{"listed": 3}', '{"verdict": "approved"}')
    chain = mcp_audit.held(admin.tenant)
    mcp_audit.append([Event(kind, metadata=one) for one in told], chain=chain, now=NOW)
    assert browser.get("/mcp/audit").content.decode().count("Rules changed") == len(told) + 1


def test_all_calls_are_stopped_and_resumed_from_the_list(admin: Actor, browser: Client):
    browser.post("/mcp/invocations/stop", {"reason": "an accident"})
    assert "All calls are stopped" in browser.get("/mcp/invocations").content.decode()
    browser.post("/mcp/invocations/stop", {"then": "resume"})
    assert "All calls are stopped" not in browser.get("/mcp/invocations").content.decode()


def test_a_tool_is_tried_with_a_look_at_the_decision_that_leaves_no_record(
    admin: Actor, browser: Client
):
    tool = a_tool(a_server(admin), name="write_row", risk_level=McpRisk.HIGH)
    address = f"/mcp-tools/{tool.pk}/call"
    page = browser.post(address, {"p_id": "7", "then": "look"}).content.decode()
    assert "It would be refused" in page
    assert not McpToolInvocation.objects.exists()
    browser.post(f"/mcp-tools/{tool.pk}/allow", {"reason": "needed"})
    assert McpAllowance.objects.get().tool_id == tool.pk
    page = browser.post(address, {"p_id": "7", "then": "look"}).content.decode()
    assert "It would be called" in page


def test_a_schema_that_holds_anything_still_has_a_form(admin: Actor, browser: Client):
    schema = {"properties": {"a": True, "b <i>": {"type": ["string"], "enum": 5}}, "required": 1}
    for one in (schema, {"properties": []}):
        tool = a_tool(a_server(admin), input_schema=one)
        assert browser.get(f"/mcp-tools/{tool.pk}/call").status_code == 200


def test_only_an_admin_calls_tools_by_hand_or_stops_them(admin: Actor):
    tool, reviewer = a_tool(a_server(admin)), browser_of(a_reviewer(admin))
    mcp_allowances.stop(reason="x", by=admin, now=timezone.now())
    assert reviewer.get(f"/mcp-tools/{tool.pk}/call").status_code == 403
    assert reviewer.post("/mcp/invocations/stop", {"then": "resume"}).status_code == 403
    assert reviewer.get("/mcp/invocations").status_code == 200


def test_every_page_says_how_many_calls_wait(admin: Actor, browser: Client):
    assert "1 waiting" not in browser.get("/mcp/invocations").content.decode()
    asked(admin)
    page = browser.get("/mcp/invocations").content.decode()
    assert '1 waiting<span class="visually-hidden"> calls</span>' in page


def test_an_answer_is_taken_back_on_its_page(admin: Actor, browser: Client):
    row = answered(asked(admin), admin, now=timezone.now())
    address = f"/mcp/approvals/{row.pk}"
    assert "Take it back" in browser.get(address).content.decode()
    browser.post(f"{address}/withdraw", {"withdraw-reason": "a mistake"})
    page = browser.get(address).content.decode()
    assert "Taken back" in page
    assert "Take it back" not in page


def test_the_page_of_a_call_says_what_its_policy_said(admin: Actor, browser: Client):
    policy = make_rule(
        admin.tenant, name="No rows", conditions=conditions.equals("context.tool", "get_row")
    )
    tool = a_tool(a_server(admin), name="get_row", policy_id=policy.pk)
    said = mcp_calling.call(wanted(tool), by=admin, now=timezone.now())
    page = browser.get(f"/mcp/invocations/{said.call.pk}").content.decode()
    assert "It applies: it is there to block such calls." in page
    assert f'href="/policies/{policy.pk}"' in page


def test_several_are_answered_alike_and_what_cannot_be_is_left_with_its_reason(
    admin: Actor, browser: Client
):
    server, now = a_server(admin), timezone.now()
    tool = a_tool(server, name="find_row", is_approved=False)
    mine = question(tool, admin, now=now)
    others = [question(tool, a_machine(admin), now=now, arguments={"id": n}) for n in (7, 8)]
    critical = a_tool(server, name="drop_row", risk_level=McpRisk.CRITICAL)
    allow(critical, admin)
    last = question(critical, a_machine(admin), now=now)
    page = browser.get("/mcp/approvals").content.decode()
    assert page.count('type="checkbox" name="id"') == 2
    chosen = [mine.pk, *(one.pk for one in others), last.pk, "x\0"]
    answer = {"id": chosen, "reason": "looked at all", "then": "approve"}
    told = browser.post("/mcp/approvals/answer", answer, follow=True).content.decode()
    assert "2 answered." in told
    assert "drop_row: A critical tool is answered by itself." in told
    assert "find_row: Somebody else has to answer" in told
    approved = McpApproval.objects.filter(status=ApprovalStatus.APPROVED)
    assert {one.pk for one in approved} == {one.pk for one in others}
    viewer = browser_of(make_actor(admin.tenant, role=Role.VIEWER))
    assert viewer.post("/mcp/approvals/answer", answer).status_code == 403
    assert browser.post("/mcp/approvals/answer", {"then": "deny"}).status_code == 422
