"""A tenant's own prices in a configuration: those that hold, one of each model."""

from decimal import Decimal
from typing import Annotated, Final

from django.db.models import QuerySet
from pydantic import AfterValidator, Field

from integrations.actions import prices
from integrations.actions.prices import WantedPrice
from integrations.configuration.items import Importing, Item, Kind, Text
from integrations.configuration.stored import Stored
from integrations.models import OwnPrice
from m25console.models import Tenant

# A price that is changed is a new one, which holds from the import on.
type Dollars = Annotated[
    Decimal,
    Field(max_digits=14, decimal_places=8, allow_inf_nan=False),
    AfterValidator(lambda value: value.quantize(Decimal("1e-8"))),
]


class PriceItem(Item):
    model: Text
    dollars_in: Dollars
    dollars_out: Dollars
    reason: Text

    @property
    def key(self) -> str:
        return self.model.lower()


def _rows(tenant: Tenant) -> QuerySet[OwnPrice]:
    """The first that is read of a model is the one that holds."""
    mine = OwnPrice.objects.for_tenant(tenant).filter(ended_at__isnull=True)
    return mine.order_by("model", "-created_at", "-pk")


def _told(row: OwnPrice, _stored: Stored) -> PriceItem:
    return PriceItem(
        model=row.model, dollars_in=row.dollars_in, dollars_out=row.dollars_out, reason=row.reason
    )


def _put(item: PriceItem, _row: OwnPrice | None, importing: Importing) -> None:
    wanted = WantedPrice(
        model=item.model,
        dollars_in=item.dollars_in,
        dollars_out=item.dollars_out,
        reason=item.reason,
        valid_from=importing.now,
    )
    prices.enter(wanted=wanted, by=importing.by, now=importing.now)


KIND: Final = Kind("prices", "Own prices", PriceItem, _rows, _told, _put)
