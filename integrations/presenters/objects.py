"""What the rows of each table are called, and which page shows one."""

from collections.abc import Mapping
from typing import Final

from m25console.objects import Kind

OBJECTS: Final[Mapping[str, Kind]] = {
    "cus_integrations": Kind("integration", "integrations:integration"),
    "cus_integration_keys": Kind("key of an integration"),
    "cus_enforcement_configs": Kind("rules of limits", "integrations:limits"),
    "cus_own_prices": Kind("price", "integrations:prices"),
    "cus_repricing_runs": Kind("repricing", "integrations:prices"),
    "cus_credentials": Kind("credential", "integrations:credential"),
    "cus_data_sources": Kind("data source", "integrations:source"),
    "cus_connectors": Kind("connector", "integrations:connector"),
    "mcp_servers": Kind("MCP server", "integrations:mcp-server"),
    "mcp_tools": Kind("MCP tool", "integrations:mcp-tool"),
    "mcp_configs": Kind("rules of MCP tools", "integrations:mcp-drift"),
    "mcp_approvals": Kind("approval of a call", "integrations:mcp-approval"),
    "mcp_tool_invocations": Kind("call of a tool", "integrations:mcp-call"),
    "mcp_chains": Kind("chain of tool calls", "integrations:mcp-audit"),
    "cus_enforcement_decisions": Kind("answer of the limits", "integrations:decision"),
}
