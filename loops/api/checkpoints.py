"""What waits for a person, and deciding it."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from loops.actions.delegations import standing_of
from loops.api.shapes.checkpoints import (
    CheckpointOut,
    CheckpointQuery,
    DecisionIn,
    DecisionOut,
    decision_out,
    resolver_of,
)
from loops.engine import holds, resuming
from loops.models import HumanCheckpoint
from loops.models.checkpoints import HumanCheckpointQuerySet
from loops.permissions import AlreadyDecided
from loops.presenters import queue_filters, queue_rows
from m25console.access import Actor, actor_of
from m25console.api.bearer import ACTS, READS
from m25console.api.bodies import read_model
from m25console.api.docs import body_of
from m25console.api.errors import error_answer
from m25console.api.paging import Listing, Page, Paging, page_of
from m25console.api.schemas import refusals
from m25console.rows import found

LATEST_DECIDED_FIRST: Final = Listing("checkpoints-resolved", queue_rows.DECIDED)
PENDING: Final = {
    sort: Listing(f"checkpoints-pending-{sort}", order) for sort, order in queue_rows.ORDERS.items()
}

router = Router(tags=["checkpoints"])


@router.get("/checkpoints", auth=READS, response={200: Page[CheckpointOut], **refusals(400, 422)})
def list_checkpoints(
    request: HttpRequest, wanted: Query[CheckpointQuery], paging: Query[Paging]
) -> Page[CheckpointOut]:
    """Pending ones, the longest waiting first; or resolved ones, the latest decided first.

    Filters and orders are those of the queue's page, but what the token's person snoozed is
    among them. Needs the scope `read`.
    """
    filters = wanted.filters()
    rows = queue_filters.wanted(actor_of(request), filters, now=timezone.now(), all_seen=True)
    return page_of(
        rows.select_related("resolved_by", "claimed_by").defer("words"),
        CheckpointOut,
        listing=LATEST_DECIDED_FIRST if filters.decided else PENDING[filters.sort],
        paging=paging,
        request=request,
    )


@router.get(
    "/checkpoints/{checkpoint_id}", auth=READS, response={200: CheckpointOut, **refusals(404)}
)
def read_checkpoint(request: HttpRequest, checkpoint_id: str) -> CheckpointOut:
    """What is asked, and the answer if there is one. Needs the scope `read`."""
    return CheckpointOut.from_orm(found(_rows(actor_of(request)), checkpoint_id, noun="checkpoint"))


@router.post(
    "/checkpoints/{checkpoint_id}/resolve",
    auth=ACTS,
    response={200: DecisionOut, **refusals(400, 404, 409, 413, 415, 422)},
    openapi_extra=body_of(DecisionIn),
)
def resolve_checkpoint(request: HttpRequest, checkpoint_id: str) -> DecisionOut | HttpResponse:
    """Decide, in the name of the person who answers for the token; the loop goes on at once.

    Needs the scope `decide`. 409 `already_decided` says by whom, when and how; 409
    `stale_contract` means that what you read has changed; 409 `claimed` that a colleague looks at
    it, which `despite_claim` overrules.
    """
    wanted, now = read_model(request, DecisionIn), timezone.now()
    actor = standing_of(actor_of(request), for_whom=wanted.on_behalf_of, now=now).actor
    found(_rows(actor), checkpoint_id, noun="checkpoint")
    holds.carry_out_due_on(checkpoint_id, by=actor, now=now)
    try:
        decision = resuming.resolve(
            checkpoint_id=checkpoint_id,
            resolution=wanted.resolution,
            note=wanted.note,
            by=actor,
            now=now,
            seen_digest=wanted.contract_digest,
            despite_claim=wanted.despite_claim,
            reason_code=wanted.reason_code,
        )
    except AlreadyDecided as refused:
        return _already_decided(found(_rows(actor), checkpoint_id, noun="checkpoint"), refused)
    return decision_out(decision)


def _rows(actor: Actor) -> HumanCheckpointQuerySet:
    return HumanCheckpoint.objects.for_tenant(actor.tenant).select_related(
        "resolved_by", "claimed_by"
    )


def _already_decided(one: HumanCheckpoint, refused: AlreadyDecided) -> HttpResponse:
    return error_answer(
        status=refused.status_code,
        code=refused.code,
        message=str(refused),
        decided_by=resolver_of(one),
        decided_at=one.resolved_at,
        resolution=one.resolution,
    )
