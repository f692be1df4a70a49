"""How far the loop is trusted: the gates, their evidence, and simulations that never count."""

from typing import Final

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Status

from loops.actions import simulations
from loops.api.shapes.graduation import (
    GraduationOut,
    HistoryOut,
    ReevaluatedOut,
    SimulatedOut,
    SimulatePreventionIn,
    SimulateRegretIn,
    SimulateViewIn,
    graduation_out,
)
from loops.engine import graduating
from loops.models import GraduationHistory
from loops.presenters.graduation import dossier_of
from m25console.access import actor_of, check_administers
from m25console.api.bearer import DECIDES, READS
from m25console.api.bodies import read_model
from m25console.api.docs import body_of
from m25console.api.paging import Listing, Page, Paging, page_of
from m25console.api.schemas import refusals
from m25console.keyset import Order

NEWEST_FIRST: Final = Listing("graduation-history", Order("computed_at"))

router = Router(tags=["graduation"])


@router.get("/graduation", auth=READS, response={200: GraduationOut, **refusals()})
def read_graduation(request: HttpRequest) -> GraduationOut:
    """How far this tenant's loop is trusted, from which evidence. Needs the scope `read`."""
    return graduation_out(dossier_of(actor_of(request), now=timezone.now()))


@router.get(
    "/graduation/history", auth=READS, response={200: Page[HistoryOut], **refusals(400, 422)}
)
def list_history(request: HttpRequest, paging: Query[Paging]) -> Page[HistoryOut]:
    """Every computation of the level, the newest first. Needs the scope `read`."""
    rows = GraduationHistory.objects.filter(tenant=actor_of(request).tenant)
    return page_of(rows, HistoryOut, listing=NEWEST_FIRST, paging=paging, request=request)


@router.post("/graduation/re-evaluate", auth=DECIDES, response={200: ReevaluatedOut, **refusals()})
def reevaluate(request: HttpRequest) -> ReevaluatedOut:
    """Compute the level now instead of at the next quarter of an hour.

    Needs the scope `decide`, of an admin.
    """
    actor = actor_of(request)
    check_administers(actor)
    standing = graduating.evaluate(actor.tenant, now=timezone.now(), by=actor)
    return ReevaluatedOut(
        level=standing.level,
        label=standing.label,
        graduated=standing.is_graduated,
        degraded=standing.is_degraded,
        gates_passed=standing.passed,
    )


@router.post(
    "/graduation/simulate/prevention",
    auth=DECIDES,
    response={201: SimulatedOut, **refusals(400, 404, 413, 415, 422)},
    openapi_extra=body_of(SimulatePreventionIn),
)
def simulate_prevention(request: HttpRequest) -> Status[SimulatedOut]:
    """Show what a prevention looks like. It never counts. Needs the scope `decide`."""
    wanted = read_model(request, SimulatePreventionIn)
    made = simulations.prevention(**wanted.model_dump(), by=actor_of(request), now=timezone.now())
    return Status(201, SimulatedOut(id=made.pk))


@router.post(
    "/graduation/simulate/regret",
    auth=DECIDES,
    response={201: SimulatedOut, **refusals(400, 404, 413, 415, 422)},
    openapi_extra=body_of(SimulateRegretIn),
)
def simulate_regret(request: HttpRequest) -> Status[SimulatedOut]:
    """Show what harm looks like. No policy pays for it. Needs the scope `decide`."""
    wanted = read_model(request, SimulateRegretIn)
    made = simulations.regret(**wanted.model_dump(), by=actor_of(request), now=timezone.now())
    return Status(201, SimulatedOut(id=made.pk))


@router.post(
    "/graduation/simulate/timeline-view",
    auth=DECIDES,
    response={201: SimulatedOut, **refusals(400, 404, 413, 415, 422)},
    openapi_extra=body_of(SimulateViewIn),
)
def simulate_view(request: HttpRequest) -> Status[SimulatedOut]:
    """Show what a view of a proof looks like. It never counts. Needs the scope `decide`."""
    wanted = read_model(request, SimulateViewIn)
    made = simulations.timeline_view(
        incident_id=wanted.incident_id, by=actor_of(request), now=timezone.now()
    )
    return Status(201, SimulatedOut(id=made.pk))
