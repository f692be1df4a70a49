"""Claims, snoozes, answers to many questions and delegations, as machines read and send them."""

from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import AwareDatetime, BaseModel, Field

from loops.domain.delegating import MAX_REASON
from m25console.api.schemas import PLAIN


class ClaimIn(BaseModel):
    take_over: bool = Field(False, description="take it from whoever has claimed it")


class SnoozeIn(BaseModel):
    until: AwareDatetime = Field(description="at most 30 days ahead")


class SnoozeOut(Schema):
    checkpoint_id: str
    until: datetime


class DelegationIn(BaseModel):
    delegate: str = Field(max_length=254, description="sign-in name of the one who stands in")
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    reason: str = Field(max_length=MAX_REASON, pattern=PLAIN)


class DelegationOut(Schema):
    """Load the delegation with both people."""

    delegation_id: int = Field(validation_alias="pk")
    delegator: str
    delegate: str
    reason: str
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None = Field(description="when it was taken back, if it was")
    created_at: datetime

    @staticmethod
    def resolve_delegator(one: Any) -> str:
        return str(one.delegator.username)

    @staticmethod
    def resolve_delegate(one: Any) -> str:
        return str(one.delegate.username)
