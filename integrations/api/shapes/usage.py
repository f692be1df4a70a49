"""Usage and leave to call, as machines report, ask for and read them."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from ninja import Schema
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from integrations.actions.usage import Call
from integrations.domain import enforcement, usage
from integrations.domain.decisions import Finding
from integrations.domain.states import (
    Enforcement,
    FailMode,
    HealthState,
    IntegrationStatus,
    PolicyResult,
)
from m25console.api.schemas import PLAIN

MOST: int = 2**31 - 1  # of anything counted in one call


type CallId = Annotated[
    str, StringConstraints(pattern=PLAIN, min_length=1, max_length=usage.MAX_CALL_ID)
]
type Short = Annotated[
    str, StringConstraints(pattern=PLAIN, min_length=1, max_length=usage.MAX_PROVIDER)
]
type Counted = Annotated[int, Field(ge=0, le=MOST, strict=True)]


class UsageIn(BaseModel):
    """One call of a model; `occurred_at` at most seven days back."""

    model_config = ConfigDict(extra="forbid")

    integration_id: CallId
    call_id: CallId = Field(description="yours; the same once more changes nothing")
    provider: Short
    model: CallId
    tokens_in: Counted
    tokens_out: Counted
    cost_cents: Counted = Field(description="as you think; a listed model is priced here")
    session_id: UUID | None = None
    agent_id: CallId | None = None
    latency_ms: Counted | None = None
    policy_result: PolicyResult = PolicyResult.ALLOWED
    error_code: Short | None = None
    error_message: Annotated[str, StringConstraints(pattern=PLAIN, max_length=4000)] | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    occurred_at: datetime | None = None

    def call(self) -> Call:
        return Call(**{name: getattr(self, name) for name in type(self).model_fields})


class UsageBatchIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    records: list[dict[str, Any]] = Field(min_length=1, max_length=usage.MOST_AT_ONCE)


class UsageTakenOut(Schema):
    status: str = Field(description="accepted, or duplicate if this call was reported before")
    id: str | None
    call_id: str


class UsageFaultOut(Schema):
    index: int
    call_id: str | None
    message: str


class UsageBatchOut(Schema):
    """accepted + duplicates + errors = total."""

    accepted: int
    duplicates: int
    errors: int
    total: int
    faults: list[UsageFaultOut]


class UsageOfOut(Schema):
    integration_id: str
    name: str
    provider_type: str
    total_calls: int
    total_tokens: int
    total_cost_cents: int
    error_count: int


class SummaryOut(Schema):
    total_calls: int
    total_tokens_in: int
    total_tokens_out: int
    total_cost_cents: int
    avg_latency_ms: int | None = Field(description="null where no call told how long it took")
    error_count: int
    blocked_count: int
    unpriced_count: int = Field(description="calls of models whose price is not known")
    start: date
    end: date
    by_integration: list[UsageOfOut] | None


class UsageOut(Schema):
    id: str
    integration_id: str
    call_id: str
    provider: str
    model: str
    agent_id: str | None
    session_id: UUID | None
    tokens_in: int
    tokens_out: int
    cost_cents: int
    reported_cents: int
    price_version: str = Field(description="empty: the model is unpriced")
    latency_ms: int | None
    policy_result: PolicyResult
    error_code: str | None
    created_at: datetime


class OfIn(Schema):
    integration_id: CallId | None = None

    @property
    def narrowed(self) -> dict[str, str]:
        """The filter this makes: none without an id."""
        return {"integration_id": self.integration_id} if self.integration_id else {}


class SpanIn(OfIn):
    start: date | None = None
    end: date | None = None


class HistoryIn(OfIn):
    limit: int = Field(50, ge=1, le=1000)
    offset: int = Field(0, ge=0, le=1_000_000)


class HistoryMetaOut(Schema):
    total: int
    page: int
    page_size: int
    has_more: bool


class HistoryOut(Schema):
    items: list[UsageOut]
    meta: HistoryMetaOut


class DayOut(Schema):
    integration_id: str
    date: date
    total_calls: int
    total_tokens_in: int
    total_tokens_out: int
    total_cost_cents: int
    avg_latency_ms: int | None
    error_count: int
    blocked_count: int
    success_rate: float

    @staticmethod
    def resolve_success_rate(row: Any) -> float:
        return usage.success_rate(
            calls=row.total_calls, errors=row.error_count, blocked=row.blocked_count
        )


class CheckIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    integration_id: CallId
    estimated_cost_cents: Counted = 0
    estimated_tokens: Counted = 0

    def wanted(self) -> enforcement.Wanted:
        return enforcement.Wanted(self.estimated_cost_cents, self.estimated_tokens)


class CheckBatchIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    requests: list[CheckIn] = Field(min_length=1, max_length=enforcement.MOST_AT_ONCE)


class ReasonOut(Schema):
    code: str
    message: str
    limit_type: str
    limit_value: int | None
    current_value: int | None
    projected_value: int | None
    threshold_percent: float | None
    retry_after_seconds: int | None

    @classmethod
    def of(cls, reason: enforcement.Reason) -> Self:
        return cls(
            code=reason.code, message=reason.message, limit_type=reason.limit_type,
            limit_value=reason.limit_value, current_value=reason.current_value,
            projected_value=reason.projected_value, threshold_percent=reason.percent,
            retry_after_seconds=reason.retry_after_seconds,
        )  # fmt: skip


class DecisionOut(Schema):
    result: Enforcement
    integration_id: str
    tenant_id: str
    reasons: list[ReasonOut]
    degraded: bool
    would_be: Enforcement = Field(description="what limits that only observe would have said")
    policy_result: PolicyResult = Field(description="as which the call is reported as usage")
    decision_id: str = Field(description="of its record; empty for a plain yes")
    evaluated_at: datetime


class LookedOut(Schema):
    """One limit as it stood; figures are in its unit."""

    limit_type: str
    finding: Finding
    limit: int
    used: int | None
    projected: int | None = Field(description="with the call")
    counter: str = Field(description="the rows that were counted")
    begins: datetime
    ends: datetime


class DecisionRecordOut(Schema):
    """An answer that was not a plain yes, as it is kept for ninety days."""

    id: str
    integration_id: str
    result: Enforcement
    would_be: Enforcement
    degraded: bool
    enforces: bool = Field(description="whether its limits stop calls")
    fail_mode: FailMode
    rules: str = Field(description="their version")
    price_version: str
    raised_until: datetime | None
    reasons: list[dict[str, Any]]
    looked: list[LookedOut]
    wanted_cents: int
    wanted_tokens: int
    at: datetime


class MoneyLimitOut(Schema):
    limit_cents: int
    used_cents: int
    remaining_cents: int | None
    percent_used: float
    has_limit: bool


class TokenLimitOut(Schema):
    limit: int
    used: int
    remaining: int | None
    percent_used: float
    has_limit: bool


class RateLimitOut(Schema):
    limit_rpm: int
    current_rpm: int
    percent_used: float
    has_limit: bool


class EnforcementStatusOut(Schema):
    integration_id: str
    integration_status: IntegrationStatus
    health_state: HealthState
    budget: MoneyLimitOut
    tokens: TokenLimitOut
    rate: RateLimitOut
    period_start: datetime
    evaluated_at: datetime
