"""Connectors as machines set, read and call them; a secret goes in and comes out as a mask."""

from datetime import datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from integrations.actions import connector_actions, connectors
from integrations.actions.connectors import KEPT_SECRET
from integrations.domain.connector_settings import secret_parts
from integrations.domain.connectors import (
    MAX_NAME,
    MAX_ROWS,
    TIMEOUT_SECONDS,
    Capability,
    ConnectorStatus,
    ConnectorType,
    Method,
    Outcome,
    capabilities_of,
)
from integrations.domain.credentials import MAX_VALUE
from integrations.domain.sql_templates import MAX_SQL, Kind, Parameter
from integrations.models import Connector
from m25console.api.schemas import PLAIN

type Name = Annotated[
    str, StringConstraints(pattern=PLAIN, strip_whitespace=True, min_length=1, max_length=MAX_NAME)
]
type Key = Annotated[str, StringConstraints(pattern=PLAIN, min_length=1, max_length=64)]
type Text = Annotated[str, StringConstraints(pattern=PLAIN, max_length=2048)]
type Value = bool | int | list[Text] | Text
type Secret = dict[Key, Annotated[str, StringConstraints(pattern=PLAIN, max_length=MAX_VALUE)]]


class ConnectorIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name
    connector_type: ConnectorType
    config: dict[Key, Value] = Field(default_factory=dict, description="of its type; no secrets")
    credentials: Secret = Field(default_factory=dict, description="stored sealed, shown as ***")
    credential_ref: Text = Field(default="", description="cus-vault://, instead of credentials")
    metadata: dict[Key, Text] = Field(default_factory=dict, max_length=50)

    def wanted(self) -> connectors.Wanted:
        return connectors.Wanted(
            name=self.name, kind=self.connector_type, config=self.config,
            credential_ref=self.credential_ref, secret=self.credentials, metadata=self.metadata,
        )  # fmt: skip


class ConnectorChangeIn(BaseModel):
    """What is to change; the rest stays, each setting of `config` for itself. A credential sent
    as *** stays too."""

    model_config = ConfigDict(extra="forbid")

    name: Name = ""
    config: dict[Key, Value] = Field(default_factory=dict)
    credentials: Secret = Field(default_factory=dict)
    credential_ref: Text = ""
    metadata: dict[Key, Text] = Field(default_factory=dict, max_length=50)

    def applied_to(self, row: Connector) -> connectors.Wanted:
        """The connector as it would be then."""
        return connectors.Wanted(
            name=self.name or row.name,
            kind=ConnectorType(row.connector_type),
            config={**row.config, **self.config},
            credential_ref=self.credential_ref,
            secret=self.credentials,
            metadata=self.metadata if "metadata" in self.model_fields_set else row.metadata,
        )


class ConnectorOut(Schema):
    id: str
    name: str
    connector_type: ConnectorType
    status: ConnectorStatus
    config: dict[str, Any]
    credentials: dict[str, str] = Field(description="every value is ***")
    capabilities: list[Capability]
    metadata: dict[str, Any]
    last_connected_at: datetime | None
    last_error: str
    connection_count: int
    error_count: int
    created_at: datetime
    updated_at: datetime

    @staticmethod
    def resolve_credentials(row: Connector) -> dict[str, str]:
        parts = secret_parts(ConnectorType(row.connector_type), row.config)
        return dict.fromkeys(parts, KEPT_SECRET) if row.credential_ref else {}

    @staticmethod
    def resolve_capabilities(row: Connector) -> list[Capability]:
        is_read_only = bool(row.config.get("is_read_only", False))
        return list(capabilities_of(ConnectorType(row.connector_type), is_read_only=is_read_only))


class ConnectorsOut(Schema):
    connectors: list[ConnectorOut]
    total: int
    limit: int
    offset: int
    has_more: bool


class ConnectorDeletedOut(Schema):
    success: bool = True
    connector_id: str


class ConnectorStatsOut(Schema):
    total: int
    by_status: dict[ConnectorStatus, int]
    by_type: dict[ConnectorType, int]
    total_connections: int
    total_errors: int


class ConnectorTestOut(Schema):
    success: bool
    connector_id: str
    latency_ms: int
    error: str
    details: list[dict[str, Any]] = Field(description="stage by stage")


class ParameterIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Key
    type: Kind = Kind.TEXT
    is_required: bool = True
    default: Any = None
    max_length: int | None = Field(default=None, ge=1)
    min: float | None = None
    max: float | None = None

    def parameter(self) -> Parameter:
        return Parameter(
            self.name, self.type, self.is_required, self.default, self.max_length, self.min,
            self.max,
        )  # fmt: skip


class ActionIn(BaseModel):
    """An action over HTTP has `method`, `path` and `request_schema`; one over SQL the others."""

    model_config = ConfigDict(extra="forbid")

    description: Annotated[str, StringConstraints(pattern=PLAIN, max_length=500)] = ""
    method: Method | None = None
    path: Annotated[str, StringConstraints(pattern=PLAIN, max_length=500)] = ""
    request_schema: dict[str, Any] = Field(default_factory=dict)
    sql: Annotated[str, StringConstraints(pattern=PLAIN, max_length=MAX_SQL)] = ""
    parameters: list[ParameterIn] = Field(default_factory=list, max_length=50)
    is_read_only: bool = True
    max_rows: int | None = Field(default=None, ge=1, le=MAX_ROWS)
    timeout_seconds: int | None = Field(default=None, ge=1, le=TIMEOUT_SECONDS)

    def wanted(self, name: str) -> connector_actions.Wanted:
        return connector_actions.Wanted(
            name=name, description=self.description, method=self.method or "", path=self.path,
            request_schema=self.request_schema, sql=self.sql,
            parameters=[one.parameter() for one in self.parameters],
            is_read_only=self.is_read_only, max_rows=self.max_rows,
            timeout_seconds=self.timeout_seconds,
        )  # fmt: skip


class ActionOut(Schema):
    """What may be called; neither the address nor the statement behind it."""

    name: str
    description: str
    input_schema: dict[str, Any]


class ActionsOut(Schema):
    actions: list[ActionOut]


class InvokeIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    action: Annotated[str, StringConstraints(pattern=PLAIN, min_length=1, max_length=128)]
    payload: dict[str, Any] = Field(default_factory=dict)
    dry_run: bool = Field(default=False, description="only tell what would be sent")


class InvokeOut(Schema):
    call_id: str
    connector_id: str
    action: str
    outcome: Outcome
    data: Any
    sent: dict[str, Any] = Field(description="what left, or would; secrets are masked")
    warnings: list[str]
    status_code: int | None
    row_count: int | None
    truncated: bool
    token_count: int = Field(description="characters sent and bytes received, a crude measure")
    duration_ms: int
