import pytest
from django.core.management import call_command
from django.db import connection

from integrations.engine.mcp_verifying import verify
from integrations.models import McpAuditEvent
from m25console.access import Actor
from tests.integrations.calling import a_server, a_tool, called

pytestmark = pytest.mark.django_db
CHANGES = {
    "type": "tool_invocation_denied", "at": "2020-01-01T00:00:00Z", "server_id": "x",
    "tool_id": "x", "tool_name": "x", "invocation_id": "x", "run_id": "x", "actor": "x",
    "decision": "x", "policy_id": "x", "deny_reason": "x", "input_hash": "x", "output_hash": "x",
    "duration_ms": 999, "error": "x", "trace_id": "x", "metadata": "{}", "event_id": "x",
    "previous_hash": "x", "integrity_hash": "x",
}  # fmt: skip


def forged(statement: str, *values: object) -> None:
    """As somebody with every right to the database would."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("SET session_replication_role = DEFAULT")


@pytest.fixture
def chain(admin: Actor) -> Actor:
    """A tenant with eight events."""
    tool = a_tool(a_server(admin))
    for _ in range(2):
        called(tool, admin)
    return admin


def broken_at(by: Actor) -> int:
    told = verify(by.tenant)
    return told.broken.number if told.broken else 0


def test_a_chain_as_it_was_written_is_whole_also_in_parts(chain: Actor):
    told = verify(chain.tenant)
    assert (told.is_whole, told.checked, told.last) == (True, 8, 8)
    part = verify(chain.tenant, most=3)
    assert (part.through, part.is_finished) == (3, False)
    rest = verify(chain.tenant, after=3)
    assert (rest.checked, rest.is_finished, rest.seal) == (5, True, told.seal)


def test_a_tenant_without_calls_has_a_whole_chain(admin: Actor):
    assert verify(admin.tenant).is_whole


@pytest.mark.parametrize("column", sorted(CHANGES))
def test_int_70_a_changed_field_is_found_where_it_was_changed(chain: Actor, column: str):
    assert set(CHANGES) | {"id", "tenant", "number"} == {
        field.name for field in McpAuditEvent._meta.concrete_fields
    }
    forged(
        f'UPDATE mcp_audit_events SET "{column}" = %s WHERE number = 1',
        CHANGES[column],
    )
    assert broken_at(chain) == 1


@pytest.mark.parametrize(
    ("number", "broken"), [(1, 1), (4, 4), (8, 8)], ids=["first", "middle", "last"]
)
def test_a_removed_event_is_missed(chain: Actor, number: int, broken: int):
    forged("DELETE FROM mcp_audit_events WHERE number = %s", number)
    assert broken_at(chain) == broken


def test_the_command_names_the_first_broken_event_and_fails(chain: Actor, capsys):
    call_command("verify_mcp_audit", tenant=chain.tenant.slug)
    assert "whole, 8 events" in capsys.readouterr().out
    forged("UPDATE mcp_audit_events SET decision = 'allow' WHERE number = 3")
    with pytest.raises(SystemExit):
        call_command("verify_mcp_audit", tenant=chain.tenant.slug)
    assert "BROKEN at event 3 (mcp-audit-" in capsys.readouterr().out
