"""What the person behind a token was told."""

from typing import Final

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from loops.actions import notifications
from loops.api.shapes.notifications import NotificationOut, ReadOut
from loops.domain.states import Event
from m25console.access import actor_of
from m25console.api.bearer import DECIDES, READS
from m25console.api.paging import Listing, Page, Paging, page_of
from m25console.api.schemas import refusals
from m25console.keyset import Order
from m25console.refusals import NotFound

NEWEST_FIRST: Final = Listing("notifications", Order("at", tie_kind=int))

router = Router(tags=["notifications"])


@router.get(
    "/notifications", auth=READS, response={200: Page[NotificationOut], **refusals(400, 422)}
)
def list_notifications(
    request: HttpRequest,
    paging: Query[Paging],
    event: Event | None = None,
    unread: bool = False,
) -> Page[NotificationOut]:
    """What the token's person was told, the newest first; nothing for a token that acts for
    nobody. Needs the scope `read`."""
    rows = notifications.notifications_of(actor_of(request)).select_related("happening")
    rows = rows.filter(happening__event=event) if event else rows
    rows = rows.unread() if unread else rows
    return page_of(rows, NotificationOut, listing=NEWEST_FIRST, paging=paging, request=request)


@router.post("/notifications/read", auth=DECIDES, response={200: ReadOut, **refusals()})
def read_all(request: HttpRequest) -> ReadOut:
    """Mark everything told so far as read. Needs the scope `decide`."""
    marked = notifications.mark_all_read(by=actor_of(request), now=timezone.now())
    return ReadOut(marked=marked)


@router.post(
    "/notifications/{notification_id}/read",
    auth=DECIDES,
    response={200: NotificationOut, **refusals(404)},
)
def read_one(request: HttpRequest, notification_id: str) -> NotificationOut:
    """Mark one as read. Needs the scope `decide`."""
    plain = notification_id.isascii() and notification_id.isdigit()
    if not plain or len(notification_id) > 18:
        raise NotFound("There is no such notification.")
    row = notifications.mark_read(
        number=int(notification_id), by=actor_of(request), now=timezone.now()
    )
    return NotificationOut.from_orm(row)
