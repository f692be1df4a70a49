"""A call of an MCP tool from the question to its end: decided, written down, counted.

Whoever decides holds the tenant's chain, so that a limit, an approval for one call and the order
of the events are exact. Nothing is held while the server works: an open call stands for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.db import DatabaseError, transaction
from django.db.models import F

from integrations.actions import mcp_approvals, mcp_audit
from integrations.actions.mcp_facts import Found, Wanted, caller_of, facts
from integrations.domain.mcp_audit import Event, canonical
from integrations.domain.mcp_policy import DANGEROUS, Asked, Decision, Facts, Ruling, Said, decide
from integrations.domain.mcp_states import (
    AuditType,
    CallFault,
    Outcome,
    PolicyDecision,
)
from integrations.domain.mcp_tools import McpRisk
from integrations.domain.redaction import preview, redacted
from integrations.models import (
    McpApproval,
    McpChain,
    McpOpenCall,
    McpTool,
    McpToolInvocation,
)
from m25console.access import Actor

GRACE: Final = timedelta(seconds=30)  # after its deadline, before a call counts as interrupted
OVERDUE_AT_ONCE: Final = 100
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Begun:
    """A call that may be made now."""

    call: McpOpenCall
    tool: McpTool


@dataclass(frozen=True)
class Stopped:
    """A call that is not made, as it was kept; `decision` is None where none was needed."""

    call: McpToolInvocation
    decision: Decision | None = None


@dataclass(frozen=True)
class Ended:
    """How a call that was made has ended."""

    outcome: Outcome
    duration_ms: int
    attempts: int
    output_hash: str | None = None
    error_code: str = ""
    error_message: str = ""


class _NotAudited(Exception):  # noqa: N818 - becomes an answer
    """What must not happen unseen could not be written down."""


def refuse(
    found: Found, wanted: Wanted, *, fault: CallFault, message: str, by: Actor, now: datetime
) -> Stopped:
    """Keep a call that cannot even be decided about."""
    known = _known(found, wanted, by=by, now=now)
    row = McpToolInvocation.objects.create(
        **known, policy_decision=PolicyDecision.BLOCKED, outcome=Outcome.FAILURE,
        error_code=fault, error_message=message, completed_at=now, recorded_at=now,
    )  # fmt: skip
    return Stopped(row)


def begin(
    found: Found, wanted: Wanted, *, said: Said, lasts: timedelta, by: Actor,
    now: datetime,
) -> Begun | Stopped:  # fmt: skip
    """Decide about a call, and keep what was decided: it may be made, is refused, or people are
    asked. A call that may be made has ended within `lasts`."""
    assert found.tool is not None
    try:
        with transaction.atomic():
            return _decided(found, wanted, said=said, lasts=lasts, by=by, now=now)
    except _NotAudited:
        told = "The audit cannot be written, and a dangerous tool is not called without it."
        fault = CallFault.AUDIT_UNAVAILABLE
        return refuse(found, wanted, fault=fault, message=told, by=by, now=now)


@transaction.atomic
def finish(call: McpOpenCall, ended: Ended, *, now: datetime) -> McpToolInvocation | None:
    """Write down how a call has ended, and count it; None if somebody else did so before."""
    open_ones = McpOpenCall.objects.select_for_update(of=("self",)).select_related("tenant")
    kept = open_ones.filter(pk=call.pk).first()
    if kept is None:
        return None
    return _closed(kept, ended, now)


def close_overdue(now: datetime) -> list[McpToolInvocation]:
    """End the calls nobody works on any more: whether their tools ran is not known."""
    told = "The console stopped while the server worked. Whether the tool ran is not known."
    ids = McpOpenCall.objects.filter(ends_by__lte=now - GRACE).order_by("ends_by", "pk")
    closed = []
    for call in ids[:OVERDUE_AT_ONCE]:
        took = int((now - call.invoked_at).total_seconds() * 1000)
        ended = Ended(
            Outcome.FAILURE, took, 1, error_code=CallFault.INTERRUPTED, error_message=told
        )
        row = finish(call, ended, now=now)
        if row is not None:
            closed.append(row)
    return closed


def _decided(
    found: Found, wanted: Wanted, *, said: Said, lasts: timedelta, by: Actor,
    now: datetime,
) -> Begun | Stopped:  # fmt: skip
    assert found.tool is not None
    chain = mcp_audit.held(by.tenant)
    tool = McpTool.objects.select_related("server").get(pk=found.tool.pk)
    known, approval_id = facts(tool, wanted, chain=chain, by=by, said=said, now=now)
    decision = decide(known)
    fields = _known(Found(tool.server, tool), wanted, by=by, now=now)
    fields |= {"approval_id": approval_id, "policy_reason": decision.reason or ""}
    if decision.ruling is Ruling.ALLOW:
        call = McpOpenCall(**fields, policy_decision=PolicyDecision.ALLOWED, ends_by=now + lasts)
        return _opened(call, tool, wanted, chain=chain, known=known, now=now)
    row = _stopped(fields, decision, now)
    if decision.ruling is Ruling.REQUIRE_APPROVAL and known.asked is Asked.NOBODY:
        row.approval_id = mcp_approvals.ask(row, tool=tool, by=by, now=now).pk
    row.save(force_insert=True)
    denied = _event(row, AuditType.DENIED, decision=decision.ruling, metadata=_policy(said))
    told = [_asked(row, wanted), denied]
    _audited(told, chain=chain, tool=tool, now=now)
    return Stopped(row, decision)


def _opened(
    call: McpOpenCall, tool: McpTool, wanted: Wanted, *, chain: McpChain, known: Facts,
    now: datetime,
) -> Begun:  # fmt: skip
    told = [
        _asked(call, wanted),
        _event(call, AuditType.ALLOWED, decision=Ruling.ALLOW, metadata=_policy(known.said)),
        _event(call, AuditType.STARTED),
    ]
    if not _audited(told, chain=chain, tool=tool, now=now):
        call.policy_decision = PolicyDecision.FLAGGED
    call.save(force_insert=True)
    if known.asked is Asked.APPROVED:
        approval = McpApproval.objects.select_for_update(of=("self",)).get(pk=call.approval_id)
        mcp_approvals.use(approval, invocation_id=call.pk, now=now)
    return Begun(call, tool)


def _stopped(fields: Mapping[str, Any], decision: Decision, now: datetime) -> McpToolInvocation:
    waits = decision.ruling is Ruling.REQUIRE_APPROVAL
    return McpToolInvocation(
        **fields,
        policy_decision=PolicyDecision.PENDING if waits else PolicyDecision.BLOCKED,
        outcome=Outcome.PENDING if waits else Outcome.BLOCKED,
        error_code=CallFault.APPROVAL_REQUIRED if waits else CallFault.POLICY_DENIED,
        error_message=decision.message,
        completed_at=now,
        recorded_at=now,
    )


def _closed(call: McpOpenCall, ended: Ended, now: datetime) -> McpToolInvocation:
    chain = mcp_audit.held(call.tenant)
    names = [field.attname for field in McpOpenCall._meta.concrete_fields]
    known = {name: getattr(call, name) for name in names if name != "ends_by"}
    is_good = ended.outcome is Outcome.SUCCESS
    failed = {} if is_good else {"last_failed_call": call.pk}
    McpTool.objects.filter(pk=call.tool_id, tenant_id=call.tenant_id).update(
        **failed,
        invocation_count=F("invocation_count") + 1,
        failure_count=F("failure_count") + (0 if is_good else 1),
        last_invoked_at=call.invoked_at,
    )
    row = McpToolInvocation.objects.create(
        **known, outcome=ended.outcome, output_hash=ended.output_hash,
        error_code=ended.error_code, error_message=ended.error_message,
        duration_ms=ended.duration_ms, attempts=ended.attempts, completed_at=now, recorded_at=now,
    )  # fmt: skip
    call.delete()
    kind = AuditType.COMPLETED if is_good else AuditType.FAILED
    _written([_event(row, kind)], chain=chain, now=now)
    return row


def _known(found: Found, wanted: Wanted, *, by: Actor, now: datetime) -> dict[str, Any]:
    """What is kept of every call, whatever comes of it."""
    tool, caller = found.tool, caller_of(by)
    return {
        "tenant": by.tenant,
        "server_id": found.server.pk,
        "tool_id": tool.pk if tool else None,
        "tool_name": tool.name if tool else "",
        "tool_fingerprint": tool.fingerprint if tool else "",
        "run_id": wanted.run_id,
        "step_index": wanted.step_index,
        "trace_id": wanted.trace_id,
        "actor_type": caller.type,
        "actor_id": caller.id,
        "actor_label": caller.label,
        "input_hash": wanted.input_hash,
        "input_preview": preview(dict(wanted.arguments)),
        "policy_id": (tool.policy_id if tool else "") or found.server.default_policy_id,
        "invoked_at": now,
    }


def _asked(call: McpOpenCall | McpToolInvocation, wanted: Wanted) -> Event:
    metadata = canonical({"input": redacted(dict(wanted.arguments))})
    return _event(call, AuditType.REQUESTED, metadata=metadata)


def _policy(said: Said) -> str:
    """What its policy said of a call, for the chain."""
    return canonical({"policy": said.kept} if said.kept else {})


def _event(
    call: McpOpenCall | McpToolInvocation, kind: AuditType, *, decision: str = "",
    metadata: str = "{}",
) -> Event:  # fmt: skip
    ended = call if isinstance(call, McpToolInvocation) else None
    return Event(
        kind, server_id=call.server_id, tool_id=call.tool_id or "", tool_name=call.tool_name,
        invocation_id=call.pk, run_id=call.run_id, actor=call.actor_label, decision=decision,
        policy_id=call.policy_id, deny_reason=call.policy_reason, input_hash=call.input_hash,
        output_hash=(ended.output_hash or "") if ended else "",
        duration_ms=ended.duration_ms if ended else None,
        error=ended.error_code if ended and kind is AuditType.FAILED else "",
        trace_id=call.trace_id, metadata=metadata,
    )  # fmt: skip


def _audited(told: list[Event], *, chain: McpChain, tool: McpTool, now: datetime) -> bool:
    """Whether it could be written down. Raises _NotAudited for a dangerous tool if not."""
    is_written = _written(told, chain=chain, now=now)
    if not is_written and McpRisk(tool.risk_level) in DANGEROUS:
        raise _NotAudited
    return is_written


def _written(told: list[Event], *, chain: McpChain, now: datetime) -> bool:
    try:
        with transaction.atomic():
            mcp_audit.append(told, chain=chain, now=now)
    except DatabaseError:
        log.exception("the audit of MCP calls cannot be written", tenant=chain.tenant_id)
        return False
    return True
