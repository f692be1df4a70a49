"""Harm that policies did: reporting it, and what was reported."""

from typing import Final

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Status

from loops.actions import regrets
from loops.api.shapes.regrets import RegretIn, RegretOut, ReportedOut, reported_out
from loops.models import PolicyRule, RegretEvent
from m25console.access import Actor, actor_of
from m25console.api.bearer import DECIDES, READS
from m25console.api.bodies import read_model
from m25console.api.docs import body_of
from m25console.api.paging import Listing, Page, Paging, page_of
from m25console.api.schemas import refusals
from m25console.keyset import Order
from m25console.rows import found

NEWEST_FIRST: Final = Listing("regrets", Order("created_at"))

router = Router(tags=["learned"])


@router.post(
    "/policies/{policy_id}/regret",
    auth=DECIDES,
    response={201: ReportedOut, **refusals(400, 404, 409, 413, 415, 422)},
    openapi_extra=body_of(RegretIn),
)
def report_regret(request: HttpRequest, policy_id: str) -> Status[ReportedOut]:
    """Report harm that a policy did; too much of it disables the policy.

    Needs the scope `decide`. 409 if another policy took the decision named, if it was reported
    before, or if the policy was never in force.
    """
    actor = actor_of(request)
    wanted = read_model(request, RegretIn)
    policy = _policy(actor, policy_id)
    reported = regrets.report(
        harm=wanted.harm(),
        policy_id=policy.pk,
        evaluation_id=wanted.evaluation_id,
        by=actor,
        now=timezone.now(),
    )
    return Status(201, reported_out(reported))


@router.get(
    "/policies/{policy_id}/regrets",
    auth=READS,
    response={200: Page[RegretOut], **refusals(400, 404, 422)},
)
def list_regrets(request: HttpRequest, policy_id: str, paging: Query[Paging]) -> Page[RegretOut]:
    """Harm that a policy did, the newest first, without simulations. Needs the scope `read`."""
    actor = actor_of(request)
    policy = _policy(actor, policy_id)
    rows = RegretEvent.objects.for_tenant(actor.tenant).real().filter(policy=policy)
    return page_of(rows, RegretOut, listing=NEWEST_FIRST, paging=paging, request=request)


def _policy(actor: Actor, policy_id: str) -> PolicyRule:
    return found(PolicyRule.objects.for_tenant(actor.tenant), policy_id, noun="policy")
