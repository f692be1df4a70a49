"""Asking people whether a call may be made, and their answers.

Only people who are signed in answer; no token does, whoever made it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from integrations.actions import mcp_audit, mcp_telling
from integrations.domain.mcp_approvals import (
    ANSWERED_WITHIN,
    HOLDS_FOR,
    MAX_REASON,
    MOVES,
    TOOL_HOURS,
    may_reach_tool,
    votes_needed,
)
from integrations.domain.mcp_audit import Event, canonical
from integrations.domain.mcp_states import ApprovalReach, ApprovalStatus, AuditType
from integrations.domain.mcp_tools import McpRisk
from integrations.models import McpApproval, McpApprovalVote, McpTool, McpToolInvocation
from integrations.models.mcp_approvals import McpApprovalQuerySet
from m25console import audit
from m25console.access import Actor, check_connects, check_reviews
from m25console.refusals import InvalidInput, NotPermitted, WrongState
from m25console.rows import found
from m25console.vocabulary import Door

LAPSED_AT_ONCE: Final = 100
ANSWERED_AT_ONCE: Final = 50  # a page of them


@dataclass(frozen=True)
class Answer:
    """What a person says; a yes with `tool_hours` is good for every call of the caller's."""

    approves: bool
    reason: str
    tool_hours: int | None = None


@dataclass(frozen=True)
class Answered:
    """How many questions were answered, and why each of the others was left."""

    done: int
    left: Sequence[str]


def ask(call: McpToolInvocation, *, tool: McpTool, by: Actor, now: datetime) -> McpApproval:
    """A question about this call, open for a day. In the transaction that decides about the call,
    which holds the tenant's chain, so that nothing is asked twice."""
    row = McpApproval(
        tenant=by.tenant, server_id=call.server_id, tool_id=tool.pk, tool_name=tool.name,
        tool_fingerprint=tool.fingerprint, risk_level=tool.risk_level,
        input_hash=call.input_hash, input_preview=call.input_preview, run_id=call.run_id,
        actor_type=call.actor_type, actor_id=call.actor_id, actor_label=call.actor_label,
        asked_by=by.user, asked_at=now, ends_at=now + ANSWERED_WITHIN,
        votes_needed=votes_needed(McpRisk(tool.risk_level)),
    )  # fmt: skip
    earlier = McpApproval.objects.for_tenant(by.tenant).filter(
        tool_id=tool.pk, actor_id=call.actor_id
    )
    _lapse(earlier.select_for_update(of=("self",)), now)
    row.save(force_insert=True)
    mcp_telling.asked(row, now=now)
    return row


@transaction.atomic
def answer(*, approval_id: str, answer: Answer, by: Actor, now: datetime) -> McpApproval:
    """Say yes or no to a question; one no refuses, and as many yes as it needs approve.

    Raises NotFound, NotPermitted, WrongState or InvalidInput.
    """
    chain = mcp_audit.held(by.tenant)
    row = _locked(approval_id, by)
    check_can_answer(row, by, now=now)
    _check(answer, row, by)
    assert by.user is not None
    if row.votes.filter(person=by.user).exists():
        raise WrongState("You have answered this already.")
    McpApprovalVote.objects.create(
        tenant=by.tenant, approval=row, person=by.user, approves=answer.approves,
        reason=answer.reason.strip(), at=now,
    )  # fmt: skip
    before = _told(row)
    _decide(row, answer, now)
    row.save()
    mcp_telling.decided(row, by=by.user, now=now)
    audit.record(
        by=by, action="mcp_approval.answered", about=row, before=before, after=_told(row),
        note=answer.reason.strip(), now=now,
    )  # fmt: skip
    told = canonical({"approval": row.pk, "approves": answer.approves, **_told(row)})
    mcp_audit.append([_event(row, by, told)], chain=chain, now=now)
    return row


def answer_each(*, approval_ids: Sequence[str], told: Answer, by: Actor, now: datetime) -> Answered:
    """Give several questions the same answer, each for itself; a critical tool is answered one by
    one. Raises NotPermitted, or InvalidInput for too many or without a reason."""
    check_reviews(by)
    _check_reason(told.reason)
    wanted = [one for one in dict.fromkeys(approval_ids) if one.isprintable()]
    if not 0 < len(wanted) <= ANSWERED_AT_ONCE:
        raise InvalidInput(f"Choose from one to {ANSWERED_AT_ONCE} questions.")
    mine = McpApproval.objects.for_tenant(by.tenant).filter(pk__in=wanted)
    done, left = 0, []
    for row in mine.order_by("asked_at", "pk"):
        if row.risk_level == McpRisk.CRITICAL:
            left.append(f"{row.tool_name}: A critical tool is answered by itself.")
            continue
        try:
            answer(approval_id=row.pk, answer=told, by=by, now=now)
            done += 1
        except (NotPermitted, WrongState) as refused:
            left.append(f"{row.tool_name}: {refused}")
    return Answered(done, left)


def check_can_answer(row: McpApproval, by: Actor, *, now: datetime) -> None:
    """Raises NotPermitted or WrongState; that somebody has answered already is checked apart."""
    check_reviews(by)
    if by.door != Door.WEB:
        raise NotPermitted("Only a person who is signed in answers this.")
    if row.asked_by_id in by.people:
        raise NotPermitted("Somebody else has to answer what you asked for yourself.")
    if row.status != ApprovalStatus.PENDING:
        raise WrongState("This has been answered.")
    if row.ends_at <= now:
        raise WrongState("Nobody answered in time. The caller has to ask again.")


@transaction.atomic
def withdraw(*, approval_id: str, reason: str, by: Actor, now: datetime) -> McpApproval:
    """Take an answer back before its time is over: the same call is asked about anew.

    Raises NotFound, NotPermitted, WrongState or InvalidInput.
    """
    chain = mcp_audit.held(by.tenant)
    row = _locked(approval_id, by)
    check_can_withdraw(row, by, now=now)
    _check_reason(reason)
    before = _told(row)
    _move(row, ApprovalStatus.WITHDRAWN)
    row.ends_at = now
    row.save()
    audit.record(
        by=by, action="mcp_approval.withdrawn", about=row, before=before, after=_told(row),
        note=reason.strip(), now=now,
    )  # fmt: skip
    told = canonical({"approval": row.pk, **_told(row)})
    mcp_audit.append([_event(row, by, told)], chain=chain, now=now)
    return row


def check_can_withdraw(row: McpApproval, by: Actor, *, now: datetime) -> None:
    """Raises NotPermitted or WrongState."""
    check_reviews(by)
    if by.door != Door.WEB:
        raise NotPermitted("Only a person who is signed in takes this back.")
    if ApprovalStatus.WITHDRAWN not in MOVES[ApprovalStatus(row.status)]:
        raise WrongState("There is no answer that still holds.")
    if row.ends_at <= now:
        raise WrongState("Its time is over; it holds no longer.")


def use(row: McpApproval, *, invocation_id: str, now: datetime) -> None:
    """Spend a yes that is good for one call; a yes to the tool is not spent."""
    if row.reach != ApprovalReach.CALL:
        return
    _move(row, ApprovalStatus.USED)
    row.used_at, row.used_for = now, invocation_id
    row.save()


@transaction.atomic
def lapse(now: datetime) -> int:
    """Close what nobody answered in time, and tell of it; how many that were. What somebody is
    answering right now, and what is too much at once, is left to the next run."""
    return _lapse(McpApproval.objects.select_for_update(of=("self",), skip_locked=True), now)


def _lapse(rows: McpApprovalQuerySet, now: datetime) -> int:
    overdue = rows.filter(status=ApprovalStatus.PENDING, ends_at__lte=now)
    closed = list(overdue.select_related("tenant").order_by("ends_at", "pk")[:LAPSED_AT_ONCE])
    for row in closed:
        row.status = ApprovalStatus.LAPSED
        row.save(update_fields=["status"])
        mcp_telling.lapsed(row, now=now)
    return len(closed)


def _locked(approval_id: str, by: Actor) -> McpApproval:
    rows = McpApproval.objects.for_tenant(by.tenant).select_for_update(of=("self",))
    return found(rows, approval_id, noun="question")


def _check(answer: Answer, row: McpApproval, by: Actor) -> None:
    _check_reason(answer.reason)
    if answer.tool_hours is None:
        return
    check_connects(by)
    told = f"Choose one of {', '.join(map(str, TOOL_HOURS))} hours."
    if not answer.approves or answer.tool_hours not in TOOL_HOURS:
        raise InvalidInput(told, fields={"tool_hours": [told]})
    if not may_reach_tool(McpRisk(row.risk_level)):
        told = "A critical tool is approved call by call."
        raise InvalidInput(told, fields={"tool_hours": [told]})


def _check_reason(reason: str) -> None:
    if not 0 < len(reason.strip()) <= MAX_REASON:
        told = f"Say why, in at most {MAX_REASON:,} characters."
        raise InvalidInput(told, fields={"reason": [told]})


def _decide(row: McpApproval, answer: Answer, now: datetime) -> None:
    yes = row.votes.filter(approves=True).count()
    if not answer.approves:
        _move(row, ApprovalStatus.DENIED)
    elif yes >= row.votes_needed:
        _move(row, ApprovalStatus.APPROVED)
    else:
        return
    row.decided_at, row.ends_at = now, now + HOLDS_FOR
    if answer.tool_hours is not None:
        row.reach, row.ends_at = ApprovalReach.TOOL, now + timedelta(hours=answer.tool_hours)


def _move(row: McpApproval, status: ApprovalStatus) -> None:
    if status not in MOVES[ApprovalStatus(row.status)]:
        raise WrongState("This has been answered.")
    row.status = status


def _told(row: McpApproval) -> Mapping[str, Any]:
    return {"status": str(row.status), "reach": str(row.reach), "ends_at": row.ends_at.isoformat()}


def _event(row: McpApproval, by: Actor, metadata: str) -> Event:
    return Event(
        AuditType.POLICY_UPDATED, server_id=row.server_id, tool_id=row.tool_id,
        tool_name=row.tool_name, actor=by.label[:254], input_hash=row.input_hash,
        metadata=metadata,
    )  # fmt: skip
