"""What limits said: every answer but a plain yes, with the limits as they stood."""

from typing import Any, Final

from django.http import HttpRequest
from ninja import Field, Query, Router

from integrations.api.shapes.usage import CallId, DecisionRecordOut
from integrations.domain.states import Enforcement
from integrations.models import EnforcementDecision
from m25console.access import actor_of
from m25console.api.bearer import READS
from m25console.api.paging import Listing, Page, Paging, page_of
from m25console.api.schemas import refusals
from m25console.keyset import Order
from m25console.rows import found

LISTING: Final = Listing("enforcement-decisions", Order("at"))

router = Router(tags=["enforcement"])


class DecisionsIn(Paging):
    integration_id: CallId | None = None
    result: Enforcement | None = Field(None, description="as it was answered")

    @property
    def narrowed(self) -> dict[str, Any]:
        """The filters that are asked for."""
        told = {"integration_id": self.integration_id, "result": self.result}
        return {name: value for name, value in told.items() if value is not None}


@router.get(
    "/enforcement/decisions",
    auth=READS,
    response={200: Page[DecisionRecordOut], **refusals(400, 422)},
)
def decisions(request: HttpRequest, wanted: Query[DecisionsIn]) -> Page[DecisionRecordOut]:
    """The newest first. Needs the scope `read`."""
    rows = EnforcementDecision.objects.for_tenant(actor_of(request).tenant)
    return page_of(
        rows.filter(**wanted.narrowed), DecisionRecordOut, listing=LISTING, paging=wanted,
        request=request,
    )  # fmt: skip


@router.get(
    "/enforcement/decisions/{enforcement_id}",
    auth=READS,
    response={200: DecisionRecordOut, **refusals(404)},
)
def decision(request: HttpRequest, enforcement_id: str) -> EnforcementDecision:
    """One of them. Needs the scope `read`."""
    mine = EnforcementDecision.objects.for_tenant(actor_of(request).tenant)
    return found(mine, enforcement_id, noun="decision")
