"""What reviewers do with a question besides answering it, and who stands in for them."""

from typing import Final

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Status

from loops.actions import claims, delegations, snoozes
from loops.api.shapes.checkpoints import CheckpointOut
from loops.api.shapes.reviewing import (
    ClaimIn,
    DelegationIn,
    DelegationOut,
    SnoozeIn,
    SnoozeOut,
)
from loops.models import Delegation
from m25console.access import Actor, actor_of
from m25console.api.bearer import ACTS, DECIDES, READS
from m25console.api.bodies import read_model
from m25console.api.docs import body_of
from m25console.api.paging import Listing, Page, Paging, page_of
from m25console.api.schemas import refusals
from m25console.keyset import Order

NEWEST_FIRST: Final = Listing("delegations", Order("created_at", tie_kind=int))

router = Router(tags=["checkpoints"])


@router.post(
    "/checkpoints/{checkpoint_id}/claim",
    auth=ACTS,
    response={200: CheckpointOut, **refusals(400, 404, 409, 413, 415, 422)},
    openapi_extra=body_of(ClaimIn),
)
def claim_checkpoint(request: HttpRequest, checkpoint_id: str) -> CheckpointOut:
    """Say that you look at it, until `claimed_until`; 409 `claimed` if a colleague does.

    Needs the scope `decide`.
    """
    by, wanted = _standing(request), read_model(request, ClaimIn)
    claimed = claims.claim(
        checkpoint_id=checkpoint_id, by=by, now=timezone.now(), take_over=wanted.take_over
    )
    return CheckpointOut.from_orm(claimed)


@router.post(
    "/checkpoints/{checkpoint_id}/release",
    auth=ACTS,
    response={200: CheckpointOut, **refusals(404, 409)},
)
def release_checkpoint(request: HttpRequest, checkpoint_id: str) -> CheckpointOut:
    """Give your claim back. Needs the scope `decide`."""
    by = _standing(request)
    released = claims.release(checkpoint_id=checkpoint_id, by=by, now=timezone.now())
    return CheckpointOut.from_orm(released)


@router.post(
    "/checkpoints/{checkpoint_id}/snooze",
    auth=ACTS,
    response={200: SnoozeOut, **refusals(400, 404, 409, 413, 415, 422)},
    openapi_extra=body_of(SnoozeIn),
)
def snooze_checkpoint(request: HttpRequest, checkpoint_id: str) -> SnoozeOut:
    """Hide it from your own queue until a moment; nobody else notices. Needs the scope `decide`."""
    by, wanted = _standing(request), read_model(request, SnoozeIn)
    row = snoozes.snooze(checkpoint_id=checkpoint_id, until=wanted.until, by=by, now=timezone.now())
    return SnoozeOut.from_orm(row)


@router.delete(
    "/checkpoints/{checkpoint_id}/snooze",
    auth=ACTS,
    response={200: CheckpointOut, **refusals(404)},
)
def wake_checkpoint(request: HttpRequest, checkpoint_id: str) -> CheckpointOut:
    """Have it back in your queue; fine if it was never away. Needs the scope `decide`."""
    woken = snoozes.wake(checkpoint_id=checkpoint_id, by=_standing(request), now=timezone.now())
    return CheckpointOut.from_orm(woken)


@router.get("/delegations", auth=READS, response={200: Page[DelegationOut], **refusals(400, 422)})
def list_delegations(request: HttpRequest, paging: Query[Paging]) -> Page[DelegationOut]:
    """Who stands, stood or will stand in for whom, the latest agreed first.

    Needs the scope `read`.
    """
    rows = Delegation.objects.for_tenant(actor_of(request).tenant)
    rows = rows.select_related("delegator", "delegate")
    return page_of(rows, DelegationOut, listing=NEWEST_FIRST, paging=paging, request=request)


@router.post(
    "/delegations",
    auth=DECIDES,
    response={201: DelegationOut, **refusals(400, 409, 413, 415, 422)},
    openapi_extra=body_of(DelegationIn),
)
def give_delegation(request: HttpRequest) -> Status[DelegationOut]:
    """Have a colleague decide in your place between two moments. Needs the scope `decide`."""
    wanted = read_model(request, DelegationIn)
    given = delegations.give(
        to=wanted.delegate,
        starts_at=wanted.starts_at,
        ends_at=wanted.ends_at,
        reason=wanted.reason,
        by=actor_of(request),
        now=timezone.now(),
    )
    return Status(201, DelegationOut.from_orm(given))


@router.delete(
    "/delegations/{delegation_id}",
    auth=DECIDES,
    response={200: DelegationOut, **refusals(404, 409)},
)
def end_delegation(request: HttpRequest, delegation_id: int) -> DelegationOut:
    """Take it back: your own, or as an admin anybody's. Needs the scope `decide`."""
    by = actor_of(request)
    ended = delegations.end(delegation_id=delegation_id, by=by, now=timezone.now())
    return DelegationOut.from_orm(ended)


def _standing(request: HttpRequest) -> Actor:
    """The token's person, or whoever asked them to stand in, as on pages."""
    return delegations.standing_of(actor_of(request), now=timezone.now()).actor
