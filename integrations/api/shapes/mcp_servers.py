"""MCP servers and their tools as machines read and set them; the key is never told."""

from datetime import datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from integrations.actions.mcp_policies import MAX_POLICY
from integrations.actions.mcp_servers import MAX_RATE, MAX_TAG, MAX_WINDOW, MOST_TAGS, Wanted
from integrations.actions.mcp_tools import MAX_REASON, Change, Decision
from integrations.domain.mcp_servers import (
    MAX_DESCRIPTION,
    MAX_NAME,
    MAX_URL,
    USUAL_WINDOW_SECONDS,
    McpAuth,
    McpServerStatus,
    McpTransport,
)
from integrations.domain.mcp_tools import McpRisk, ToolState, ToolVerdict
from integrations.domain.references import of_credential
from integrations.models import McpServer
from m25console.access import Actor
from m25console.api.schemas import PLAIN

type Name = Annotated[
    str, StringConstraints(pattern=PLAIN, strip_whitespace=True, min_length=1, max_length=MAX_NAME)
]
type Url = Annotated[str, StringConstraints(pattern=PLAIN, min_length=1, max_length=MAX_URL)]
type Text = Annotated[str, StringConstraints(pattern=PLAIN, max_length=MAX_DESCRIPTION)]
type Tag = Annotated[str, StringConstraints(pattern=PLAIN, min_length=1, max_length=MAX_TAG)]
type Policy = Annotated[str, StringConstraints(pattern=PLAIN, max_length=MAX_POLICY)]
type Rate = Annotated[int, Field(ge=1, le=MAX_RATE, strict=True)]
type Window = Annotated[int, Field(ge=1, le=MAX_WINDOW, strict=True)]
type Metadata = dict[
    Annotated[str, StringConstraints(pattern=PLAIN, max_length=64)],
    Annotated[str, StringConstraints(pattern=PLAIN, max_length=1024)],
]


class McpServerIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name
    url: Url = Field(description="without a path, /mcp is meant")
    transport: McpTransport = McpTransport.HTTP
    description: Text = ""
    credential_id: Annotated[str, StringConstraints(pattern=PLAIN, max_length=64)] | None = Field(
        default=None, description="of a stored credential; shown as a bearer token"
    )
    auth_type: McpAuth | None = None
    requires_approval: bool = True
    default_policy_id: Policy = Field(
        default="", description="asked about calls of tools that name no policy of their own"
    )
    rate_limit_requests: Rate | None = None
    rate_limit_window_seconds: Window = USUAL_WINDOW_SECONDS
    tags: list[Tag] = Field(default_factory=list, max_length=MOST_TAGS)
    metadata: Metadata = Field(default_factory=dict, max_length=50)

    def wanted(self, by: Actor) -> Wanted:
        told = self.model_dump(exclude={"credential_id", "auth_type"})
        usual = McpAuth.BEARER if self.credential_id else McpAuth.NONE
        reference = (
            of_credential(self.credential_id, tenant_id=by.tenant.pk) if self.credential_id else ""
        )
        return Wanted(**told, auth_type=self.auth_type or usual, credential_ref=reference)


class McpServerChangeIn(BaseModel):
    """What is to change; the rest stays. A `credential_id` of null takes the key away."""

    model_config = ConfigDict(extra="forbid")

    name: Name = ""
    description: Text = ""
    credential_id: Annotated[str, StringConstraints(pattern=PLAIN, max_length=64)] | None = None
    auth_type: McpAuth = McpAuth.NONE
    requires_approval: bool = True
    default_policy_id: Policy = ""
    rate_limit_requests: Rate | None = None
    rate_limit_window_seconds: Window = USUAL_WINDOW_SECONDS
    tags: list[Tag] = Field(default_factory=list, max_length=MOST_TAGS)
    metadata: Metadata = Field(default_factory=dict, max_length=50)

    def applied_to(self, row: McpServer, by: Actor) -> Wanted:
        """The server as it would be then."""
        changes = {name: getattr(self, name) for name in self.model_fields_set}
        if "credential_id" in changes:
            told = changes.pop("credential_id")
            changes["credential_ref"] = of_credential(told, tenant_id=by.tenant.pk) if told else ""
            usual = McpAuth.BEARER if row.auth_type == McpAuth.NONE else McpAuth(row.auth_type)
            changes.setdefault("auth_type", usual if told else McpAuth.NONE)
        return Wanted.of(row, **changes)


class McpServerOut(Schema):
    server_id: str = Field(alias="pk")
    name: str
    url: str
    status: McpServerStatus
    transport: McpTransport
    tool_count: int
    last_error: str
    created_at: datetime = Field(alias="registered_at")


class McpServerDetailOut(McpServerOut):
    description: str
    auth_type: McpAuth
    requires_approval: bool
    default_policy_id: str
    rate_limit_requests: int | None
    rate_limit_window_seconds: int
    capabilities: list[str]
    protocol_version: str
    resource_count: int
    health_check_failures: int
    last_health_check_at: datetime | None
    last_discovery_at: datetime | None
    tags: list[str]
    metadata: dict[str, Any]
    updated_at: datetime


class McpServersOut(Schema):
    servers: list[McpServerOut]
    total: int


class RegisteredOut(Schema):
    server_id: str
    status: McpServerStatus
    tools_discovered: int
    error: str = Field(description="empty if it answered")


class McpServerDeletedOut(Schema):
    deleted: bool = True
    server_id: str


class McpHealthOut(Schema):
    server_id: str
    healthy: bool
    latency_ms: int
    error: str
    status: McpServerStatus


class McpToolShortOut(Schema):
    name: str
    description: str
    risk_level: McpRisk


class DiscoveredOut(Schema):
    server_id: str
    tools_discovered: int
    tools_added: int
    tools_updated: int
    tools_removed: int
    tools: list[McpToolShortOut]
    error: str


class McpToolOut(McpToolShortOut):
    tool_id: str = Field(alias="pk")
    input_schema: dict[str, Any]
    output_schema: Any
    is_active: bool = Field(alias="enabled")
    state: ToolState
    version: int
    approved_version: int | None
    fingerprint: str
    policy_id: str
    invocation_count: int
    failure_count: int


class McpToolsOut(Schema):
    tools: list[McpToolOut]
    total: int


class McpToolChangeIn(BaseModel):
    """What is to change; the rest stays."""

    model_config = ConfigDict(extra="forbid")

    enabled: bool | None = None
    risk_level: McpRisk | None = None
    policy_id: Policy | None = None

    def wanted(self) -> Change:
        return Change(**self.model_dump())


class McpToolDecisionIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=1, le=2**31 - 1, description="of the tool that was looked at")
    verdict: ToolVerdict
    reason: Annotated[str, StringConstraints(pattern=PLAIN, max_length=MAX_REASON)] = ""

    def decision(self) -> Decision:
        return Decision(**self.model_dump())
