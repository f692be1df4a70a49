"""Agents, how they do, and how much traffic they should get."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from loops.actions import routing, traffic
from loops.actions.incidents import Intake
from loops.api.shapes.routing import (
    AdjustmentOut,
    AdjustmentQuery,
    AgentOut,
    AgentQuery,
    InForceOut,
    RollbackIn,
    RoutingOut,
    TrafficIn,
    TrafficOut,
)
from loops.domain.routing import effective_weight
from loops.models import Agent, RoutingAdjustment
from m25console.access import actor_of
from m25console.api.bearer import DECIDES, EVALUATES, READS, WRITES_USAGE
from m25console.api.bodies import read_model
from m25console.api.docs import body_of
from m25console.api.errors import error_answer, json_answer
from m25console.api.paging import Listing, Page, Paging, page_of
from m25console.api.schemas import refusals
from m25console.keyset import Order
from m25console.rows import found

MAX_TRAFFIC_BYTES: Final = 512 * 1024
ADJUSTMENTS_NEWEST_FIRST: Final = Listing("adjustments", Order("created_at"))
AGENTS_LATEST_FIRST: Final = Listing("agents", Order("last_seen_at", tie_kind=int))

router = Router(tags=["routing"])


@router.post(
    "/agents/traffic",
    auth=WRITES_USAGE,
    response={202: TrafficOut, 200: TrafficOut, **refusals(400, 409, 413, 415, 422)},
    openapi_extra=body_of(TrafficIn),
)
def report_traffic(request: HttpRequest) -> HttpResponse:
    """Report how agents' decisions went, by the hour. 202 means that they are counted.

    Needs the scope `usage:write`. Up to 1,000 rows; reports of one hour add up. Sending a report
    again is answered 200 and counts nothing, and 409 if its rows differ. One wrong row is named
    in a 422, and nothing of the report is counted.
    """
    tenant = actor_of(request).tenant
    sent = read_model(request, TrafficIn, limit=MAX_TRAFFIC_BYTES)
    rows = [one.row() for one in sent.agents]
    receipt = traffic.report(tenant=tenant, report_id=sent.report_id, rows=rows, now=timezone.now())
    if receipt.status is Intake.CONFLICT:
        return error_answer(
            status=409,
            code="conflict",
            message="Another report was counted under this id. Nothing was counted.",
        )
    told = {
        "report_id": sent.report_id,
        "status": receipt.status,
        "agents": receipt.agents,
        "hours": receipt.hours,
    }
    return json_answer(told, status=202 if receipt.status is Intake.ACCEPTED else 200)


@router.get("/agents", auth=READS, response={200: Page[AgentOut], **refusals(400, 422)})
def list_agents(
    request: HttpRequest, wanted: Query[AgentQuery], paging: Query[Paging]
) -> Page[AgentOut]:
    """The agents anything was heard of, the latest heard of first. Needs the scope `read`."""
    rows = Agent.objects.for_tenant(actor_of(request).tenant).filter(**wanted.as_filters())
    return page_of(rows, AgentOut, listing=AGENTS_LATEST_FIRST, paging=paging, request=request)


@router.get("/agents/{path:agent_id}", auth=READS, response={200: AgentOut, **refusals(404)})
def read_agent(request: HttpRequest, agent_id: str) -> AgentOut:
    """One agent. An id with a slash stands in the address as it is. Needs the scope `read`."""
    rows = Agent.objects.for_tenant(actor_of(request).tenant)
    return AgentOut.from_orm(found(rows, agent_id, noun="agent", key="agent_id"))


@router.get("/routing/{path:agent_id}", auth=EVALUATES, response={200: RoutingOut, **refusals(404)})
def read_routing(request: HttpRequest, agent_id: str) -> RoutingOut:
    """How much of its traffic an agent should get now. Needs the scope `evaluate`.

    Made to be asked before every choice of an agent. One that nothing was heard of has its full
    weight, and `known` is false.
    """
    tenant, now = actor_of(request).tenant, timezone.now()
    name = agent_id if "\0" not in agent_id else ""  # no agent is called so
    known = Agent.objects.for_tenant(tenant).filter(agent_id=name).first()
    changes = RoutingAdjustment.objects.for_tenant(tenant).filter(agent_id=name)
    weights = [(one, one.effective(now)) for one in changes.in_force(now).oldest_first()]
    return RoutingOut(
        agent_id=agent_id,
        known=known is not None or bool(weights),
        capability=known.capability if known else None,
        effective_weight=float(effective_weight([effective for _, effective in weights])),
        adjustments=[
            InForceOut(
                adjustment_id=one.pk,
                magnitude=float(one.magnitude),
                effective_magnitude=float(effective),
                expires_at=one.expires_at,
            )
            for one, effective in weights
        ],
        as_of=now,
    )


@router.get("/adjustments", auth=READS, response={200: Page[AdjustmentOut], **refusals(400, 422)})
def list_adjustments(
    request: HttpRequest, wanted: Query[AdjustmentQuery], paging: Query[Paging]
) -> Page[AdjustmentOut]:
    """Changes of agents' routing weights, the newest first. Needs the scope `read`."""
    rows = RoutingAdjustment.objects.for_tenant(actor_of(request).tenant).in_state(wanted.state)
    rows = rows.filter(agent_id=wanted.agent_id) if wanted.agent_id else rows
    return page_of(
        rows,
        AdjustmentOut,
        listing=ADJUSTMENTS_NEWEST_FIRST,
        paging=paging,
        request=request,
        context={"now": timezone.now()},
    )


@router.get(
    "/adjustments/{adjustment_id}", auth=READS, response={200: AdjustmentOut, **refusals(404)}
)
def read_adjustment(request: HttpRequest, adjustment_id: str) -> AdjustmentOut:
    """One change, what it led to, and why it was taken back if it was. Needs the scope `read`."""
    rows = RoutingAdjustment.objects.for_tenant(actor_of(request).tenant)
    return _told(found(rows, adjustment_id, noun="routing change"))


@router.post(
    "/adjustments/{adjustment_id}/rollback",
    auth=DECIDES,
    response={200: AdjustmentOut, **refusals(400, 404, 409, 413, 415, 422)},
    openapi_extra=body_of(RollbackIn),
)
def roll_back(request: HttpRequest, adjustment_id: str) -> AdjustmentOut:
    """Take a change back, in the name of the person who answers for the token.

    Needs the scope `decide`. 409 if it was taken back already, or has faded to nothing.
    """
    actor = actor_of(request)
    reason = read_model(request, RollbackIn).reason
    rows = RoutingAdjustment.objects.for_tenant(actor.tenant)
    found(rows, adjustment_id, noun="routing change")
    done = routing.roll_back(
        adjustment_id=adjustment_id, reason=reason, by=actor, now=timezone.now()
    )
    return _told(done)


def _told(one: RoutingAdjustment) -> AdjustmentOut:
    return AdjustmentOut.model_validate(one, context={"now": timezone.now()})
