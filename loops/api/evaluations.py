"""Asking the policies before acting, saying afterwards how it went, and what was prevented."""

from typing import Final

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from loops.actions import evaluations
from loops.api.shapes.evaluations import (
    AnswerOut,
    EvaluateIn,
    EvaluationOut,
    EvaluationQuery,
    LabelIn,
    PreventionOut,
    PreventionQuery,
    answer_of,
)
from loops.domain.incidents import incident_from
from loops.engine.evaluating import evaluate
from loops.models import PolicyEvaluation, PreventionRecord
from m25console.access import actor_of
from m25console.api.bearer import EVALUATES, READS
from m25console.api.bodies import SMALL_BODY, read_json, read_model
from m25console.api.docs import body_of
from m25console.api.errors import json_answer
from m25console.api.paging import Listing, Page, Paging, page_of
from m25console.api.schemas import refusals
from m25console.keyset import Order
from m25console.rows import found

EVALUATIONS_NEWEST_FIRST: Final = Listing("evaluations", Order("created_at"))
PREVENTIONS_NEWEST_FIRST: Final = Listing("prevention-records", Order("created_at"))

router = Router(tags=["prevention"])


@router.post(
    "/evaluate",
    auth=EVALUATES,
    response={200: AnswerOut, **refusals(400, 409, 413, 415, 422)},
    openapi_extra=body_of(EvaluateIn),
)
def evaluate_request(request: HttpRequest) -> HttpResponse:
    """Ask what the policies say of a request before making it.

    Needs the scope `evaluate`. Describe the request as the incident that it might become. The
    decision is the strictest of the active policies that match; `would` names those that could
    not act. Asking again under the same `external_id` gets the stored answer, and 409 for another
    request. At most 64 KiB.
    """
    now = timezone.now()
    asked = incident_from(read_json(request, limit=SMALL_BODY), now=now)
    answer = evaluate(asked, tenant_id=actor_of(request).tenant.pk, now=now)
    prevention_id = answer.prevention.pk if answer.prevention else None
    return json_answer(answer_of(answer.evaluation, prevention_id=prevention_id))


@router.post(
    "/evaluations/{evaluation_id}/outcome",
    auth=EVALUATES,
    response={200: EvaluationOut, **refusals(400, 404, 409, 413, 415, 422)},
    openapi_extra=body_of(LabelIn),
)
def label_evaluation(request: HttpRequest, evaluation_id: str) -> EvaluationOut:
    """Say once whether a request proved good or bad; another label later is refused (409).

    Needs the scope `evaluate`. Backtests count good requests that a policy would have stopped.
    """
    actor = actor_of(request)
    said = read_model(request, LabelIn)
    row = evaluations.label(
        evaluation_id=found(_mine(request), evaluation_id, noun="evaluation").pk,
        label=said.label,
        source=said.source,
        by=actor,
        now=timezone.now(),
    )
    return EvaluationOut.from_orm(found(_mine(request), row.pk, noun="evaluation"))


@router.get("/evaluations", auth=READS, response={200: Page[EvaluationOut], **refusals(400, 422)})
def list_evaluations(
    request: HttpRequest, wanted: Query[EvaluationQuery], paging: Query[Paging]
) -> Page[EvaluationOut]:
    """What was asked and answered, the newest first. Needs the scope `read`."""
    rows = _mine(request).filter(**wanted.as_filters())
    listing = EVALUATIONS_NEWEST_FIRST
    return page_of(rows, EvaluationOut, listing=listing, paging=paging, request=request)


@router.get(
    "/evaluations/{evaluation_id}", auth=READS, response={200: EvaluationOut, **refusals(404)}
)
def read_evaluation(request: HttpRequest, evaluation_id: str) -> EvaluationOut:
    """One request as it was judged, and every policy that matched. Needs the scope `read`."""
    return EvaluationOut.from_orm(found(_mine(request), evaluation_id, noun="evaluation"))


@router.get(
    "/prevention-records", auth=READS, response={200: Page[PreventionOut], **refusals(400, 422)}
)
def list_preventions(
    request: HttpRequest, wanted: Query[PreventionQuery], paging: Query[Paging]
) -> Page[PreventionOut]:
    """Failures that were stopped before they happened, the newest first. Needs the scope `read`."""
    rows = PreventionRecord.objects.for_tenant(actor_of(request).tenant)
    rows = rows.filter(**wanted.as_filters())
    listing = PREVENTIONS_NEWEST_FIRST
    return page_of(rows, PreventionOut, listing=listing, paging=paging, request=request)


@router.get(
    "/prevention-records/{prevention_id}",
    auth=READS,
    response={200: PreventionOut, **refusals(404)},
)
def read_prevention(request: HttpRequest, prevention_id: str) -> PreventionOut:
    """One prevention record. Needs the scope `read`."""
    rows = PreventionRecord.objects.for_tenant(actor_of(request).tenant)
    return PreventionOut.from_orm(found(rows, prevention_id, noun="prevention record"))


def _mine(request: HttpRequest) -> QuerySet[PolicyEvaluation]:
    rows = PolicyEvaluation.objects.for_tenant(actor_of(request).tenant)
    return rows.select_related("prevention")
