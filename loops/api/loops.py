"""Loops: where they stand, what happened in them, and their story."""

from typing import Final

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from loops.api.finding import loop_of
from loops.api.shapes.loops import (
    EventOut,
    EventsOut,
    LoopOut,
    LoopQuery,
    NarrativeOut,
    RetryIn,
    narrative_out,
)
from loops.engine import resuming
from loops.models import LoopTrace
from loops.presenters.narratives import load_story
from m25console.access import actor_of
from m25console.api.bearer import DECIDES, READS
from m25console.api.bodies import read_model
from m25console.api.docs import body_of
from m25console.api.paging import Listing, Page, Paging, page_of
from m25console.api.schemas import refusals
from m25console.keyset import Order

NEWEST_FIRST: Final = Listing("loops", Order("started_at"))
LATEST_ACTIVE_FIRST: Final = Listing("loops-by-outcome", Order("last_activity_at"))

router = Router(tags=["loops"])


@router.get("/loops", auth=READS, response={200: Page[LoopOut], **refusals(400, 422)})
def list_loops(
    request: HttpRequest, wanted: Query[LoopQuery], paging: Query[Paging]
) -> Page[LoopOut]:
    """Loops, the latest begun first; those of one outcome, the latest active first.

    Needs the scope `read`.
    """
    rows = LoopTrace.objects.for_tenant(actor_of(request).tenant)
    listing = NEWEST_FIRST
    if wanted.outcome:
        rows, listing = rows.filter(outcome=wanted.outcome), LATEST_ACTIVE_FIRST
    return page_of(rows, LoopOut, listing=listing, paging=paging, request=request)


@router.get("/loops/{loop_id}", auth=READS, response={200: LoopOut, **refusals(404)})
def read_loop(request: HttpRequest, loop_id: str) -> LoopOut:
    """One loop, by its own id or its incident's. Needs the scope `read`."""
    return LoopOut.from_orm(loop_of(actor_of(request), loop_id))


@router.get("/loops/{loop_id}/events", auth=READS, response={200: EventsOut, **refusals(404)})
def read_events(request: HttpRequest, loop_id: str) -> EventsOut:
    """Every try of every stage, in their order. Needs the scope `read`."""
    trace = loop_of(actor_of(request), loop_id)
    items = [EventOut.from_orm(one) for one in trace.events.in_order()]
    return EventsOut.model_construct(loop_id=trace.pk, incident_id=trace.incident_id, items=items)


@router.get("/loops/{loop_id}/narrative", auth=READS, response={200: NarrativeOut, **refusals(404)})
def read_narrative(request: HttpRequest, loop_id: str) -> NarrativeOut:
    """The loop's story as it stands now, in sentences. Needs the scope `read`."""
    trace = loop_of(actor_of(request), loop_id)
    return narrative_out(trace, load_story(trace, now=timezone.now()).narrative)


@router.post(
    "/loops/{loop_id}/retry",
    auth=DECIDES,
    response={200: LoopOut, **refusals(400, 404, 409, 413, 415, 422)},
    openapi_extra=body_of(RetryIn),
)
def retry_loop(request: HttpRequest, loop_id: str) -> LoopOut:
    """Try the stage again at which a loop failed. Needs the scope `decide`."""
    actor = actor_of(request)
    wanted = read_model(request, RetryIn)
    trace = loop_of(actor, loop_id)
    return LoopOut.from_orm(
        resuming.retry(trace_id=trace.pk, stage=wanted.stage, by=actor, now=timezone.now())
    )
