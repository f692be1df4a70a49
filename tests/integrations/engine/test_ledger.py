import pytest

from integrations.domain.states import IntegrationStatus
from integrations.models import Integration, McpTool, UsageMeter, UsageRecord
from loops.engine.ledger import violations
from m25console.access import Actor
from tests.integrations.building import NOW, an_integration, used
from tests.integrations.calling import TIMED_OUT, a_server, a_tool, called

pytestmark = pytest.mark.django_db


def broken(admin: Actor) -> list[str]:
    return [one.rule.name for one in violations(tenant_id=admin.tenant.pk)]


@pytest.mark.django_db(transaction=True)
def test_what_was_used_and_what_is_metered_agree_until_somebody_meddles(admin: Actor):
    row = an_integration(admin, is_enabled=True)
    for _ in range(3):
        used(row, cost_cents=5)
    assert broken(admin) == []
    UsageMeter.objects.update(cents=4)
    assert broken(admin) == ["usage_is_metered"]


@pytest.mark.django_db(transaction=True)
def test_a_call_without_its_integration_is_found(admin: Actor):
    row = an_integration(admin)
    used(row)
    UsageRecord.objects.create(
        tenant=admin.tenant, integration_id="int_nowhere", call_id="lost", provider="p", model="m",
        tokens_in=0, tokens_out=0, cost_cents=0, reported_cents=0, created_at=NOW,
    )  # fmt: skip
    assert "usage_has_its_integration" in broken(admin)


@pytest.mark.django_db(transaction=True)
def test_a_state_nobody_wrote_down_is_found(admin: Actor):
    an_integration(admin, is_enabled=True)
    Integration.objects.update(status=IntegrationStatus.DISABLED)
    assert broken(admin) == ["integration_status_is_audited"]


@pytest.mark.django_db(transaction=True)
def test_a_failure_that_a_tool_never_had_is_found(admin: Actor):
    server = a_server(admin)
    tool, other = a_tool(server), a_tool(server)
    called(tool, admin, ended=TIMED_OUT)
    assert broken(admin) == []
    McpTool.objects.filter(pk=other.pk).update(
        last_failed_call=McpTool.objects.get(pk=tool.pk).last_failed_call
    )
    assert broken(admin) == ["mcp_last_failures_are_failures"]
