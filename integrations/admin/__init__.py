"""The integrations' tables in the administration."""

from integrations.admin import credentials, integrations, mcp_calls, mcp_servers, usage

__all__ = ["credentials", "integrations", "mcp_calls", "mcp_servers", "usage"]
