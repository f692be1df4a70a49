"""MCP servers as their list and the page of one show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from integrations.domain import mcp_servers, references
from integrations.domain.mcp_servers import McpAuth, McpServerStatus
from integrations.domain.mcp_tools import ToolState
from integrations.models import McpLook, McpServer, McpTool
from integrations.permissions import check_is_in_use
from integrations.presenters.mcp_tools import Show, ToolLine, tool_line
from integrations.presenters.named_policies import NamedPolicy, named
from m25console import keyset
from m25console.access import Actor, Verdict, check_connects, verdict
from m25console.keyset import Order, Page, Place
from m25console.looks import Look
from m25console.models import AuditEntry

NEWEST: Final = Order("registered_at")
TOOLS: Final = Order("changed_at")
LOOKS: Final = 40
CHANGES: Final = 20
STATUSES: Final[Mapping[McpServerStatus, Look]] = {
    McpServerStatus.PENDING: Look("Not asked yet", "idle", "circle-dashed"),
    McpServerStatus.ACTIVE: Look("Active", "ok", "heartbeat"),
    McpServerStatus.DEGRADED: Look("Last check failed", "warn", "alert-circle"),
    McpServerStatus.OFFLINE: Look("Offline", "bad", "circle-x"),
    McpServerStatus.ERROR: Look("Tools not told", "bad", "alert-triangle"),
    McpServerStatus.DISABLED: Look("Taken away", "idle", "player-stop"),
}
AUTHS: Final[Mapping[McpAuth, str]] = {
    McpAuth.NONE: "none",
    McpAuth.API_KEY: "in the header X-API-Key",
    McpAuth.BEARER: "as a bearer token",
    McpAuth.BASIC: "as a name and a password",
    McpAuth.OAUTH: "by OAuth",
}
ANSWERED: Final = Look("Answered", "ok", "check")
FAILED: Final = Look("Failed", "bad", "x")


@dataclass(frozen=True)
class ServerRow:
    """One server in a list."""

    row: McpServer
    status: Look
    is_stale: bool
    to_look_at: int
    has_none: bool  # it answers, and lists nothing


@dataclass(frozen=True)
class LookLine:
    """One time it was asked."""

    look: McpLook
    result: Look


@dataclass(frozen=True)
class ServerPage:
    """One server with what a page tells of it."""

    row: McpServer
    status: Look
    is_stale: bool
    key: str
    policy: NamedPolicy | None
    tools: Page[McpTool]
    lines: Sequence[ToolLine]
    looks: Sequence[LookLine]
    changes: Sequence[AuditEntry]
    may_manage: Verdict

    @property
    def desk(self) -> Show | None:
        """Where the drift desk shows what is to be decided about these tools, if anything is."""
        states = {one.row.state for one in self.lines if one.row.vanished_at is None}
        if ToolState.DRIFTED in states:
            return Show.CHANGED
        return Show.NEW if ToolState.PENDING in states else None


def server_list(
    actor: Actor, *, include_disabled: bool, place: Place, now: datetime
) -> tuple[Page[McpServer], list[ServerRow]]:
    """A page of them, the newest first, each with how many tools wait for somebody: one query."""
    waiting = (
        McpTool.objects.filter(
            server=OuterRef("pk"), vanished_at__isnull=True,
            state__in=[ToolState.DRIFTED, ToolState.PENDING],
        )
        .order_by()
        .values("server")
        .annotate(count=Count("pk"))
        .values("count")
    )  # fmt: skip
    rows = McpServer.objects.for_tenant(actor.tenant)
    rows = rows if include_disabled else rows.in_use()
    rows = rows.annotate(to_look_at=Coalesce(Subquery(waiting), 0))
    page = keyset.page(rows, order=NEWEST, place=place)
    return page, [_row(one, now) for one in page.rows]


def server_page(row: McpServer, *, actor: Actor, place: Place, now: datetime) -> ServerPage:
    """A server in full, with a page of its tools, what changed last first: four queries."""
    tools = keyset.page(row.tools.all(), order=TOOLS, place=place)
    looks = McpLook.objects.filter(server=row).order_by("-at", "-id")[:LOOKS]
    changes = AuditEntry.objects.filter(
        tenant_id=row.tenant_id, object_type=row._meta.db_table, object_id=row.pk
    ).order_by("-at", "-id")[:CHANGES]
    return ServerPage(
        row=row,
        status=STATUSES[McpServerStatus(row.status)],
        is_stale=_is_stale(row, now),
        key=_key(row),
        policy=named(row.default_policy_id, actor),
        tools=tools,
        lines=[tool_line(one) for one in tools.rows],
        looks=[LookLine(one, ANSWERED if one.is_healthy else FAILED) for one in looks],
        changes=list(changes),
        may_manage=verdict(_check_manages, row, actor),
    )


def _check_manages(row: McpServer, actor: Actor) -> None:
    check_connects(actor)
    check_is_in_use(row)


def _row(row: McpServer, now: datetime) -> ServerRow:
    annotated: Any = row
    is_active = row.status == McpServerStatus.ACTIVE
    return ServerRow(
        row=row,
        status=STATUSES[McpServerStatus(row.status)],
        is_stale=_is_stale(row, now),
        to_look_at=annotated.to_look_at,
        has_none=is_active and row.last_discovery_at is not None and not row.tool_count,
    )


def _is_stale(row: McpServer, now: datetime) -> bool:
    if row.status in (McpServerStatus.DISABLED, McpServerStatus.PENDING):
        return False
    return mcp_servers.is_stale(row.looked_at, now=now)


def _key(row: McpServer) -> str:
    """How the key is shown, and where it lies."""
    told = AUTHS[McpAuth(row.auth_type)]
    return f"{told}, {references.masked(row.credential_ref)}" if row.credential_ref else told
