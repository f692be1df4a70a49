"""A tenant's own prices: what they are, one more, and the end of one."""

from typing import Final

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Status

from integrations.actions import prices
from integrations.api.shapes.prices import PriceIn, PriceOut
from integrations.models import OwnPrice
from m25console.access import actor_of
from m25console.api.bearer import DECIDES, READS
from m25console.api.bodies import read_model
from m25console.api.docs import body_of
from m25console.api.paging import Listing, Page, Paging, page_of
from m25console.api.schemas import refusals
from m25console.keyset import Order
from m25console.rows import found

PRICES: Final = Listing("prices", Order())
router = Router(tags=["prices"])


@router.get("/prices", auth=READS, response={200: Page[PriceOut], **refusals(400, 422)})
def list_prices(request: HttpRequest, paging: Query[Paging]) -> Page[PriceOut]:
    """The tenant's own prices, ended ones too, latest first. Needs the scope `read`."""
    rows = OwnPrice.objects.for_tenant(actor_of(request).tenant)
    return page_of(rows, PriceOut, listing=PRICES, paging=paging, request=request)


@router.post(
    "/prices",
    auth=DECIDES,
    response={201: PriceOut, **refusals(409, 413, 415, 422)},
    openapi_extra=body_of(PriceIn),
)
def enter(request: HttpRequest) -> Status[OwnPrice]:
    """Enter a price for calls reported from now on, in the name of an admin. Needs the scope
    `decide`."""
    wanted = read_model(request, PriceIn).wanted()
    return Status(201, prices.enter(wanted=wanted, by=actor_of(request), now=timezone.now()))


@router.post("/prices/{price_id}/end", auth=DECIDES, response={200: PriceOut, **refusals(404, 409)})
def end(request: HttpRequest, price_id: str) -> OwnPrice:
    """Let a price hold no longer, in the name of an admin. Needs the scope `decide`."""
    actor = actor_of(request)
    row = found(OwnPrice.objects.for_tenant(actor.tenant), price_id, noun="price")
    return prices.end(price_id=row.pk, by=actor, now=timezone.now())
