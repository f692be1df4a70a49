"""Two calls at the same moment: the tenant's chain is held while one is decided about."""

import pytest

from integrations.actions import mcp_calls
from integrations.actions.mcp_calls import Begun
from integrations.engine.mcp_verifying import verify
from loops.engine.ledger import violations
from m25console.access import Actor
from tests.integrations.calling import (
    a_machine,
    a_reviewer,
    a_server,
    a_tool,
    answered,
    begun,
    called,
    question,
)
from tests.races import at_once, meeting

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_calls_with_one_approval_exactly_one_is_made(
    admin: Actor, monkeypatch: pytest.MonkeyPatch
):
    tool, machine = a_tool(a_server(admin), is_approved=False), a_machine(admin)
    answered(question(tool, machine), a_reviewer(admin))
    monkeypatch.setattr(mcp_calls, "decide", meeting(mcp_calls.decide))
    found = at_once(lambda _: begun(tool, machine), times=2)
    assert [isinstance(one, Begun) for one in found].count(True) == 1
    assert verify(admin.tenant).is_whole


def test_of_two_calls_with_one_left_in_the_rate_exactly_one_is_made(
    admin: Actor, monkeypatch: pytest.MonkeyPatch
):
    tool = a_tool(a_server(admin, rate_limit_requests=1))
    monkeypatch.setattr(mcp_calls, "decide", meeting(mcp_calls.decide))
    found = at_once(lambda _: begun(tool, admin), times=2)
    assert [isinstance(one, Begun) for one in found].count(True) == 1


def test_the_ledger_agrees_with_calls_until_somebody_meddles(admin: Actor):
    tool, machine = a_tool(a_server(admin), is_approved=False), a_machine(admin)
    answered(question(tool, machine), a_reviewer(admin))
    called(tool, machine)
    assert [one.rule.name for one in violations(tenant_id=admin.tenant.pk)] == []
    type(tool).objects.update(invocation_count=7)
    found = [one.rule.name for one in violations(tenant_id=admin.tenant.pk)]
    assert found == ["mcp_calls_are_counted"]
