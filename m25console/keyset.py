"""Pages of long lists: each begins where a row of the last one ended, whatever arrived since.

A key names a row's place in the order, so it stays good when rows come and go around it.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from typing import Any, Final
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Model, Q, QuerySet

SIZE: Final = 50  # rows on a page
COUNTED_AT_MOST: Final = 1000
OLDER: Final = "older"  # the name in the address of the key after which a page begins
NEWER: Final = "newer"  # the same for the page before a key
PLACE_NAMES: Final = (OLDER, NEWER, "partial", "since")


@dataclass(frozen=True)
class Order:
    """A column and the id that makes it unique, both falling unless the list is `rising`; an
    index must serve them. A `lead` is a column of whole numbers that is looked at first and
    always falls. In a rising list "older" names what comes later in the list."""

    column: str = "created_at"
    tie: str = "id"
    rising: bool = False
    kind: type[datetime] | type[int] = datetime  # of what the column holds
    tie_kind: type[str] | type[int] = str
    lead: str = ""

    def key_of(self, row: Model) -> str:
        """The row's place in this order, as text for an address."""
        value = _follow(row, self.column)
        told = value.isoformat() if isinstance(value, datetime) else value
        first = [_follow(row, self.lead)] if self.lead else []
        text = json.dumps([*first, told, _follow(row, self.tie)], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def after(self, key: str) -> Q:
        """The rows that come later in the list; every row for a key that cannot be read."""
        return self._beyond(key, later=True)

    def before(self, key: str) -> Q:
        """The rows that come earlier in the list; every row for a key that cannot be read."""
        return self._beyond(key, later=False)

    def names(self, *, reverse: bool = False) -> tuple[str, ...]:
        sign = "" if reverse != self.rising else "-"
        lead = (f"{'' if reverse else '-'}{self.lead}",) if self.lead else ()
        return *lead, f"{sign}{self.column}", f"{sign}{self.tie}"

    def _beyond(self, key: str, *, later: bool) -> Q:
        read = _read(key)
        if read is None or len(read) != (3 if self.lead else 2):
            return Q()
        *lead, value, tie = read
        if not isinstance(value, self.kind) or not isinstance(tie, self.tie_kind):
            return Q()
        beyond = _further(self.column, value, "gt" if self.rising == later else "lt", self.tie, tie)
        if not lead:
            return beyond
        side = "lt" if later else "gt"
        tied = Q(**{self.lead: lead[0]}) & beyond
        return Q(**{f"{self.lead}__{side}e": lead[0]}) & (
            Q(**{f"{self.lead}__{side}": lead[0]}) | tied
        )


@dataclass(frozen=True)
class Place:
    """Which page is wanted: the one after a key, the one before it, or the first."""

    older: str = ""
    newer: str = ""

    @property
    def backwards(self) -> bool:
        return bool(self.newer) and not self.older


@dataclass(frozen=True)
class Page[Row: Model]:
    """Some rows in their order. `newer` and `older` are keys, empty where the list ends."""

    rows: list[Row]
    newer: str
    older: str
    first: str  # the first row's key, also on the first page; empty without rows


def place_in(query: Mapping[str, str]) -> Place:
    """The place an address names; an unreadable key counts as none."""
    older, newer = query.get(OLDER, ""), query.get(NEWER, "")
    return Place(older=older if _read(older) else "", newer=newer if _read(newer) else "")


def window[Row: Model](
    rows: QuerySet[Row], *, order: Order, place: Place, size: int = SIZE
) -> QuerySet[Row]:
    """The rows a page needs, one more than it shows; of a page before a key, nearest first."""
    beyond = order.before(place.newer) if place.backwards else order.after(place.older)
    return rows.filter(beyond).order_by(*order.names(reverse=place.backwards))[: size + 1]


def page[Row: Model](
    rows: QuerySet[Row], *, order: Order, place: Place, size: int = SIZE
) -> Page[Row]:
    """The wanted page: one query, or two if it would be the first and not full."""
    found = list(window(rows, order=order, place=place, size=size))
    if place.backwards and len(found) <= size:
        place = Place()
        found = list(window(rows, order=order, place=place, size=size))
    return page_of(found, order=order, place=place, size=size)


def page_of[Row: Model](
    found: list[Row], *, order: Order, place: Place, size: int = SIZE
) -> Page[Row]:
    """The page made of what `window` found."""
    more, shown = len(found) > size, found[:size]
    if place.backwards:
        shown.reverse()
    has_newer = more if place.backwards else bool(place.older)
    has_older = bool(shown) if place.backwards else more
    first = order.key_of(shown[0]) if shown else ""
    last = order.key_of(shown[-1]) if shown else ""
    # An empty page after the end still leads back: everything before its own key.
    back = first or place.older
    return Page(shown, back if has_newer else "", last if has_older else "", first)


def counted(rows: QuerySet[Any], *, at_most: int = COUNTED_AT_MOST) -> str:
    """How many rows there are, as text such as "7" or "1,000+"; reads no further than that."""
    return bounded(rows.order_by()[: at_most + 1].count(), at_most)


def each_counted(*lists: QuerySet[Any], at_most: int = COUNTED_AT_MOST) -> list[str]:
    """How many rows each of these has, as `counted` says it; one query for all of them."""
    parts: list[str] = []
    values: list[Any] = []
    for rows in lists:
        sql, needed = rows.order_by().values("pk")[: at_most + 1].query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS counted)")  # noqa: S608 - Django wrote it
        values.extend(needed)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        found = cursor.fetchall()[0]
    return [bounded(number, at_most) for number in found]


def bounded(number: int, at_most: int) -> str:
    """A count as text, of what was counted no further than to one more than that."""
    return f"{at_most:,}+" if number > at_most else f"{number:,}"


def address(query: Mapping[str, str], **changes: str) -> str:
    """The query string of a list with its filters, at another place; at its begin without one.
    An empty change takes its name away."""
    kept = {name: value for name, value in query.items() if name not in PLACE_NAMES and value}
    kept = {name: value for name, value in (kept | changes).items() if value}
    return f"?{urlencode(kept)}"


def links(query: Mapping[str, str], page: Page[Any]) -> dict[str, str]:
    """The addresses around a page, for a template: newest_url, previous_url and next_url."""
    return {
        "newest_url": address(query),
        "previous_url": address(query, **{NEWER: page.newer}) if page.newer else "",
        "next_url": address(query, **{OLDER: page.older}) if page.older else "",
    }


def _further(column: str, value: datetime | int, side: str, tie: str, tied: str | int) -> Q:
    # The first condition is implied by the second; it bounds the index scan.
    return Q(**{f"{column}__{side}e": value}) & (
        Q(**{f"{column}__{side}": value}) | Q(**{f"{tie}__{side}": tied})
    )


def _read(key: str) -> tuple[datetime | int | str, ...] | None:
    try:
        *lead, value, tie = json.loads(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)))
        place = _moment(value) if isinstance(value, str) else value
    except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError):
        return None
    known = isinstance(place, datetime) or _is_whole(place)
    can_be_id = (isinstance(tie, str) and tie.isprintable()) or (
        type(tie) is int and 0 < tie < 2**63
    )
    led = len(lead) <= 1 and all(_is_whole(one) for one in lead)
    return (*lead, place, tie) if known and can_be_id and led else None


def _is_whole(value: object) -> bool:
    return type(value) is int and abs(value) < 2**31


def _moment(text: str) -> datetime:
    """In UTC, since PostgreSQL knows fewer zones. Raises ValueError, OverflowError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("A moment without its zone names no place.")
    return moment.astimezone(UTC)


def _follow(row: Model, path: str) -> Any:
    return reduce(getattr, path.split("__"), row)
