"""Lists in pages: a signed cursor names the last row seen, and rows that come shift nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.core import signing
from django.db import models
from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from m25console import keyset
from m25console.api.errors import BadRequest

MAX_LIMIT: Final = 200


class Paging(Schema):
    """Which part of a list is wanted."""

    limit: int = Field(50, ge=1, le=MAX_LIMIT, description="rows in a page")
    cursor: str = Field("", max_length=500, description="`next_cursor` of the page before")


class Page[T](Schema):
    """One page of a list; the last one has no `next`."""

    items: list[T]
    next_cursor: str | None = Field(None, description="pass it as `cursor` for the next page")
    next: str | None = Field(None, description="the address of the next page")


@dataclass(frozen=True)
class Listing:
    """A list in one order; its `name` keeps a cursor from being used with another."""

    name: str
    order: keyset.Order


def page_of[M: models.Model, S: Schema](
    rows: models.QuerySet[M],
    shape: type[S],
    *,
    listing: Listing,
    paging: Paging,
    request: HttpRequest,
    context: Mapping[str, Any] | None = None,
) -> Page[S]:
    """The page of `rows` after the cursor, each in this shape; one query.

    `context` is handed to the shape. Raises BadRequest for a cursor that this list did not
    give out.
    """
    order = listing.order
    if paging.cursor:
        rows = rows.filter(order.after(_opened(paging.cursor, listing)))
    found = list(rows.order_by(*order.names())[: paging.limit + 1])
    page = found[: paging.limit]
    cursor = _sealed(order.key_of(page[-1]), listing) if len(found) > paging.limit else None
    return Page[shape].model_construct(  # type: ignore[valid-type]  # known when it runs
        items=[shape.model_validate(one, context=context) for one in page],
        next_cursor=cursor,
        next=_address(request, cursor) if cursor else None,
    )


def _sealed(key: str, listing: Listing) -> str:
    return signing.Signer(salt=f"cursor:{listing.name}").sign(key)


def _opened(cursor: str, listing: Listing) -> str:
    try:
        return signing.Signer(salt=f"cursor:{listing.name}").unsign(cursor)
    except signing.BadSignature:
        raise BadRequest("This cursor is not one of this list; start without one.") from None


def _address(request: HttpRequest, cursor: str) -> str:
    query = request.GET.copy()
    query["cursor"] = cursor
    return f"{request.path}?{query.urlencode()}"
