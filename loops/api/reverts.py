"""Undoing a loop: what it would mean, the deed, and asking somebody else to confirm it."""

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from loops.actions import reverts
from loops.api.finding import loop_of
from loops.api.shapes.checkpoints import CheckpointOut
from loops.api.shapes.loops import LoopOut
from loops.api.shapes.reverts import AskIn, PreviewOut, RevertIn, preview_out
from loops.models import LoopTrace
from loops.presenters.reverts import revert_page
from m25console.access import actor_of
from m25console.api.bearer import DECIDES, READS
from m25console.api.bodies import read_model
from m25console.api.docs import body_of
from m25console.api.schemas import refusals

router = Router(tags=["loops"])


@router.get("/loops/{loop_id}/revert", auth=READS, response={200: PreviewOut, **refusals(404)})
def preview_revert(request: HttpRequest, loop_id: str) -> PreviewOut:
    """What a revert would undo and what it would leave. Needs the scope `read`."""
    actor = actor_of(request)
    return preview_out(revert_page(loop_of(actor, loop_id), actor=actor))


@router.post(
    "/loops/{loop_id}/revert",
    auth=DECIDES,
    response={200: LoopOut, **refusals(404, 409, 413, 415, 422)},
    openapi_extra=body_of(RevertIn),
)
def revert_loop(request: HttpRequest, loop_id: str) -> LoopOut:
    """Undo what the loop changed; 409 if that was done before. Needs the scope `decide`."""
    actor = actor_of(request)
    wanted = read_model(request, RevertIn)
    trace = loop_of(actor, loop_id)
    reverts.revert(
        trace_id=trace.pk,
        reason=wanted.reason,
        confirmed=wanted.confirm,
        by=actor,
        now=timezone.now(),
    )
    return LoopOut.from_orm(LoopTrace.objects.get(pk=trace.pk))


@router.post(
    "/loops/{loop_id}/revert/ask",
    auth=DECIDES,
    response={200: CheckpointOut, **refusals(404, 409, 413, 415, 422)},
    openapi_extra=body_of(AskIn),
)
def ask_for_revert(request: HttpRequest, loop_id: str) -> CheckpointOut:
    """Raise a checkpoint for somebody else to confirm the revert. Needs the scope `decide`."""
    actor = actor_of(request)
    wanted = read_model(request, AskIn)
    trace = loop_of(actor, loop_id)
    asked = reverts.ask_for(trace_id=trace.pk, reason=wanted.reason, by=actor, now=timezone.now())
    return CheckpointOut.from_orm(asked)
