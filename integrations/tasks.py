"""Celery entry points: load nothing, decide nothing, make one call."""

from celery import shared_task

from integrations.engine import checking, mcp_looking, source_looks
from m25console.celery import TRIED_AGAIN
from m25console.errands import Call


@shared_task(name="integrations.check", **TRIED_AGAIN)
def check(*, integration_id: str, ticket: str, **_later_arguments: object) -> None:
    """Look at an integration once; a repeated or outdated message does nothing."""
    checking.look(Call(integration_id, ticket))


@shared_task(name="integrations.look_at_mcp_server", **TRIED_AGAIN)
def look_at_mcp_server(*, server_id: str, ticket: str, **_later_arguments: object) -> None:
    """Ask an MCP server once; a repeated or outdated message does nothing."""
    mcp_looking.look(Call(server_id, ticket))


@shared_task(name="integrations.look_at_source", **TRIED_AGAIN)
def look_at_source(*, source_id: str, ticket: str, **_later_arguments: object) -> None:
    """Look at a data source once; a repeated or outdated message does nothing."""
    source_looks.look(Call(source_id, ticket))
