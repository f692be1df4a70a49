"""The integrations' tables in the administration."""

from integrations.admin import (
    credentials,
    integrations,
    limits,
    mcp_calls,
    mcp_servers,
    prices,
    usage,
)

__all__ = ["credentials", "integrations", "limits", "mcp_calls", "mcp_servers", "prices", "usage"]
