"""May this call be made? Asked before it is, of what was used until now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from integrations.actions import enforcement
from integrations.actions.enforcement import Answer, Question, limits_of, used_in_full
from integrations.api.callers import ASKS, caller_of
from integrations.api.shapes.usage import (
    CheckBatchIn,
    CheckIn,
    DecisionOut,
    EnforcementStatusOut,
    ReasonOut,
)
from integrations.domain.standing import enforcement_standing
from integrations.domain.states import REPORTED_AS
from integrations.models import Integration
from m25console.access import actor_of
from m25console.api.bearer import READS
from m25console.api.bodies import read_model
from m25console.api.docs import body_of
from m25console.api.schemas import refusals
from m25console.models import Tenant
from m25console.rows import found

router = Router(tags=["enforcement"])


@router.post(
    "/enforcement/check",
    auth=ASKS,
    response={200: DecisionOut, **refusals(413, 415, 422)},
    openapi_extra=body_of(CheckIn),
)
def check(request: HttpRequest) -> dict[str, Any]:
    """Whether one call may be made. With an integration's key, or the scope `evaluate`."""
    caller = caller_of(request)
    asked = read_model(request, CheckIn)
    caller.check_speaks_for(asked.integration_id)
    return _answered([asked], caller.tenant, timezone.now())[0]


@router.post(
    "/enforcement/batch",
    auth=ASKS,
    response={200: list[DecisionOut], **refusals(413, 415, 422)},
    openapi_extra=body_of(CheckBatchIn),
)
def check_batch(request: HttpRequest) -> list[dict[str, Any]]:
    """Up to a hundred calls in order; what is let through adds up within them. With an
    integration's key, or the scope `evaluate`."""
    caller = caller_of(request)
    asked = read_model(request, CheckBatchIn).requests
    for one in asked:
        caller.check_speaks_for(one.integration_id)
    return _answered(asked, caller.tenant, timezone.now())


@router.get(
    "/enforcement/status", auth=READS, response={200: EnforcementStatusOut, **refusals(404, 422)}
)
def status(request: HttpRequest, integration_id: str) -> dict[str, Any]:
    """How an integration stands against its limits. Needs the scope `read`."""
    mine = Integration.objects.for_tenant(actor_of(request).tenant).with_raise()
    row = found(mine, integration_id, noun="integration")
    now = timezone.now()
    return {
        "integration_id": row.pk,
        "integration_status": row.status,
        "health_state": row.health_state,
        **enforcement_standing(limits_of(row, now=now), used_in_full(row, now=now), now=now),
    }


def _answered(asked: Sequence[CheckIn], tenant: Tenant, now: datetime) -> list[dict[str, Any]]:
    questions = [Question(one.integration_id, one.wanted()) for one in asked]
    return [_told(one, tenant, now) for one in enforcement.ask(questions, tenant=tenant, now=now)]


def _told(answer: Answer, tenant: Tenant, now: datetime) -> dict[str, Any]:
    """What DecisionOut is made of, once, when the answer is written."""
    return {
        "result": answer.decision.result,
        "integration_id": answer.question.integration_id,
        "tenant_id": tenant.pk,
        "reasons": [ReasonOut.of(one) for one in answer.decision.reasons],
        "degraded": answer.decision.degraded,
        "would_be": answer.would_be,
        "policy_result": REPORTED_AS[answer.decision.result],
        "decision_id": answer.decision_id,
        "evaluated_at": now,
    }
