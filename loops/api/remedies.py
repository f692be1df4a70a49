"""A pattern's own remedy."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router
from pydantic import BaseModel, Field, field_validator

from loops.actions import remedies
from loops.actions.remedies import CHOICES, Remedy
from loops.api.shapes.catalogue import PatternOut
from loops.domain.payload import check_document
from loops.domain.states import ActionType
from loops.models import FailurePattern
from m25console.access import actor_of
from m25console.api.bearer import DECIDES
from m25console.api.bodies import read_model
from m25console.api.docs import body_of
from m25console.api.schemas import refusals
from m25console.rows import found

router = Router(tags=["learned"])


class RemedyIn(BaseModel):
    action_type: ActionType | None = Field(
        None, description="null: the usual one for the error type"
    )
    action_params: dict[str, Any] = Field(default_factory=dict)
    auto_apply_recovery: bool = False
    seen: str = Field(
        "", max_length=64, description="digest of the remedy this replaces; 409 if it changed"
    )

    @field_validator("action_type")
    @classmethod
    def is_a_remedy(cls, value: ActionType | None) -> ActionType | None:
        if value is not None and value not in CHOICES:
            raise ValueError("is not something one can do")
        return value


@router.put(
    "/patterns/{pattern_id}/template",
    auth=DECIDES,
    response={200: PatternOut, **refusals(400, 404, 409, 413, 415, 422)},
    openapi_extra=body_of(RemedyIn),
)
def set_template(request: HttpRequest, pattern_id: str) -> PatternOut:
    """Say what is suggested for a pattern's next incidents; what is open stays as it was asked.

    Only the token of an admin changes `auto_apply_recovery`. Needs the scope `decide`.
    """
    actor = actor_of(request)
    wanted = read_model(request, RemedyIn)
    found(FailurePattern.objects.for_tenant(actor.tenant), pattern_id, noun="pattern")
    check_document(wanted.action_params)
    pattern = remedies.set_remedy(
        pattern_id=pattern_id,
        remedy=Remedy(wanted.action_type, wanted.action_params, wanted.auto_apply_recovery),
        seen=wanted.seen,
        by=actor,
        now=timezone.now(),
    )
    return PatternOut.from_orm(pattern)
