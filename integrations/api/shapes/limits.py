"""What a tenant chose for its limits, and higher ones for a while, as machines say it."""

from datetime import datetime
from typing import Annotated

from ninja import Schema
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from integrations.actions.limits import MAX_REASON, WantedRaise
from integrations.domain.enforcement import Limits
from integrations.domain.limits import MAX_LIMIT
from integrations.domain.states import FailMode
from m25console.api.schemas import PLAIN

type Limit = Annotated[int, Field(ge=0, le=MAX_LIMIT, description="0 leaves it as it is set")]


class SettingsIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    fail_mode: FailMode
    warn_at: list[int] = Field(max_length=100, description="percent of a month's limit")


class SettingsOut(Schema):
    fail_mode: FailMode
    warn_at: list[int]
    updated_at: datetime


class RaiseIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    budget_limit_cents: Limit = 0
    token_limit_month: Limit = 0
    rate_limit_rpm: Limit = 0
    until: AwareDatetime
    reason: Annotated[str, StringConstraints(pattern=PLAIN, min_length=1, max_length=MAX_REASON)]

    def wanted(self) -> WantedRaise:
        higher = Limits(self.budget_limit_cents, self.token_limit_month, self.rate_limit_rpm)
        return WantedRaise(higher, self.until, self.reason)


class RaiseOut(Schema):
    integration_id: str
    budget_limit_cents: int
    token_limit_month: int
    rate_limit_rpm: int
    until: datetime
    reason: str


class EnforcesOut(Schema):
    integration_id: str = Field(validation_alias="pk")
    enforces: bool = Field(description="whether its limits stop calls, or only observe")
