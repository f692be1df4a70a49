"""Runs under the runtime audit contract: declared, acknowledged, closed and reconciled.

An address names a run by its id; one that holds a slash or begins with a tilde is named by a
tilde and the id in base64url, as in the `links` of its answer.
"""

from typing import Final

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from loops.actions import audits, run_closing
from loops.actions.run_closing import Closing, RunNotClosed
from loops.actions.run_facts import facts_of
from loops.api.intake import report_of
from loops.api.overload import backlog
from loops.api.run_keys import run_id_of
from loops.api.shapes.runs import (
    AckIn,
    AckOut,
    AcksOut,
    ClosedOut,
    CloseIn,
    DeclaredOut,
    ExpectationOut,
    ExpectationsOut,
    PhaseIn,
    PromisesIn,
    ReconciliationOut,
    RunIn,
    RunOut,
    RunQuery,
    reconciliation_out,
)
from loops.domain.runtime_audit import reconcile
from loops.domain.states import ReconciliationStatus, RunStatus
from loops.models import AuditRun
from m25console.access import actor_of
from m25console.api.bearer import READS, WRITES_INCIDENTS
from m25console.api.bodies import read_model
from m25console.api.docs import body_of
from m25console.api.errors import error_answer, json_answer
from m25console.api.paging import Listing, Page, Paging, page_of
from m25console.api.schemas import refusals
from m25console.keyset import Order
from m25console.refusals import NotFound

MAX_CLOSING_BYTES: Final = 256 * 1024
NEWEST_FIRST: Final = Listing("runs", Order("created_at", tie="run_id"))

router = Router(tags=["runs"])


@router.post(
    "/runs",
    auth=WRITES_INCIDENTS,
    response={201: DeclaredOut, 200: DeclaredOut, **refusals(400, 413, 415, 422)},
    openapi_extra=body_of(RunIn),
)
def declare_run(request: HttpRequest) -> HttpResponse:
    """Begin a run with what it promises (T0). Needs the scope `incidents:write`.

    A run that is known is answered 200, and nothing of it changes.
    """
    wanted = read_model(request, RunIn)
    made = audits.declare(
        run_id=wanted.run_id,
        promises=wanted.promises(),
        by=actor_of(request),
        now=timezone.now(),
    )
    answer = DeclaredOut.model_construct(
        status="accepted" if made.is_new else "duplicate", run=RunOut.from_orm(made.run)
    )
    return json_answer(answer.model_dump(mode="json"), status=201 if made.is_new else 200)


@router.get("/runs", auth=READS, response={200: Page[RunOut], **refusals(400, 422)})
def list_runs(request: HttpRequest, wanted: Query[RunQuery], paging: Query[Paging]) -> Page[RunOut]:
    """Runs of one reconciliation, STALE if none is named, the latest begun first.

    Needs the scope `read`.
    """
    chosen = wanted.reconciliation or ReconciliationStatus.STALE
    rows = _mine(request).filter(reconciliation=chosen)
    return page_of(rows, RunOut, listing=NEWEST_FIRST, paging=paging, request=request)


@router.get("/runs/{run_id}", auth=READS, response={200: RunOut, **refusals(404)})
def read_run(request: HttpRequest, run_id: str) -> RunOut:
    """One run: its phase, and what reconciling it found last. Needs the scope `read`."""
    return RunOut.from_orm(_run(request, run_id))


@router.get(
    "/runs/{run_id}/expectations", auth=READS, response={200: ExpectationsOut, **refusals(404)}
)
def read_expectations(request: HttpRequest, run_id: str) -> ExpectationsOut:
    """What a run promised, and what became of each. Needs the scope `read`."""
    return _promised(_run(request, run_id))


@router.post(
    "/runs/{run_id}/expectations",
    auth=WRITES_INCIDENTS,
    response={200: ExpectationsOut, **refusals(400, 404, 409, 413, 415, 422)},
    openapi_extra=body_of(PromisesIn),
)
def add_expectations(request: HttpRequest, run_id: str) -> ExpectationsOut:
    """Promise more, due from now; what was promised before stays as it is.

    Needs the scope `incidents:write`.
    """
    wanted = read_model(request, PromisesIn)
    run = audits.expect(
        run_id=run_id_of(run_id),
        promises=wanted.promises(),
        by=actor_of(request),
        now=timezone.now(),
    )
    return _promised(run)


@router.get("/runs/{run_id}/acks", auth=READS, response={200: AcksOut, **refusals(404)})
def read_acks(request: HttpRequest, run_id: str) -> AcksOut:
    """Every word about a run, oldest first. Needs the scope `read`."""
    run = _run(request, run_id)
    items = [AckOut.from_orm(one) for one in run.acks.order_by("pk")]
    return AcksOut(run_id=run.run_id, items=items)


@router.post(
    "/runs/{run_id}/acks",
    auth=WRITES_INCIDENTS,
    response={201: AckOut, **refusals(400, 404, 409, 413, 415, 422)},
    openapi_extra=body_of(AckIn),
)
def acknowledge(request: HttpRequest, run_id: str) -> HttpResponse:
    """Say that an action was done, failed or was taken back; nothing said is ever altered.

    Needs the scope `incidents:write`.
    """
    said = read_model(request, AckIn)
    row = audits.acknowledge(
        run_id=run_id_of(run_id), ack=said.ack(), by=actor_of(request), now=timezone.now()
    )
    return json_answer(AckOut.from_orm(row).model_dump(mode="json"), status=201)


@router.post(
    "/runs/{run_id}/phase",
    auth=WRITES_INCIDENTS,
    response={200: RunOut, **refusals(400, 404, 409, 413, 415, 422)},
    openapi_extra=body_of(PhaseIn),
)
def move_run(request: HttpRequest, run_id: str) -> RunOut:
    """Bring a run to its next phase. Needs the scope `incidents:write`."""
    wanted = read_model(request, PhaseIn)
    run = audits.move(
        run_id=run_id_of(run_id),
        phase=wanted.phase,
        status=wanted.status,
        by=actor_of(request),
        now=timezone.now(),
    )
    return RunOut.from_orm(run)


@router.post(
    "/runs/{run_id}/close",
    auth=WRITES_INCIDENTS,
    response={200: ClosedOut, **refusals(400, 404, 409, 413, 415, 422)},
    openapi_extra=body_of(CloseIn),
)
def close_run(request: HttpRequest, run_id: str) -> ClosedOut:
    """End a run with what it led to: all of it is stored, or nothing.

    Needs the scope `incidents:write`. Closing it again in the same way changes nothing. Where
    nothing could be kept the error says in `phase` how far it came. At most 256 KiB.
    """
    wanted = read_model(request, CloseIn, limit=MAX_CLOSING_BYTES)
    now, wanted_id = timezone.now(), run_id_of(run_id)
    if wanted.incident is not None:
        backlog.check(actor_of(request).tenant)
    document = None if wanted.incident is None else {**wanted.incident, "run_id": wanted_id}
    closing = Closing(
        outcome=RunStatus(wanted.outcome),
        incident=None if document is None else report_of(document, now=now, key=None),
        evaluation_id=wanted.evaluation_id,
        trace_id=wanted.trace_id,
        code=wanted.code,
    )
    closed = run_closing.close(run_id=wanted_id, closing=closing, by=actor_of(request), now=now)
    return ClosedOut.model_construct(
        status="closed" if closed.is_new else "duplicate",
        run=RunOut.from_orm(closed.run),
        results=dict(closed.results),
    )


@router.get(
    "/runs/{run_id}/reconciliation",
    auth=READS,
    response={200: ReconciliationOut, **refusals(404)},
)
def read_reconciliation(request: HttpRequest, run_id: str) -> ReconciliationOut:
    """What a run's promises and acknowledgements say at this moment. Needs the scope `read`."""
    run, now = _run(request, run_id), timezone.now()
    facts = facts_of([run.pk])[run.pk]
    return reconciliation_out(run, reconcile(facts.expectations, facts.acks, now), at=now)


def on_not_closed(_request: HttpRequest, refused: RunNotClosed) -> HttpResponse:
    """The answer to a closing of which nothing was kept."""
    return error_answer(
        status=refused.status_code,
        code=refused.code,
        message=str(refused),
        phase=refused.phase,
        partial_results=refused.partial_results,
    )


def _mine(request: HttpRequest) -> QuerySet[AuditRun]:
    return AuditRun.objects.for_tenant(actor_of(request).tenant)


def _run(request: HttpRequest, name: str) -> AuditRun:
    run_id = run_id_of(name)
    can_be_one = len(run_id) <= audits.MAX_RUN_ID and run_id.isprintable()
    run = _mine(request).filter(run_id=run_id).first() if can_be_one else None
    if run is None:
        raise NotFound("There is no such run.")
    return run


def _promised(run: AuditRun) -> ExpectationsOut:
    items = [ExpectationOut.from_orm(one) for one in run.expectations.order_by("pk")]
    return ExpectationsOut(run_id=run.run_id, items=items)
