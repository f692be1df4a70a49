"""The configuration of a tenant's connections as one document: out, compared, and in."""

from typing import Any, Final

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from integrations.api.shapes.configuration import ConfirmedImportIn, ImportIn, PlanOut
from integrations.configuration import documents, importing
from m25console.access import actor_of
from m25console.api.bearer import DECIDES
from m25console.api.bodies import read_model
from m25console.api.docs import body_of
from m25console.api.schemas import refusals

BODY: Final = documents.MAX_BYTES + 1024
router = Router(tags=["integrations"])


@router.get(
    "/integrations/configuration", auth=DECIDES, response={200: dict[str, Any], **refusals()}
)
def export(request: HttpRequest) -> dict[str, Any]:
    """Everything that is set up, with references to secrets only; in the name of an admin.

    Needs the scope `decide`.
    """
    return documents.exported(actor_of(request), now=timezone.now())


@router.post(
    "/integrations/configuration/plan",
    auth=DECIDES,
    response={200: PlanOut, **refusals(400, 413, 415, 422)},
    openapi_extra=body_of(ImportIn),
)
def plan(request: HttpRequest) -> PlanOut:
    """What importing a document would do, field by field; nothing is done. In the name of an
    admin; needs the scope `decide`."""
    told = read_model(request, ImportIn, limit=BODY)
    return PlanOut.of(importing.look(told.document, by=actor_of(request), now=timezone.now()))


@router.post(
    "/integrations/configuration/apply",
    auth=DECIDES,
    response={200: PlanOut, **refusals(400, 409, 413, 415, 422)},
    openapi_extra=body_of(ConfirmedImportIn),
)
def apply(request: HttpRequest) -> PlanOut:
    """Import a document if that still does what its plan's digest stands for; 409 otherwise, and
    where there is nothing to change. In the name of an admin; needs the scope `decide`."""
    told = read_model(request, ConfirmedImportIn, limit=BODY)
    return PlanOut.of(
        importing.apply(told.document, digest=told.digest, by=actor_of(request), now=timezone.now())
    )
