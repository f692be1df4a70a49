"""Looking at the MCP servers whose time has come, several at once, so that a slow one delays
none of the others."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.db import connections, transaction
from django.db.models import Q

from integrations.engine import mcp_asking
from integrations.models import McpServer

AT_ONCE: Final = 20  # servers of one run; each is done within its deadline
LEASE: Final = timedelta(minutes=2)
log = structlog.get_logger(__name__)


def look_at_due(now: datetime) -> Mapping[str, Any]:
    """Ask those that are due for their tools, or how they are; whoever takes one puts its next
    time off first."""
    due = _taken(now)
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="mcp") as pool:
        results = list(pool.map(lambda row: _looked_at(row, now), due))
    return {"asked": sum(results), "failed": len(results) - sum(results)}


def _taken(now: datetime) -> list[McpServer]:
    rows = McpServer.objects.in_use().filter(
        Q(next_check_at__lte=now) | Q(next_discovery_at__lte=now)
    )
    with transaction.atomic():
        due = list(
            rows.select_related("tenant")
            .select_for_update(of=("self",), skip_locked=True)
            .order_by("next_check_at", "id")[:AT_ONCE]
        )
        taken = McpServer.objects.filter(pk__in=[one.pk for one in due])
        taken.update(next_check_at=now + LEASE)
        taken.filter(next_discovery_at__lte=now).update(next_discovery_at=now + LEASE)
    return due


def _looked_at(row: McpServer, now: datetime) -> bool:
    """One look on a thread of its own, which leaves no connection behind."""
    try:
        if row.next_discovery_at is not None and row.next_discovery_at <= now:
            mcp_asking.discover(row, by=None)
        else:
            mcp_asking.check(row, by=None)
    except Exception:
        log.exception("an MCP server could not be looked at", server=row.pk)
        return False
    finally:
        connections.close_all()
    return True
