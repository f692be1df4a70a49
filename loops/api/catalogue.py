"""What the loop has learned: patterns and policies; and figures."""

from dataclasses import asdict
from typing import Annotated, Final, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router
from pydantic import Field

from loops.api.shapes.catalogue import (
    PatternDetailOut,
    PatternOut,
    StatsOut,
)
from loops.models import FailurePattern
from loops.presenters.statistics import figures_of
from m25console.access import actor_of
from m25console.api.bearer import READS
from m25console.api.paging import Listing, Page, Paging, page_of
from m25console.api.schemas import refusals
from m25console.keyset import Order
from m25console.rows import found

PATTERN_LISTINGS: Final = {
    "latest": Listing("patterns-latest", Order("last_occurrence_at")),
    "frequent": Listing("patterns-frequent", Order("occurrence_count", kind=int)),
    "oldest": Listing("patterns-oldest", Order("created_at", rising=True)),
}
MAX_HOURS: Final = 720
type Hours = Annotated[int, Field(ge=1, le=MAX_HOURS)]

router = Router(tags=["learned"])


@router.get("/patterns", auth=READS, response={200: Page[PatternOut], **refusals(400, 422)})
def list_patterns(
    request: HttpRequest,
    paging: Query[Paging],
    order: Literal["latest", "frequent", "oldest"] = "latest",
) -> Page[PatternOut]:
    """The failures met before, without those merged into others. Needs the scope `read`.

    `latest` and `frequent` patterns move while incidents arrive; page by `oldest` to get them all.
    """
    rows = FailurePattern.objects.for_tenant(actor_of(request).tenant).known()
    return page_of(
        rows, PatternOut, listing=PATTERN_LISTINGS[order], paging=paging, request=request
    )


@router.get("/patterns/{pattern_id}", auth=READS, response={200: PatternDetailOut, **refusals(404)})
def read_pattern(request: HttpRequest, pattern_id: str) -> PatternDetailOut:
    """One pattern: what identifies it, how often it came, and how often people agreed with what
    was proposed for it. Needs the scope `read`."""
    rows = FailurePattern.objects.for_tenant(actor_of(request).tenant)
    return PatternDetailOut.from_orm(found(rows, pattern_id, noun="pattern"))


@router.get("/stats", auth=READS, response={200: StatsOut, **refusals(422)})
def read_stats(request: HttpRequest, hours: Hours = 24) -> StatsOut:
    """How the loops did in the last `hours` hours. Needs the scope `read`."""
    figures = figures_of(actor_of(request).tenant, hours=hours, now=timezone.now())
    return StatsOut(**asdict(figures))
