"""Calls of MCP tools as machines make and read them."""

from datetime import datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from integrations.actions.mcp_facts import Wanted
from integrations.domain.mcp_states import ApprovalReach, ApprovalStatus, Outcome, PolicyDecision
from integrations.models import McpToolInvocation
from m25console.api.schemas import PLAIN

type Run = Annotated[str, StringConstraints(pattern=PLAIN, max_length=100)]
type Trace = Annotated[str, StringConstraints(pattern=PLAIN, max_length=64)]


class InvokeIn(BaseModel):
    """Who calls is not told here: the token says it."""

    model_config = ConfigDict(extra="forbid")

    input: dict[str, Any] = Field(default_factory=dict, description="as the tool's schema wants it")
    run_id: Run = ""
    step_index: int | None = Field(default=None, ge=0, le=2_147_483_647)
    trace_id: Trace = ""

    def wanted(self, server_id: str, tool_id: str) -> Wanted:
        return Wanted(
            server_id=server_id, tool_id=tool_id, arguments=self.input, run_id=self.run_id,
            step_index=self.step_index, trace_id=self.trace_id,
        )  # fmt: skip


class InvokedOut(Schema):
    """A call that was made: the tool has answered, be it that it failed."""

    invocation_id: str
    tool_id: str
    server_id: str
    status: Outcome
    output: dict[str, Any] | None = Field(description="what the tool said, as it came")
    error_code: str
    error_message: str
    duration_ms: int | None
    policy_decision: PolicyDecision
    policy_id: str
    incident_id: str = Field(description="empty unless it failed")


class InvocationOut(Schema):
    invocation_id: str = Field(validation_alias="pk")
    tool_id: str | None
    tool_name: str
    run_id: str
    status: Outcome = Field(validation_alias="outcome")
    policy_decision: PolicyDecision
    policy_reason: str
    error_code: str
    input_hash: str
    output_hash: str | None
    latency_ms: int | None = Field(validation_alias="duration_ms")
    invoked_at: datetime


class InvocationsOut(Schema):
    invocations: list[InvocationOut]
    total: int
    limit: int
    offset: int
    has_more: bool


class ApprovalOut(Schema):
    """A question to people. Make the same call again once it is approved."""

    approval_id: str = Field(validation_alias="pk")
    server_id: str
    tool_id: str
    status: ApprovalStatus
    reach: ApprovalReach = Field(description="call: this one, once; tool: all until `ends_at`")
    votes_needed: int
    asked_at: datetime
    decided_at: datetime | None
    ends_at: datetime = Field(description="until when an answer is awaited, or holds")


class VerifiedOut(Schema):
    """What was found in the chain; check on from `next_after` unless that is null."""

    is_whole: bool
    checked: int
    through: int
    last: int
    seal: str = Field(description="of the event `through`")
    next_after: int | None
    broken_number: int | None
    broken_event_id: str | None
    broken_reason: str | None


def invoked(call: McpToolInvocation, output: Any, incident_id: str) -> InvokedOut:
    """The answer to a call that was made."""
    return InvokedOut(
        invocation_id=call.pk, tool_id=call.tool_id or "", server_id=call.server_id,
        status=Outcome(call.outcome), output=output, error_code=call.error_code,
        error_message=call.error_message, duration_ms=call.duration_ms,
        policy_decision=PolicyDecision(call.policy_decision), policy_id=call.policy_id,
        incident_id=incident_id,
    )  # fmt: skip
