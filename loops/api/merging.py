"""Which failures are the same: merges, splits, and pairs told apart."""

from typing import Final

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from loops.actions import cannot_links, pattern_merges, pattern_splits
from loops.api.shapes.catalogue import PatternOut
from loops.api.shapes.merging import (
    ApartIn,
    CannotLinkOut,
    MergeIn,
    MergePreviewOut,
    MergeQuery,
    ReasonIn,
    SplitIn,
    preview_out,
)
from loops.models import CannotLink, FailurePattern
from loops.presenters.merging import merge_page
from m25console.access import Actor, actor_of
from m25console.api.bearer import DECIDES, READS
from m25console.api.bodies import read_model
from m25console.api.docs import body_of
from m25console.api.paging import Listing, Page, Paging, page_of
from m25console.api.schemas import refusals
from m25console.keyset import Order
from m25console.rows import found

NEWEST: Final = Listing("cannot-links", Order("at", tie_kind=int))

router = Router(tags=["learned"])


@router.get(
    "/patterns/{pattern_id}/merge",
    auth=READS,
    response={200: MergePreviewOut, **refusals(404, 422)},
)
def preview_merge(
    request: HttpRequest, pattern_id: str, asked: Query[MergeQuery]
) -> MergePreviewOut:
    """What merging these patterns into this one would do. Needs the scope `read`."""
    actor = actor_of(request)
    named = [_pattern(actor, one) for one in dict.fromkeys([pattern_id, *asked.patterns])]
    return preview_out(merge_page(named, into=pattern_id, actor=actor))


@router.post(
    "/patterns/{pattern_id}/merge",
    auth=DECIDES,
    response={200: PatternOut, **refusals(400, 404, 409, 413, 415, 422)},
    openapi_extra=body_of(MergeIn),
)
def merge(request: HttpRequest, pattern_id: str) -> PatternOut:
    """Merge patterns into this one. Where that switches a policy off or rewrites one, only the
    token of an admin may. Needs the scope `decide`."""
    actor = actor_of(request)
    wanted = read_model(request, MergeIn)
    heir = pattern_merges.merge(
        into=_pattern(actor, pattern_id).pk,
        pattern_ids=wanted.patterns,
        reason=wanted.reason,
        seen=wanted.seen,
        by=actor,
        now=timezone.now(),
    )
    return PatternOut.from_orm(heir)


@router.post(
    "/patterns/{pattern_id}/unmerge",
    auth=DECIDES,
    response={200: PatternOut, **refusals(400, 404, 409, 413, 415, 422)},
    openapi_extra=body_of(ReasonIn),
)
def unmerge(request: HttpRequest, pattern_id: str) -> PatternOut:
    """Make a merged pattern one of its own again, for good. Needs the scope `decide`."""
    actor = actor_of(request)
    wanted = read_model(request, ReasonIn)
    pattern = pattern_splits.unmerge(
        pattern_id=_pattern(actor, pattern_id).pk,
        reason=wanted.reason,
        by=actor,
        now=timezone.now(),
    )
    return PatternOut.from_orm(pattern)


@router.post(
    "/patterns/{pattern_id}/split",
    auth=DECIDES,
    response={200: PatternOut, **refusals(400, 404, 409, 413, 415, 422)},
    openapi_extra=body_of(SplitIn),
)
def split(request: HttpRequest, pattern_id: str) -> PatternOut:
    """Make a new pattern of some of this one's incidents; answers with the new one. Needs the
    scope `decide`."""
    actor = actor_of(request)
    wanted = read_model(request, SplitIn)
    made = pattern_splits.split(
        pattern_id=_pattern(actor, pattern_id).pk,
        incident_ids=wanted.incidents,
        reason=wanted.reason,
        by=actor,
        now=timezone.now(),
    )
    return PatternOut.from_orm(made)


@router.get("/cannot-links", auth=READS, response={200: Page[CannotLinkOut], **refusals(400, 422)})
def list_cannot_links(request: HttpRequest, paging: Query[Paging]) -> Page[CannotLinkOut]:
    """The pairs of patterns told apart, as they stand, the newest first. Needs the scope `read`."""
    rows = CannotLink.objects.for_tenant(actor_of(request).tenant).standing()
    return page_of(rows, CannotLinkOut, listing=NEWEST, paging=paging, request=request)


@router.post(
    "/patterns/{pattern_id}/cannot-links",
    auth=DECIDES,
    response={200: CannotLinkOut, **refusals(400, 404, 409, 413, 415, 422)},
    openapi_extra=body_of(ApartIn),
)
def tell_apart(request: HttpRequest, pattern_id: str) -> CannotLinkOut:
    """Keep this pattern and another from ever being made one. Needs the scope `decide`."""
    actor = actor_of(request)
    wanted = read_model(request, ApartIn)
    link = cannot_links.tell_apart(
        pattern_id=_pattern(actor, pattern_id).pk,
        other_id=wanted.other,
        reason=wanted.reason,
        by=actor,
        now=timezone.now(),
    )
    return CannotLinkOut.from_orm(link)


@router.post(
    "/cannot-links/{link_id}/lift",
    auth=DECIDES,
    response={200: CannotLinkOut, **refusals(400, 404, 409, 413, 415, 422)},
    openapi_extra=body_of(ReasonIn),
)
def lift(request: HttpRequest, link_id: int) -> CannotLinkOut:
    """Let a pair be merged again. Needs the scope `decide`."""
    actor = actor_of(request)
    wanted = read_model(request, ReasonIn)
    link = cannot_links.lift(link_id=link_id, reason=wanted.reason, by=actor, now=timezone.now())
    return CannotLinkOut.from_orm(link)


def _pattern(actor: Actor, pattern_id: str) -> FailurePattern:
    return found(FailurePattern.objects.for_tenant(actor.tenant), pattern_id, noun="pattern")
