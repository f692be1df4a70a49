"""Answering many checkpoints with one request."""

from django.db.models import Prefetch
from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from loops.actions import bulk
from loops.actions.bulk import Chosen, Said
from loops.actions.delegations import standing_of
from loops.api.shapes.reviewing import BulkIn, BulkRunOut
from loops.engine import answering_many
from loops.models import BulkRun
from loops.opinions import results_seen_by
from m25console.access import Actor, actor_of
from m25console.api.bearer import ACTS, READS
from m25console.api.bodies import read_model
from m25console.api.docs import body_of
from m25console.api.schemas import refusals
from m25console.refusals import NotFound

router = Router(tags=["checkpoints"])


@router.post(
    "/checkpoints/bulk",
    auth=ACTS,
    response={200: BulkRunOut, **refusals(400, 404, 413, 415, 422)},
    openapi_extra=body_of(BulkIn),
)
def answer_many(request: HttpRequest) -> BulkRunOut:
    """Do the same to up to 500 checkpoints, each in a transaction of its own.

    Needs the scope `decide`. What cannot be done is skipped, and `told` says why: high risk is
    neither approved nor rejected like this. What takes longer than a moment goes on after the
    answer: look again while `is_finished` is false.
    """
    wanted, now = read_model(request, BulkIn), timezone.now()
    by = standing_of(actor_of(request), for_whom=wanted.on_behalf_of, now=now).actor
    said = Said(
        act=wanted.act,
        note=wanted.note,
        reason_code=wanted.reason_code or "",
        until=wanted.until,
        despite_claim=wanted.despite_claim,
    )
    chosen = [Chosen(one.checkpoint_id, one.contract_digest) for one in wanted.checkpoints]
    run = bulk.begin(said=said, chosen=chosen, by=by, now=now)
    answering_many.carry_on(run, now=now)
    return _run(by, run.pk)


@router.get(
    "/checkpoints/bulk/{bulk_number}",
    auth=READS,
    response={200: BulkRunOut, **refusals(404)},
)
def read_bulk_run(request: HttpRequest, bulk_number: int) -> BulkRunOut:
    """How far it is, and what came of each. Needs the scope `read`."""
    return _run(actor_of(request), bulk_number)


def _run(actor: Actor, number: int) -> BulkRunOut:
    rows = BulkRun.objects.for_tenant(actor.tenant)
    items = Prefetch("items", queryset=results_seen_by(actor))
    run = rows.prefetch_related(items).filter(pk=number).first() if number < 2**63 else None
    if run is None:
        raise NotFound("There is no such run.")
    return BulkRunOut.from_orm(run)
