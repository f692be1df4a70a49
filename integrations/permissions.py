"""Who may do what to integrations, connectors, and the tools of MCP servers. Each check raises a
Refusal with the sentence they read."""

from integrations.domain.connectors import MOVES, SPOKEN, ConnectorStatus
from integrations.domain.mcp_servers import McpServerStatus
from integrations.domain.mcp_tools import ToolState
from integrations.domain.states import HealthState, IntegrationStatus
from integrations.models import Connector, Integration, McpServer, McpTool
from m25console.access import Actor, check_connects, check_may
from m25console.refusals import InvalidInput, WrongState
from m25console.rights import Permission


class Unmended(InvalidInput):
    """Something has to be mended before this can be done."""

    status_code = 400
    code = "not_mended"


class NotConnected(WrongState):
    """Nothing is called through a connector whose last test did not succeed."""

    code = "not_connected"


def check_can_enable(row: Integration, actor: Actor) -> None:
    """Raises NotPermitted, InvalidInput where something has to be mended first, or WrongState."""
    check_connects(actor)
    if row.status == IntegrationStatus.ENABLED:
        raise WrongState("This integration is enabled already.")
    if row.status == IntegrationStatus.ERROR:
        raise Unmended("Mend the error first: test it with a key that the provider takes.")
    if row.health_state == HealthState.FAILING:
        raise Unmended("Its last check failed. Test it again first.")


def check_can_disable(row: Integration, actor: Actor) -> None:
    """Raises NotPermitted or WrongState."""
    check_connects(actor)
    if row.status != IntegrationStatus.ENABLED:
        raise WrongState("Only an integration that is enabled can be disabled.")


def check_can_observe(row: Integration, actor: Actor) -> None:
    """Raises NotPermitted or WrongState."""
    check_connects(actor)
    if not row.enforces:
        raise WrongState("Its limits only observe already.")


def check_can_enforce(row: Integration, actor: Actor) -> None:
    """Raises NotPermitted or WrongState."""
    check_connects(actor)
    if row.enforces:
        raise WrongState("Its limits stop calls already.")
    if not (row.budget_limit_cents or row.token_limit_month or row.rate_limit_rpm):
        raise WrongState("It has no limit yet: set one first.")


def check_can_raise(row: Integration, actor: Actor) -> None:
    """Raises NotPermitted, or WrongState where there is no limit to raise."""
    check_connects(actor)
    if not (row.budget_limit_cents or row.token_limit_month or row.rate_limit_rpm):
        raise WrongState("It has no limit that could be raised.")


def check_is_in_use(row: McpServer) -> None:
    """Raises WrongState for a server that was taken away."""
    if row.status == McpServerStatus.DISABLED:
        raise WrongState("This server was taken away. Register it again to use it.")


def check_can_approve(row: McpTool, actor: Actor) -> None:
    """Raises NotPermitted or WrongState."""
    check_connects(actor)
    if row.vanished_at is not None:
        raise WrongState("The server no longer lists this tool.")
    if row.state == ToolState.ALLOWED:
        raise WrongState("This tool is allowed as it is.")


def check_can_deny(row: McpTool, actor: Actor) -> None:
    """Raises NotPermitted or WrongState."""
    check_connects(actor)
    if row.state == ToolState.DENIED:
        raise WrongState("This tool is denied already.")


def check_can_enable_tool(row: McpTool, actor: Actor) -> None:
    """Raises NotPermitted or WrongState."""
    check_connects(actor)
    if row.vanished_at is not None:
        raise WrongState("The server no longer lists this tool.")


def check_can_switch(row: Connector, actor: Actor, *, to: ConnectorStatus) -> None:
    """Whether a person may move a connector there; only a test connects one.

    Raises NotPermitted or WrongState.
    """
    check_connects(actor)
    if to in (ConnectorStatus.CONNECTED, ConnectorStatus.ERROR, ConnectorStatus.CONFIGURING):
        raise WrongState("Only a test connects a connector.")
    if to not in MOVES[ConnectorStatus(row.status)]:
        raise WrongState(f"A connector that is {row.status} cannot become {to}.")


def check_can_test(row: Connector, actor: Actor) -> None:
    """Raises NotPermitted or WrongState."""
    check_connects(actor)
    _check_is_spoken_to(row)


def check_can_try(row: Connector, actor: Actor) -> None:
    """Whether it may be looked at what a call would send. Raises NotPermitted or WrongState."""
    check_may(actor, Permission.EXECUTE_CONNECTORS)
    _check_is_spoken_to(row)


def check_can_call(row: Connector, actor: Actor) -> None:
    """Whether something may be done through it. Raises NotPermitted or WrongState."""
    check_can_try(row, actor)
    if row.status != ConnectorStatus.CONNECTED:
        raise NotConnected(f"This connector is not connected: it is {row.status}. Test it first.")


def _check_is_spoken_to(row: Connector) -> None:
    if row.connector_type not in SPOKEN:
        raise WrongState(
            f"The console does not speak to connectors of type {row.connector_type}; this one is "
            "kept for the record."
        )
    if row.status == ConnectorStatus.DEPRECATED:
        raise WrongState("It is retired. Let it in again first.")
