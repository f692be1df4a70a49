"""Claims, snoozes, answers to many questions and delegations, as machines read and send them."""

from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import AwareDatetime, BaseModel, Field

from loops.domain.bulk import MOST
from loops.domain.checkpoints import MAX_NOTE
from loops.domain.delegating import MAX_REASON
from loops.domain.states import BulkAct, ItemState, RejectReason
from loops.models import BulkRun
from m25console.api.schemas import PLAIN, Links


class ClaimIn(BaseModel):
    take_over: bool = Field(False, description="take it from whoever has claimed it")


class SnoozeIn(BaseModel):
    until: AwareDatetime = Field(description="at most 30 days ahead")


class SnoozeOut(Schema):
    checkpoint_id: str
    until: datetime


class ChosenIn(BaseModel):
    checkpoint_id: str = Field(max_length=64, pattern=PLAIN)
    contract_digest: str = Field(
        min_length=64, max_length=64, pattern=PLAIN, description="of the checkpoint as it was read"
    )


class BulkIn(BaseModel):
    act: BulkAct
    checkpoints: list[ChosenIn] = Field(min_length=1, max_length=MOST)
    note: str = Field("", max_length=MAX_NOTE, pattern=PLAIN, description="needed to reject")
    reason_code: RejectReason | None = None
    until: AwareDatetime | None = Field(None, description="of a snooze")
    despite_claim: bool = Field(False, description="also those a colleague has claimed")
    on_behalf_of: str = Field(
        "", max_length=254, description="sign-in name of who lent you their place; see /delegations"
    )


class BulkItemOut(Schema):
    checkpoint_id: str
    state: ItemState
    told: str = Field(description="what came of it, or why it was skipped")


class BulkRunOut(Schema):
    """Load the run with its items, in their order."""

    bulk_number: int = Field(validation_alias="pk")
    act: BulkAct
    total: int
    is_finished: bool = Field(description="while false, look again at `links.self`")
    created_at: datetime
    finished_at: datetime | None
    items: list[BulkItemOut]
    links: Links

    @staticmethod
    def resolve_is_finished(one: BulkRun) -> bool:
        return one.finished_at is not None

    @staticmethod
    def resolve_items(one: BulkRun) -> list[Any]:
        return list(one.items.all())

    @staticmethod
    def resolve_links(one: BulkRun) -> Links:
        return {"self": f"/api/v1/checkpoints/bulk/{one.pk}"}


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
