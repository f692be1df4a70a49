"""Filters of the queue that people keep under a name."""

from typing import Final

from django.http import HttpRequest, QueryDict
from django.utils import timezone
from ninja import Query, Router, Status

from loops.actions import saved_views
from loops.api.shapes.saved_views import SavedViewChange, SavedViewIn, SavedViewOut
from loops.models import SavedView
from loops.presenters.queue_filters import filters_in, told
from m25console.access import actor_of
from m25console.api.bearer import DECIDES, READS
from m25console.api.bodies import read_model
from m25console.api.docs import body_of
from m25console.api.paging import Listing, Page, Paging, page_of
from m25console.api.schemas import refusals
from m25console.keyset import Order

NEWEST_FIRST: Final = Listing("saved-views", Order("created_at", tie_kind=int))

router = Router(tags=["checkpoints"])


@router.get("/saved-views", auth=READS, response={200: Page[SavedViewOut], **refusals(400, 422)})
def list_saved_views(request: HttpRequest, paging: Query[Paging]) -> Page[SavedViewOut]:
    """The views that the token's person keeps, and those that are shared; the newest first.

    Needs the scope `read`.
    """
    actor = actor_of(request)
    rows = SavedView.objects.for_tenant(actor.tenant).visible_to(actor.user).select_related("owner")
    return page_of(rows, SavedViewOut, listing=NEWEST_FIRST, paging=paging, request=request)


@router.post(
    "/saved-views",
    auth=DECIDES,
    response={201: SavedViewOut, **refusals(400, 413, 415, 422)},
    openapi_extra=body_of(SavedViewIn),
)
def save_view(request: HttpRequest) -> Status[SavedView]:
    """Keep filters of the queue under a name; what the queue does not know is left out.

    422 for a name that the person has given before. Needs the scope `decide`.
    """
    wanted = read_model(request, SavedViewIn)
    view = saved_views.save(
        name=wanted.name,
        query=told(filters_in(QueryDict(wanted.query))),
        is_shared=wanted.is_shared,
        by=actor_of(request),
        now=timezone.now(),
    )
    return Status(201, view)


@router.patch(
    "/saved-views/{view_id}",
    auth=DECIDES,
    response={200: SavedViewOut, **refusals(400, 404, 413, 415, 422)},
    openapi_extra=body_of(SavedViewChange),
)
def change_view(request: HttpRequest, view_id: int) -> SavedViewOut:
    """Give a view another name, other filters or both: one's own, or as an admin one that is
    shared. Needs the scope `decide`.
    """
    wanted = read_model(request, SavedViewChange)
    view = saved_views.change(
        view_id=view_id,
        name=wanted.name,
        query=None if wanted.query is None else told(filters_in(QueryDict(wanted.query))),
        by=actor_of(request),
        now=timezone.now(),
    )
    return SavedViewOut.from_orm(view)


@router.delete(
    "/saved-views/{view_id}", auth=DECIDES, response={200: SavedViewOut, **refusals(404)}
)
def delete_view(request: HttpRequest, view_id: int) -> SavedViewOut:
    """Forget a view: one's own, or as an admin one that is shared; the answer is what it was.

    Needs the scope `decide`.
    """
    view = saved_views.delete(view_id=view_id, by=actor_of(request), now=timezone.now())
    return SavedViewOut.from_orm(view)
