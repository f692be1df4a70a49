"""Celery entry points: load nothing, decide nothing, make one call."""

from celery import shared_task
from django.db import InterfaceError, OperationalError

from integrations.engine import checking, mcp_looking
from m25console.errands import Call


@shared_task(
    name="integrations.check",
    autoretry_for=(OperationalError, InterfaceError),
    retry_backoff=True,
    retry_backoff_max=5,
    max_retries=3,
)
def check(*, integration_id: str, ticket: str, **_later_arguments: object) -> None:
    """Look at an integration once; a repeated or outdated message does nothing."""
    checking.look(Call(integration_id, ticket))


@shared_task(
    name="integrations.look_at_mcp_server",
    autoretry_for=(OperationalError, InterfaceError),
    retry_backoff=True,
    retry_backoff_max=5,
    max_retries=3,
)
def look_at_mcp_server(*, server_id: str, ticket: str, **_later_arguments: object) -> None:
    """Ask an MCP server once; a repeated or outdated message does nothing."""
    mcp_looking.look(Call(server_id, ticket))
