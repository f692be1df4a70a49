"""An admin's word that a dangerous tool may be called, and stopping every call at once."""

from datetime import datetime

from django.db import transaction

from integrations.actions import mcp_audit
from integrations.domain.mcp_approvals import MAX_REASON
from integrations.domain.mcp_audit import Event, canonical
from integrations.domain.mcp_states import AuditType
from integrations.models import McpAllowance, McpChain, McpTool
from m25console import audit
from m25console.access import Actor, check_connects
from m25console.refusals import InvalidInput, WrongState
from m25console.rows import found


@transaction.atomic
def allow(*, tool_id: str, reason: str, by: Actor, now: datetime) -> McpAllowance:
    """Let a dangerous tool be called. Raises NotFound, NotPermitted, InvalidInput or WrongState."""
    chain, tool = _held(tool_id, by)
    reason = _reason(reason)
    if McpAllowance.objects.filter(tool=tool).exists():
        raise WrongState("This tool is allowed already.")
    assert by.user is not None
    row = McpAllowance.objects.create(
        tenant=by.tenant, tool=tool, reason=reason, allowed_by=by.user, allowed_at=now
    )
    audit.record(by=by, action="mcp_tool.allowed", about=tool, after={"allowed": True}, note=reason,
                 now=now)  # fmt: skip
    mcp_audit.append([_event(tool, by, is_allowed=True)], chain=chain, now=now)
    return row


@transaction.atomic
def withdraw(*, tool_id: str, by: Actor, now: datetime) -> McpTool:
    """Take that word back. Raises NotFound, NotPermitted or WrongState."""
    chain, tool = _held(tool_id, by)
    deleted, _ = McpAllowance.objects.filter(tool=tool).delete()
    if not deleted:
        raise WrongState("This tool is not allowed explicitly.")
    audit.record(by=by, action="mcp_tool.allowance_withdrawn", about=tool,
                 before={"allowed": True}, now=now)  # fmt: skip
    mcp_audit.append([_event(tool, by, is_allowed=False)], chain=chain, now=now)
    return tool


@transaction.atomic
def stop(*, reason: str, by: Actor, now: datetime) -> McpChain:
    """Refuse every call of the tenant's tools from now on; those under way go on.

    Raises NotPermitted, InvalidInput or WrongState.
    """
    check_connects(by)
    reason = _reason(reason)
    chain = mcp_audit.held(by.tenant)
    if chain.stopped_at is not None:
        raise WrongState("All calls are stopped already.")
    chain.stopped_at, chain.stopped_by, chain.stopped_because = now, by.user, reason
    _switched(chain, by, now, note=reason)
    return chain


@transaction.atomic
def resume(*, by: Actor, now: datetime) -> McpChain:
    """Let tools be called again. Raises NotPermitted or WrongState."""
    check_connects(by)
    chain = mcp_audit.held(by.tenant)
    if chain.stopped_at is None:
        raise WrongState("Calls are not stopped.")
    chain.stopped_at, chain.stopped_by, chain.stopped_because = None, None, ""
    _switched(chain, by, now)
    return chain


def _switched(chain: McpChain, by: Actor, now: datetime, *, note: str = "") -> None:
    chain.save()
    is_stopped = chain.stopped_at is not None
    action = "mcp_calls.stopped" if is_stopped else "mcp_calls.resumed"
    audit.record(by=by, action=action, about=chain, now=now, note=note)
    told = canonical({"all_calls_stopped": is_stopped})
    event = Event(AuditType.POLICY_UPDATED, actor=by.label[:254], metadata=told)
    mcp_audit.append([event], chain=chain, now=now)


def _held(tool_id: str, by: Actor) -> tuple[McpChain, McpTool]:
    tool = found(McpTool.objects.for_tenant(by.tenant), tool_id, noun="tool")
    check_connects(by)
    return mcp_audit.held(by.tenant), tool


def _reason(text: str) -> str:
    if not 0 < len(text.strip()) <= MAX_REASON:
        told = f"Say why, in at most {MAX_REASON:,} characters."
        raise InvalidInput(told, fields={"reason": [told]})
    return text.strip()


def _event(tool: McpTool, by: Actor, *, is_allowed: bool) -> Event:
    return mcp_audit.about_tool(tool, by=by, told={"explicitly_allowed": is_allowed})
