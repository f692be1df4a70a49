"""The integrations' tables in the administration."""

from integrations.admin import (
    connectors,
    credentials,
    integrations,
    limits,
    mcp_calls,
    mcp_servers,
    prices,
    sources,
    usage,
)

__all__ = [
    "connectors",
    "credentials",
    "integrations",
    "limits",
    "mcp_calls",
    "mcp_servers",
    "prices",
    "sources",
    "usage",
]
