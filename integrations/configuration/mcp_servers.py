"""MCP servers in a configuration; which of their tools may be called is not part of it, since
that is approved for what a tool says of itself on the day. A policy is named by its id, since it is
learnt in its tenant and travels to no other."""

from typing import Any, Final

from django.db.models import QuerySet
from pydantic import Field, StrictInt

from integrations.actions import mcp_servers
from integrations.actions.mcp_servers import Wanted
from integrations.configuration.items import Importing, Kind, Named, Text
from integrations.configuration.stored import Stored
from integrations.domain.mcp_servers import USUAL_WINDOW_SECONDS, McpAuth, McpTransport
from integrations.models import McpServer
from m25console.models import Tenant


class McpServerItem(Named):
    url: Text
    transport: McpTransport = McpTransport.HTTP
    description: Text = ""
    auth_type: McpAuth = McpAuth.NONE
    credential: Text = ""
    requires_approval: bool = True
    default_policy_id: Text = ""
    rate_limit_requests: StrictInt | None = None
    rate_limit_window_seconds: StrictInt = USUAL_WINDOW_SECONDS
    tags: list[Text] = Field(default_factory=list)
    metadata: dict[Text, Any] = Field(default_factory=dict)


def _rows(tenant: Tenant) -> QuerySet[McpServer]:
    return McpServer.objects.for_tenant(tenant).in_use().order_by("name", "pk")


def _told(row: McpServer, stored: Stored) -> McpServerItem:
    return McpServerItem(
        name=row.name,
        url=row.url,
        transport=McpTransport(row.transport),
        description=row.description,
        auth_type=McpAuth(row.auth_type),
        credential=stored.told(row.credential_ref) if row.credential_ref else "",
        requires_approval=row.requires_approval,
        default_policy_id=row.default_policy_id,
        rate_limit_requests=row.rate_limit_requests,
        rate_limit_window_seconds=row.rate_limit_window_seconds,
        tags=row.tags,
        metadata=row.metadata,
    )


def _put(item: McpServerItem, row: McpServer | None, importing: Importing) -> None:
    held = row.credential_ref if row else ""
    told = item.model_dump(exclude={"credential"})
    reference = importing.stored.meant(item.credential, held=held)
    wanted = Wanted(**told, credential_ref=reference)
    by, now = importing.by, importing.now
    if row is None:
        mcp_servers.register(wanted=wanted, by=by, now=now)
    else:
        mcp_servers.change(server_id=row.pk, wanted=wanted, by=by, now=now)


KIND: Final = Kind("mcp_servers", "MCP servers", McpServerItem, _rows, _told, _put)
