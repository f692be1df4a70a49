"""Lists in pages: a cursor names the last row seen, so rows that come or go shift nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from django.core import signing
from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import Field

from m25console.api.errors import BadRequest

MAX_LIMIT: Final = 200


class Paging(Schema):
    """Which part of a list is wanted."""

    limit: int = Field(50, ge=1, le=MAX_LIMIT, description="rows in a page")
    cursor: str = Field("", max_length=500, description="`next_cursor` of the page before")


type PagingQuery = Annotated[Paging, Query(...)]


class Page[T](Schema):
    """One page of a list; the last one has no `next`."""

    items: list[T]
    next_cursor: str | None = Field(None, description="pass it as `cursor` for the next page")
    next: str | None = Field(None, description="the address of the next page")


@dataclass(frozen=True)
class Order:
    """How a list is sorted: by one column, then by primary key, both the same way.

    `name` keeps a cursor from being used with another list or another order.
    """

    name: str
    column: str
    ascending: bool = False

    @property
    def fields(self) -> tuple[str, str]:
        sign = "" if self.ascending else "-"
        return f"{sign}{self.column}", f"{sign}pk"


def page_of[M: models.Model, T](
    rows: models.QuerySet[M],
    shown: Callable[[M], T],
    *,
    order: Order,
    paging: Paging,
    request: HttpRequest,
) -> Page[T]:
    """The page of `rows` after the cursor, each row as `shown` puts it; one query.

    Raises BadRequest for a cursor that this list did not give out.
    """
    if paging.cursor:
        rows = rows.filter(_after(order, _opened(paging.cursor, order)))
    found = list(rows.order_by(*order.fields)[: paging.limit + 1])
    page = found[: paging.limit]
    cursor = _sealed(page[-1], order) if len(found) > paging.limit else None
    return Page[Any](
        items=[shown(one) for one in page],
        next_cursor=cursor,
        next=_address(request, cursor) if cursor else None,
    )


def _after(order: Order, last: tuple[Any, str]) -> Q:
    """The rows after `last`. The first condition is implied; it is the one an index can use."""
    value, pk = last
    way = "gt" if order.ascending else "lt"
    within = Q(**{f"{order.column}__{way}e": value})
    return within & (Q(**{f"{order.column}__{way}": value}) | Q(**{f"pk__{way}": pk}))


def _sealed(row: models.Model, order: Order) -> str:
    value = getattr(row, order.column)
    kept = value.isoformat() if isinstance(value, datetime) else value
    return signing.dumps([kept, row.pk], salt=f"cursor:{order.name}")


def _opened(cursor: str, order: Order) -> tuple[Any, str]:
    try:
        value, pk = signing.loads(cursor, salt=f"cursor:{order.name}")
    except signing.BadSignature:
        raise BadRequest("This cursor is not one of this list; start without one.") from None
    return (datetime.fromisoformat(value) if isinstance(value, str) else value), pk


def _address(request: HttpRequest, cursor: str) -> str:
    query = request.GET.copy()
    query["cursor"] = cursor
    return f"{request.path}?{query.urlencode()}"
