"""Calling tools of MCP servers, what became of calls, and the proof that nothing was changed."""

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from integrations.api.queries import slice_of
from integrations.api.shapes.mcp_calls import (
    ApprovalOut,
    InvocationsOut,
    InvokedOut,
    InvokeIn,
    VerifiedOut,
    invoked,
)
from integrations.domain.mcp_states import CallFault, DenyReason, Outcome
from integrations.engine import mcp_calling, mcp_verifying
from integrations.engine.mcp_calling import Called
from integrations.models import McpApproval, McpServer, McpToolInvocation
from m25console.access import actor_of
from m25console.api.bearer import CALLS_TOOLS, READS
from m25console.api.bodies import read_model
from m25console.api.docs import body_of
from m25console.api.errors import error_answer
from m25console.api.schemas import refusals
from m25console.rows import found

BODY: Final = 256 * 1024  # bytes
USUAL: Final = 50
STATUS: Final[Mapping[str, int]] = {
    CallFault.SERVER_NOT_ACTIVE: 409,
    CallFault.TOOL_NOT_FOUND: 404,
    CallFault.TOOL_SERVER_MISMATCH: 409,
    CallFault.TOOL_DISABLED: 409,
    CallFault.INVALID_INPUT: 422,
    CallFault.POLICY_DENIED: 403,
    CallFault.APPROVAL_REQUIRED: 403,
    CallFault.AUDIT_UNAVAILABLE: 503,
    CallFault.TIMEOUT: 504,
}
FAILED: Final = 502  # the server, in whatever other way
router = Router(tags=["mcp"])


class From(Schema):
    """Where to begin."""

    after: int = Field(0, ge=0, le=9_000_000_000_000, description="the number taken as good")


@router.post(
    "/integrations/mcp-servers/{server_id}/tools/{tool_id}/invoke",
    auth=CALLS_TOOLS,
    response={200: InvokedOut, **refusals(404, 409, 413, 415, 422, 502, 503, 504)},
    openapi_extra=body_of(InvokeIn),
)
def invoke(request: HttpRequest, server_id: str, tool_id: str) -> HttpResponse | InvokedOut:
    """Call a tool, if its rules allow it. Where people have to approve it, the answer is 403 with
    the code `APPROVAL_REQUIRED` and an `approval_id`; make the same call again once they did.

    Needs the scope `tools:call`.
    """
    actor = actor_of(request)
    mine = McpServer.objects.for_tenant(actor.tenant)
    server = found(mine, server_id, noun="MCP server")
    wanted = read_model(request, InvokeIn, limit=BODY).wanted(server.pk, tool_id)
    told = mcp_calling.call(wanted, by=actor, now=timezone.now())
    if told.output is not None or told.call.outcome == Outcome.SUCCESS:
        return invoked(told.call, told.output, told.incident_id)
    return _refused(told)


@router.get(
    "/integrations/mcp-servers/{server_id}/invocations",
    auth=READS,
    response={200: InvocationsOut, **refusals(400, 404)},
)
def list_invocations(request: HttpRequest, server_id: str) -> dict[str, Any]:
    """What was asked of one server, the newest first; `limit` 1 to 100, `offset`, `outcome`.

    Needs the scope `read`.
    """
    actor = actor_of(request)
    server = found(McpServer.objects.for_tenant(actor.tenant), server_id, noun="MCP server")
    wanted = slice_of(request, filters={"outcome": Outcome}, usual=USUAL)
    rows = McpToolInvocation.objects.for_tenant(actor.tenant).filter(
        server_id=server.pk, **wanted.filters
    )
    page = rows.order_by("-invoked_at", "-id")[wanted.offset : wanted.offset + wanted.limit]
    shown, total = list(page), rows.count()
    return {
        "invocations": shown,
        "total": total,
        "limit": wanted.limit,
        "offset": wanted.offset,
        "has_more": wanted.offset + len(shown) < total,
    }


@router.get(
    "/integrations/mcp-approvals/{approval_id}",
    auth=READS,
    response={200: ApprovalOut, **refusals(404)},
)
def approval(request: HttpRequest, approval_id: str) -> McpApproval:
    """How a question to people stands; they answer it on its page. Needs the scope `read`."""
    mine = McpApproval.objects.for_tenant(actor_of(request).tenant)
    return found(mine, approval_id, noun="question")


@router.get(
    "/integrations/mcp-audit/verify", auth=READS, response={200: VerifiedOut, **refusals(422)}
)
def verify(request: HttpRequest, place: Query[From]) -> VerifiedOut:
    """Check up to 50,000 events of the tenant's chain after the number `after`.

    Needs the scope `read`.
    """
    told = mcp_verifying.verify(actor_of(request).tenant, after=place.after)
    broken = told.broken
    return VerifiedOut(
        is_whole=told.is_whole, checked=told.checked, through=told.through, last=told.last,
        seal=told.seal, next_after=None if told.is_finished else told.through,
        broken_number=broken.number if broken else None,
        broken_event_id=broken.event_id if broken else None,
        broken_reason=broken.reason if broken else None,
    )  # fmt: skip


def _refused(told: Called) -> HttpResponse:
    """A call that was not made, or whose server failed, with what is kept of it."""
    call, decision = told.call, told.decision
    is_too_often = call.policy_reason == DenyReason.RATE_LIMITED
    answer = error_answer(
        status=429 if is_too_often else STATUS.get(call.error_code, FAILED),
        code=call.error_code, message=call.error_message, invocation_id=call.pk,
        status_of_call=call.outcome, policy_decision=call.policy_decision,
        deny_reason=call.policy_reason, approval_id=call.approval_id,
        duration_ms=call.duration_ms, incident_id=told.incident_id,
    )  # fmt: skip
    if decision is not None and decision.retry_after_seconds is not None:
        answer["Retry-After"] = str(decision.retry_after_seconds)
    return answer
