"""A tenant's own prices as machines read and enter them."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from ninja import Schema
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from integrations.actions.prices import MAX_DOLLARS, MAX_MODEL, MAX_REASON, WantedPrice
from m25console.api.schemas import PLAIN

type Dollars = Annotated[
    Decimal,
    Field(ge=0, le=MAX_DOLLARS, max_digits=12, decimal_places=8, description="of 1,000 tokens"),
]


class PriceIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    model: Annotated[str, StringConstraints(pattern=PLAIN, min_length=1, max_length=MAX_MODEL)]
    dollars_in: Dollars
    dollars_out: Dollars
    valid_from: AwareDatetime
    reason: Annotated[str, StringConstraints(pattern=PLAIN, min_length=1, max_length=MAX_REASON)]

    def wanted(self) -> WantedPrice:
        return WantedPrice(
            model=self.model, dollars_in=self.dollars_in, dollars_out=self.dollars_out,
            reason=self.reason, valid_from=self.valid_from,
        )  # fmt: skip


class PriceOut(Schema):
    id: str = Field(description="also the version of the price that a call is told with")
    model: str = Field(description="its name or its beginning, in small letters")
    dollars_in: Decimal = Field(description="of 1,000 tokens")
    dollars_out: Decimal = Field(description="of 1,000 tokens")
    reason: str
    valid_from: datetime
    ended_at: datetime | None
    created_at: datetime
