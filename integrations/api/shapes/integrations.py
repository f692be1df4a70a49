"""Integrations as machines read and set them; the key and how it is reached are never told."""

from datetime import datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from integrations.actions.integrations import MAX_MODEL, MAX_NAME, Wanted
from integrations.domain import health
from integrations.domain.configs import MAX_VALUE
from integrations.domain.limits import MAX_LIMIT
from integrations.domain.states import HealthState, IntegrationStatus, Provider
from integrations.models import Integration
from m25console.api.schemas import PLAIN

type Name = Annotated[
    str, StringConstraints(pattern=PLAIN, strip_whitespace=True, min_length=1, max_length=MAX_NAME)
]
type Model = Annotated[str, StringConstraints(pattern=PLAIN, max_length=MAX_MODEL)]
type Reference = Annotated[str, StringConstraints(pattern=PLAIN, max_length=32_768)]
type Limit = Annotated[int, Field(ge=0, le=MAX_LIMIT, strict=True)]
type Interval = Annotated[int, Field(ge=health.SOONEST, le=health.LATEST, strict=True)]
type Config = dict[
    Annotated[str, StringConstraints(pattern=PLAIN, max_length=64)],
    Annotated[str, StringConstraints(pattern=PLAIN, max_length=MAX_VALUE)],
]


class IntegrationIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name
    provider_type: Provider
    credential_ref: Reference = Field(description="cus-vault:// or encrypted://, never a key")
    config: Config = Field(default_factory=dict)
    default_model: Model | None = None
    budget_limit_cents: Limit = Field(default=0, description="a month; 0: no limit")
    token_limit_month: Limit = Field(default=0, description="0: no limit")
    rate_limit_rpm: Limit = Field(default=0, description="calls a minute; 0: no limit")
    enforces: bool = Field(default=True, description="false: limits only tell what they would stop")

    check_every_seconds: Interval = Field(default=health.EVERY, description="while it is enabled")

    def wanted(self) -> Wanted:
        return Wanted(
            name=self.name, provider=self.provider_type, credential_ref=self.credential_ref,
            config=self.config, default_model=self.default_model,
            budget_limit_cents=self.budget_limit_cents,
            token_limit_month=self.token_limit_month, rate_limit_rpm=self.rate_limit_rpm,
            enforces=self.enforces, check_every_seconds=self.check_every_seconds,
        )  # fmt: skip


class IntegrationChangeIn(BaseModel):
    """What is to change; the rest stays. `default_model` may be null, which clears it."""

    model_config = ConfigDict(extra="forbid")

    name: Name = ""
    credential_ref: Reference = ""
    config: Config = Field(default_factory=dict)
    default_model: Model | None = None
    budget_limit_cents: Limit = 0
    token_limit_month: Limit = 0
    rate_limit_rpm: Limit = 0
    enforces: bool = True
    check_every_seconds: Interval = health.EVERY

    def applied_to(self, row: Integration) -> Wanted:
        """The integration as it would be then."""
        now: dict[str, Any] = {
            "name": row.name,
            "credential_ref": row.credential_ref,
            "config": dict(row.config),
            "default_model": row.default_model,
            "budget_limit_cents": row.budget_limit_cents,
            "token_limit_month": row.token_limit_month,
            "rate_limit_rpm": row.rate_limit_rpm,
            "enforces": row.enforces,
            "check_every_seconds": row.check_every_seconds,
        }
        changes = {name: getattr(self, name) for name in self.model_fields_set}
        return Wanted(provider=Provider(row.provider_type), **(now | changes))


class IntegrationOut(Schema):
    id: str
    name: str
    provider_type: Provider
    status: IntegrationStatus
    health_state: HealthState
    default_model: str | None
    created_at: datetime


class IntegrationDetailOut(IntegrationOut):
    health_message: str
    health_checked_at: datetime | None
    budget_limit_cents: int
    token_limit_month: int
    rate_limit_rpm: int
    enforces: bool
    check_every_seconds: int
    updated_at: datetime


class IntegrationsOut(Schema):
    items: list[IntegrationOut]
    total: int
    limit: int
    offset: int
    has_more: bool


class PaginationOut(Schema):
    limit: int
    offset: int
    next_offset: int | None


class MetaOut(Schema):
    request_id: str
    correlation_id: str | None
    as_of: None = None


class StrictListOut(Schema):
    integrations: list[IntegrationOut]
    total: int
    has_more: bool
    pagination: PaginationOut
    generated_at: str
    meta: MetaOut


class StatusOut(Schema):
    integration_id: str
    status: IntegrationStatus
    message: str


class DeletedOut(Schema):
    deleted: bool = True
    integration_id: str


class HealthOut(Schema):
    integration_id: str
    health_state: HealthState
    health_message: str
    health_checked_at: datetime | None


class StageOut(Schema):
    name: str
    milliseconds: int
    is_good: bool
    told: str = ""


class TestOut(Schema):
    integration_id: str
    health_state: HealthState
    message: str
    error: str = Field(description="a short code; empty if there is none")
    latency_ms: int | None
    checked_at: datetime | None
    stages: list[StageOut]


class LimitsOut(Schema):
    """What is used of the month's limits; percents are of the limit and at most 100."""

    budget_limit_cents: int
    budget_used_cents: int
    budget_percent: float
    budget_exceeded: bool
    budget_warning: bool
    token_limit_month: int
    tokens_used_month: int
    token_percent: float
    token_exceeded: bool
    token_warning: bool
    rate_limit_rpm: int
    current_rpm: int
    rate_percent: float
    rate_exceeded: bool
    rate_warning: bool
    period_start: datetime
    period_end: datetime


class KeyOut(Schema):
    id: int
    prefix: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class KeyMadeOut(Schema):
    key: KeyOut
    text: str = Field(description="shown only now; send it as X-CUS-Integration-Key")
