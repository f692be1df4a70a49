"""The integrations' part of the HTTP API."""

from ninja import NinjaAPI

from integrations.api import (
    configuration,
    connectors,
    credentials,
    decisions,
    enforcement,
    integrations,
    limits,
    mcp_calls,
    mcp_catalogue,
    mcp_servers,
    prices,
    sources,
    telemetry,
)

# Literal addresses come before those that name an integration.
MODULES = (
    configuration,
    mcp_calls,
    mcp_catalogue,
    mcp_servers,
    integrations,
    credentials,
    enforcement,
    telemetry,
    connectors,
    decisions,
    sources,
    prices,
    limits,
)


def attach(api: NinjaAPI) -> None:
    """Add the integrations' routes to `api`."""
    for module in MODULES:
        api.add_router("", module.router)
