"""Taking incidents in, and telling what is stored of them."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from loops.actions.incidents import Intake, Receipt
from loops.api.intake import MAX_ROWS, Outcome, names_of, refusal_of, take_many, take_one
from loops.api.overload import backlog
from loops.api.shapes.incidents import (
    BatchIn,
    BatchOut,
    IncidentIn,
    IncidentOut,
    IncidentQuery,
    ReceiptOut,
)
from loops.domain.payload import PayloadFault
from loops.models import Incident
from m25console.access import actor_of
from m25console.api.bearer import READS, WRITES_INCIDENTS
from m25console.api.bodies import read_json
from m25console.api.docs import body_of
from m25console.api.errors import BadRequest, error_answer, json_answer
from m25console.api.paging import Listing, Page, Paging, page_of
from m25console.api.schemas import refusals
from m25console.keyset import Order
from m25console.refusals import InvalidInput
from m25console.rows import found

MAX_INCIDENT_BYTES: Final = 256 * 1024
MAX_BATCH_BYTES: Final = 4 * 1024 * 1024
MAX_KEY: Final = 200  # characters of an Idempotency-Key
NEWEST_FIRST: Final = Listing("incidents", Order("created_at"))

router = Router(tags=["incidents"])


@router.post(
    "/incidents",
    auth=WRITES_INCIDENTS,
    response={202: ReceiptOut, 200: ReceiptOut, **refusals(400, 409, 413, 415, 422)},
    openapi_extra=body_of(IncidentIn),
)
def report_incident(request: HttpRequest) -> HttpResponse:
    """Report one incident. 202 means it is stored and its loop will run.

    Needs the scope `incidents:write`. Sending it again under the same `external_id` or
    `Idempotency-Key` header is answered 200 with the ids of the first time, and 409 if its
    content differs; so is one whose `external_id` was prevented. At most 256 KiB.
    """
    tenant = actor_of(request).tenant
    backlog.check(tenant)
    document = read_json(request, limit=MAX_INCIDENT_BYTES)
    receipt = take_one(document, tenant=tenant, now=timezone.now(), key=_key(request))
    refusal = refusal_of(receipt)
    if refusal:
        return error_answer(status=409, code=receipt.status, message=refusal, **names_of(receipt))
    answer = json_answer(_told(receipt), status=202 if receipt.status is Intake.ACCEPTED else 200)
    answer["Location"] = f"/api/v1/incidents/{receipt.incident_id}"
    return answer


@router.post(
    "/incidents/batch",
    auth=WRITES_INCIDENTS,
    response={200: BatchOut, **refusals(400, 413, 415, 422)},
    openapi_extra=body_of(BatchIn),
)
def report_batch(request: HttpRequest) -> HttpResponse:
    """Report up to 1,000 incidents at once; what is wrong with one does not touch the others.

    Needs the scope `incidents:write`. Rows answer in their order. With an `Idempotency-Key`
    header the whole batch may be sent again. At most 4 MiB.
    """
    tenant = actor_of(request).tenant
    backlog.check(tenant)
    rows = _rows(read_json(request, limit=MAX_BATCH_BYTES))
    outcomes = take_many(rows, tenant=tenant, now=timezone.now(), key=_key(request))
    results = [_row(index, one) for index, one in enumerate(outcomes)]
    statuses = [one["status"] for one in results]
    return json_answer(
        {
            "accepted": statuses.count("accepted"),
            "duplicates": statuses.count("duplicate"),
            "rejected": statuses.count("rejected"),
            "results": results,
        }
    )


@router.get("/incidents", auth=READS, response={200: Page[IncidentOut], **refusals(400, 422)})
def list_incidents(
    request: HttpRequest, wanted: Query[IncidentQuery], paging: Query[Paging]
) -> Page[IncidentOut]:
    """Incidents, the latest reported first. Needs the scope `read`."""
    rows = Incident.objects.for_tenant(actor_of(request).tenant).filter(**wanted.as_filters())
    return page_of(rows, IncidentOut, listing=NEWEST_FIRST, paging=paging, request=request)


@router.get(
    "/incidents/{incident_id}", auth=READS, response={200: IncidentOut, **refusals(404, 422)}
)
def read_incident(request: HttpRequest, incident_id: str) -> IncidentOut:
    """One incident as it was reported, and what the loop made of it. Needs the scope `read`."""
    rows = Incident.objects.for_tenant(actor_of(request).tenant)
    return IncidentOut.from_orm(found(rows, incident_id, noun="incident"))


def _key(request: HttpRequest) -> str | None:
    """The Idempotency-Key, if one was sent. Raises BadRequest for one that cannot be kept."""
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is None:
        return None
    if not 0 < len(key) <= MAX_KEY or not key.isascii() or not key.isprintable():
        raise BadRequest(f"An Idempotency-Key has 1 to {MAX_KEY} visible ASCII characters.")
    return str(key)


def _rows(document: object) -> list[object]:
    rows = document.get("incidents") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        wanted = {"/incidents": ["must be a list of incidents"]}
        raise InvalidInput('Send {"incidents": […]}.', fields=wanted)
    if len(rows) > MAX_ROWS:
        limit = f"has {len(rows)} incidents; at most {MAX_ROWS} are taken at once"
        raise InvalidInput("The batch is too long.", fields={"/incidents": [limit]})
    return rows


def _told(receipt: Receipt) -> dict[str, Any]:
    return {**names_of(receipt), "status": receipt.status}


def _row(index: int, outcome: Outcome) -> dict[str, Any]:
    receipt = outcome.receipt
    if receipt is None:
        assert outcome.fault is not None
        error = _invalid(outcome.fault, place=f"/incidents/{index}")
        return {"index": index, "status": "rejected", "error": error}
    refusal = refusal_of(receipt)
    if refusal:
        error = {"code": receipt.status.value, "message": refusal}
        return {"index": index, **_told(receipt), "status": "rejected", "error": error}
    return {"index": index, **_told(receipt)}


def on_fault(_request: HttpRequest, fault: PayloadFault) -> HttpResponse:
    """The answer to a document that cannot be taken."""
    return error_answer(status=422, **_invalid(fault))


def _invalid(fault: PayloadFault, *, place: str = "") -> dict[str, Any]:
    pointer = f"{place}{fault.pointer}"
    return {
        "code": "invalid",
        "message": f"{pointer or 'The document'} {fault.message}.",
        "fields": {pointer: [fault.message]},
    }
