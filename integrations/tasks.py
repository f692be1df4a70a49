"""Celery entry points: load nothing, decide nothing, make one call."""

from typing import Any, Final

from celery import shared_task
from django.db import InterfaceError, OperationalError

from integrations.engine import checking, mcp_looking, source_looks
from m25console.errands import Call

RETRIES: Final[dict[str, Any]] = {
    "autoretry_for": (OperationalError, InterfaceError),
    "retry_backoff": True,
    "retry_backoff_max": 5,
    "max_retries": 3,
}


@shared_task(name="integrations.check", **RETRIES)
def check(*, integration_id: str, ticket: str, **_later_arguments: object) -> None:
    """Look at an integration once; a repeated or outdated message does nothing."""
    checking.look(Call(integration_id, ticket))


@shared_task(name="integrations.look_at_mcp_server", **RETRIES)
def look_at_mcp_server(*, server_id: str, ticket: str, **_later_arguments: object) -> None:
    """Ask an MCP server once; a repeated or outdated message does nothing."""
    mcp_looking.look(Call(server_id, ticket))


@shared_task(name="integrations.look_at_source", **RETRIES)
def look_at_source(*, source_id: str, ticket: str, **_later_arguments: object) -> None:
    """Look at a data source once; a repeated or outdated message does nothing."""
    source_looks.look(Call(source_id, ticket))
