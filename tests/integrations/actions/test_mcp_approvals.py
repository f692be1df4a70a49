from datetime import timedelta

import pytest

from integrations.actions import mcp_approvals
from integrations.actions.mcp_calls import Begun
from integrations.domain.mcp_states import ApprovalStatus
from integrations.domain.mcp_tools import McpRisk
from integrations.models import McpApproval, McpAuditEvent
from m25console.access import Actor
from m25console.models import AuditEntry
from m25console.refusals import InvalidInput, NotFound, NotPermitted, WrongState
from m25console.vocabulary import Door, Role
from tests.factories import make_actor
from tests.integrations.building import NOW
from tests.integrations.calling import (
    a_machine,
    a_reviewer,
    a_server,
    a_tool,
    allow,
    answered,
    begun,
    called,
    question,
    stopped,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def machine(admin: Actor) -> Actor:
    return a_machine(admin)


def unseen(admin: Actor):
    """A tool that nobody has approved."""
    return a_tool(a_server(admin), is_approved=False)


def test_a_call_of_a_tool_nobody_approved_asks_people_once(admin: Actor, machine: Actor):
    tool = unseen(admin)
    first, second = stopped(tool, machine), stopped(tool, machine)
    assert (first.call.policy_decision, first.call.outcome) == ("pending", "pending")
    assert first.call.approval_id == second.call.approval_id == McpApproval.objects.get().pk


def test_a_yes_to_a_call_lets_exactly_one_through(admin: Actor, machine: Actor):
    tool = unseen(admin)
    row = answered(question(tool, machine), a_reviewer(admin))
    assert row.status == ApprovalStatus.APPROVED
    assert stopped(tool, machine, arguments={"id": 2}).call.outcome == "pending"
    assert stopped(tool, a_machine(admin, token_id="tok_other")).call.outcome == "pending"
    made = called(tool, machine)
    row.refresh_from_db()
    assert (row.status, row.used_for) == (ApprovalStatus.USED, made.pk)
    assert stopped(tool, machine).call.outcome == "pending"


def test_a_yes_to_the_tool_holds_for_its_hours_and_only_an_admin_gives_it(
    admin: Actor, machine: Actor
):
    tool = unseen(admin)
    asked = question(tool, machine)
    with pytest.raises(NotPermitted):
        answered(asked, a_reviewer(admin), tool_hours=8)
    answered(asked, admin, tool_hours=8)
    for number in (2, 3):
        called(tool, machine, arguments={"id": number})
    late = stopped(tool, machine, arguments={"id": 4}, now=NOW + timedelta(hours=8))
    assert late.call.outcome == "pending"


def test_a_no_refuses_the_same_call_for_a_day(admin: Actor, machine: Actor):
    tool = unseen(admin)
    answered(question(tool, machine), a_reviewer(admin), approves=False)
    found = stopped(tool, machine)
    assert (found.call.outcome, found.call.policy_reason) == ("blocked", "policy_violation")
    assert stopped(tool, machine, now=NOW + timedelta(hours=24)).call.outcome == "pending"


def test_int_66_a_critical_tool_needs_the_allowance_and_two_people(admin: Actor, machine: Actor):
    tool = a_tool(a_server(admin), risk_level=McpRisk.CRITICAL)
    allow(tool, admin)
    asked = question(tool, machine)
    with pytest.raises(InvalidInput):
        answered(asked, admin, tool_hours=1)
    assert answered(asked, admin).status == ApprovalStatus.PENDING
    with pytest.raises(WrongState, match="already"):
        answered(asked, admin)
    assert stopped(tool, machine).call.outcome == "pending"
    assert answered(asked, a_reviewer(admin)).status == ApprovalStatus.APPROVED
    assert called(tool, machine).outcome == "success"


def test_nobody_answers_what_they_asked_for_and_no_token_answers(admin: Actor):
    asked = question(unseen(admin), admin)
    with pytest.raises(NotPermitted, match="Somebody else"):
        answered(asked, admin)
    reviewer = a_reviewer(admin)
    token = Actor(
        tenant=admin.tenant, user=reviewer.user, role=Role.ADMIN, door=Door.API, label="token"
    )
    with pytest.raises(NotPermitted, match="signed in"):
        answered(asked, token)
    with pytest.raises(NotPermitted):
        answered(asked, make_actor(admin.tenant, role=Role.VIEWER))


def test_an_answer_needs_a_reason_is_given_once_and_in_time(
    admin: Actor, machine: Actor, other_admin: Actor
):
    tool = unseen(admin)
    asked = question(tool, machine)
    with pytest.raises(NotFound):
        answered(asked, other_admin)
    with pytest.raises(WrongState, match="in time"):
        answered(asked, admin, now=NOW + timedelta(hours=24))
    answered(asked, admin)
    with pytest.raises(WrongState, match="answered"):
        answered(asked, a_reviewer(admin))


def test_a_tool_that_changed_since_is_asked_about_again(admin: Actor, machine: Actor):
    tool = unseen(admin)
    answered(question(tool, machine), admin)
    tool.fingerprint = "e" * 64
    tool.save()
    assert stopped(tool, machine).call.outcome == "pending"
    assert not isinstance(begun(tool, machine), Begun)


def test_an_answer_is_in_the_audit_and_in_the_chain(admin: Actor, machine: Actor):
    asked = answered(question(unseen(admin), machine), admin)
    assert AuditEntry.objects.get(object_id=asked.pk).note == "because"
    assert McpAuditEvent.objects.get(type="policy_updated").tool_id == asked.tool_id


@pytest.mark.parametrize("approves", [True, False])
def test_an_answer_that_is_taken_back_holds_no_longer_and_people_are_asked_anew(
    admin: Actor, machine: Actor, approves: bool
):
    tool = unseen(admin)
    asked = answered(question(tool, machine), admin, approves=approves)
    reviewer = a_reviewer(admin)
    with pytest.raises(InvalidInput):
        mcp_approvals.withdraw(approval_id=asked.pk, reason=" ", by=reviewer, now=NOW)
    mcp_approvals.withdraw(approval_id=asked.pk, reason="a mistake", by=reviewer, now=NOW)
    anew = question(tool, machine, now=NOW + timedelta(seconds=1))
    assert (anew.pk != asked.pk, anew.status) == (True, ApprovalStatus.PENDING)
    assert AuditEntry.objects.filter(action="mcp_approval.withdrawn").exists()
    with pytest.raises(WrongState):
        mcp_approvals.withdraw(approval_id=asked.pk, reason="again", by=reviewer, now=NOW)


def test_what_was_used_lapsed_or_waits_is_not_taken_back(
    admin: Actor, machine: Actor, other_admin: Actor
):
    tool = unseen(admin)
    asked = question(tool, machine)
    for by, refusal in (
        (admin, WrongState), (other_admin, NotFound), (machine, NotPermitted),
    ):  # fmt: skip
        with pytest.raises(refusal):
            mcp_approvals.withdraw(approval_id=asked.pk, reason="why", by=by, now=NOW)
    answered(asked, admin)
    called(tool, machine)
    with pytest.raises(WrongState):
        mcp_approvals.withdraw(approval_id=asked.pk, reason="why", by=admin, now=NOW)
