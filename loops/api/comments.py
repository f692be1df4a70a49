"""Remarks under a question."""

from typing import Final

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Status

from loops.actions import comments
from loops.api.shapes.comments import CommentIn, CommentOut
from loops.models import HumanCheckpoint
from loops.opinions import remarks_seen_by
from m25console.access import Actor, actor_of
from m25console.api.bearer import ACTS, READS
from m25console.api.bodies import read_model
from m25console.api.docs import body_of
from m25console.api.paging import Listing, Page, Paging, page_of
from m25console.api.schemas import refusals
from m25console.keyset import Order
from m25console.rows import found

OLDEST_FIRST: Final = Listing("checkpoint-comments", Order("at", rising=True, tie_kind=int))

router = Router(tags=["checkpoints"])


@router.get(
    "/checkpoints/{checkpoint_id}/comments",
    auth=READS,
    response={200: Page[CommentOut], **refusals(400, 404, 422)},
)
def list_comments(
    request: HttpRequest, checkpoint_id: str, paging: Query[Paging]
) -> Page[CommentOut]:
    """What was remarked, the oldest first. Needs the scope `read`."""
    actor = actor_of(request)
    rows = remarks_seen_by(actor).filter(checkpoint=_checkpoint(actor, checkpoint_id))
    rows = rows.select_related("author").prefetch_related("mentions__person")
    return page_of(rows, CommentOut, listing=OLDEST_FIRST, paging=paging, request=request)


@router.post(
    "/checkpoints/{checkpoint_id}/comments",
    auth=ACTS,
    response={201: CommentOut, **refusals(404, 413, 415, 422)},
    openapi_extra=body_of(CommentIn),
)
def add_comment(request: HttpRequest, checkpoint_id: str) -> Status[CommentOut]:
    """Leave a remark, in the name of the person who answers for the token.

    Members whose sign-in name follows an @ are mentioned. Needs the scope `decide`.
    """
    actor = actor_of(request)
    wanted = read_model(request, CommentIn)
    checkpoint = _checkpoint(actor, checkpoint_id)
    added = comments.add(
        checkpoint_id=checkpoint.pk, text=wanted.text, by=actor, now=timezone.now()
    )
    return Status(201, CommentOut.from_orm(added))


def _checkpoint(actor: Actor, checkpoint_id: str) -> HumanCheckpoint:
    return found(HumanCheckpoint.objects.for_tenant(actor.tenant), checkpoint_id, noun="checkpoint")
