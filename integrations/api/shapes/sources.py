"""Data sources as machines read and set them; there are marks in place of their secrets."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from integrations.actions.sources import MAX_DESCRIPTION, MAX_NAME, MAX_TAG, MOST_TAGS, Wanted
from integrations.api.shapes.integrations import Interval
from integrations.domain import source_configs
from integrations.domain.sources import SourceStatus, SourceType
from integrations.drivers.looking import Seen
from integrations.models import DataSource
from m25console.api.schemas import PLAIN
from m25console.vocabulary import Role

type Name = Annotated[
    str, StringConstraints(pattern=PLAIN, strip_whitespace=True, min_length=1, max_length=MAX_NAME)
]
type Description = Annotated[str, StringConstraints(pattern=PLAIN, max_length=MAX_DESCRIPTION)]
type Tag = Annotated[str, StringConstraints(pattern=PLAIN, min_length=1, max_length=MAX_TAG)]
type Tags = Annotated[list[Tag], Field(max_length=MOST_TAGS)]


class SourceChangeIn(BaseModel):
    """What is to change; the rest stays. In `config`, `***` keeps a secret and null clears."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    config: dict[str, Any] | None = None
    description: Description | None = None
    tags: Tags | None = None
    metadata: dict[str, Any] | None = None
    access_roles: list[Role] | None = Field(default=None, description="empty: open to all roles")
    check_every_seconds: Interval | None = Field(default=None, description="while it is active")

    def wanted(self) -> Wanted:
        return Wanted(
            name=self.name, config=self.config, description=self.description, tags=self.tags,
            metadata=self.metadata, access_roles=self.access_roles,
            check_every_seconds=self.check_every_seconds,
        )  # fmt: skip


class SourceIn(SourceChangeIn):
    name: Name
    source_type: str = Field(description=f"one of {', '.join(SourceType)}")


class TagIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    tag: Tag


class RoleIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    role: Role


class SourceOut(Schema):
    source_id: str = Field(alias="pk")
    tenant_id: str
    name: str
    source_type: SourceType
    config: dict[str, Any]
    status: SourceStatus
    description: str
    tags: list[str]
    metadata: dict[str, Any]
    access_roles: list[str] = Field(description="empty: open to all roles")
    check_every_seconds: int
    owner_id: int | None
    last_connected: datetime | None = Field(alias="last_connected_at")
    last_error: str
    connection_count: int
    error_count: int
    created_at: datetime
    updated_at: datetime

    @staticmethod
    def resolve_config(row: DataSource) -> Mapping[str, Any]:
        return source_configs.in_full(row.config)


class SourcesOut(Schema):
    sources: list[SourceOut]
    total: int
    limit: int
    offset: int


class SourceStatsOut(Schema):
    """How many there are, in every state, of every type, and how often they were reached."""

    total_sources: int
    active_sources: int
    inactive_sources: int
    error_sources: int
    pending_sources: int
    configuring_sources: int
    deprecated_sources: int
    sources_by_type: dict[str, int]
    total_connections: int
    total_errors: int


class SourceDeletedOut(Schema):
    success: bool = True
    source_id: str


class SourceStageOut(Schema):
    name: str
    milliseconds: int
    is_good: bool
    told: str
    is_warning: bool


class SourceDetailsOut(Schema):
    host: str | None
    type: SourceType


class SourceTestOut(Schema):
    success: bool
    message: str
    error: str = Field(description="the stage that failed; empty if none did")
    latency_ms: int
    details: SourceDetailsOut
    stages: list[SourceStageOut]
    names: list[str] = Field(description="some of what is there: tables, keys, objects")

    @classmethod
    def of(cls, row: DataSource, seen: Seen) -> "SourceTestOut":
        return cls(
            success=seen.is_good, message=seen.message, error=seen.error,
            latency_ms=seen.latency_ms, names=list(seen.names),
            details=SourceDetailsOut(
                host=row.config.get("host"), type=SourceType(row.source_type)
            ),
            stages=[
                SourceStageOut(
                    name=one.name, milliseconds=one.milliseconds, is_good=one.is_good,
                    told=one.told, is_warning=one.is_warning,
                )
                for one in seen.stages
            ],
        )  # fmt: skip
