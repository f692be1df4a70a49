"""A tenant's MCP servers as a registry lists them, for clients that read registries."""

from typing import Any, Final

from ninja import Schema
from pydantic import Field

from integrations.domain.mcp_catalogue import (
    MAX_DESCRIPTION,
    NAME,
    NO_VERSION,
    OFFICIAL,
    SCHEMA,
    kind_of,
)
from integrations.domain.mcp_servers import McpAuth, McpServerStatus, McpTransport
from integrations.engine.mcp_keys import KEY_HEADER
from integrations.models import McpServer

OURS: Final = "m25console/registration"
HEADERS: Final = {
    McpAuth.API_KEY: KEY_HEADER,
    McpAuth.BEARER: "Authorization",
    McpAuth.BASIC: "Authorization",
    McpAuth.OAUTH: "Authorization",
}


class ListedServerOut(Schema):
    """One server; what it needs as a key is named, and never told."""

    server: dict[str, Any] = Field(description="as in a server.json")
    meta: dict[str, Any] = Field(serialization_alias="_meta")

    @staticmethod
    def resolve_server(row: McpServer) -> dict[str, Any]:
        told = {
            "$schema": SCHEMA,
            "name": name_of(row),
            "title": row.name[:MAX_DESCRIPTION],
            "description": (row.description or f"Registered as {row.name}.")[:MAX_DESCRIPTION],
            "version": row.metadata.get("registry_version") or NO_VERSION,
        }
        remote: dict[str, Any] = {"type": kind_of(McpTransport(row.transport)), "url": row.url}
        if header := HEADERS.get(McpAuth(row.auth_type)):
            remote["headers"] = [{"name": header, "isRequired": True, "isSecret": True}]
        return told | {"remotes": [remote]}

    @staticmethod
    def resolve_meta(row: McpServer) -> dict[str, Any]:
        official = {
            "status": "deleted" if row.status == McpServerStatus.DISABLED else "active",
            "publishedAt": row.registered_at,
            "updatedAt": row.updated_at,
            "isLatest": True,
        }
        ours = {"server_id": row.pk, "status": row.status, "tools": row.tool_count}
        return {OFFICIAL: official, OURS: ours}


class ListMetadataOut(Schema):
    count: int = Field(description="servers in this page")
    next_cursor: str | None = Field(None, serialization_alias="nextCursor")


class ServerListOut(Schema):
    servers: list[ListedServerOut]
    metadata: ListMetadataOut


def name_of(row: McpServer) -> str:
    """Its name where it has one that a registry may give, else one made of its id."""
    return row.name if NAME.fullmatch(row.name) else f"m25console.{row.tenant.slug}/{row.pk}"
