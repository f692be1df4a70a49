"""Questions to people as their queue and pages show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from integrations.actions.mcp_approvals import check_can_answer, check_can_withdraw
from integrations.domain.mcp_approvals import may_reach_tool
from integrations.domain.mcp_states import ApprovalStatus
from integrations.domain.mcp_tools import McpRisk
from integrations.models import McpApproval, McpApprovalVote
from integrations.presenters.mcp_calls import names_of
from m25console import keyset
from m25console.access import Actor, Verdict, verdict
from m25console.keyset import Order, Page, Place
from m25console.looks import Look

NEWEST: Final = Order("asked_at")
STATUSES: Final[Mapping[ApprovalStatus, Look]] = {
    ApprovalStatus.PENDING: Look("Waits for people", "warn", "hand-stop"),
    ApprovalStatus.APPROVED: Look("Approved", "ok", "check"),
    ApprovalStatus.DENIED: Look("Refused", "bad", "ban"),
    ApprovalStatus.USED: Look("Approved, and used", "idle", "checks"),
    ApprovalStatus.LAPSED: Look("Nobody answered", "idle", "clock"),
    ApprovalStatus.WITHDRAWN: Look("Taken back", "idle", "arrow-back-up"),
}
RISK_WORDS: Final[Mapping[McpRisk, str]] = {
    McpRisk.LOW: "Low risk: by its name it only reads.",
    McpRisk.MEDIUM: "Medium risk: by its name it may change something.",
    McpRisk.HIGH: "High risk: it writes, runs or creates something.",
    McpRisk.CRITICAL: "Critical: it deletes or ends something. Two people have to say yes.",
}


@dataclass(frozen=True)
class ApprovalLine:
    """One question in a list."""

    row: McpApproval
    look: Look
    server: str
    risk: str
    may_choose: bool  # to be answered together with others


@dataclass(frozen=True)
class ApprovalPage:
    """One question: what would be called, who asks, and what was said."""

    line: ApprovalLine
    votes: Sequence[McpApprovalVote]
    may_answer: Verdict
    may_reach_tool: bool
    may_withdraw: Verdict


def approval_list(
    actor: Actor, *, status: str, place: Place, now: datetime
) -> tuple[Page[McpApproval], list[ApprovalLine]]:
    """A page of questions, the newest first; without a status those that wait. Two queries."""
    rows = McpApproval.objects.for_tenant(actor.tenant).filter(
        status=status or ApprovalStatus.PENDING
    )
    page = keyset.page(rows, order=NEWEST, place=place)
    names = names_of(actor, [one.server_id for one in page.rows])
    return page, [_line(one, names, actor, now) for one in page.rows]


def approval_page(row: McpApproval, *, actor: Actor, now: datetime) -> ApprovalPage:
    """One of them in full; two queries."""
    votes = list(row.votes.select_related("person").order_by("at", "pk"))
    may_answer = verdict(check_can_answer, row, actor, now=now)
    if may_answer.allowed and actor.user in [one.person for one in votes]:
        may_answer = Verdict(allowed=False, reason="You said yes. Another person has to as well.")
    return ApprovalPage(
        line=_line(row, names_of(actor, [row.server_id]), actor, now),
        votes=votes,
        may_answer=may_answer,
        may_reach_tool=may_reach_tool(McpRisk(row.risk_level)) and actor.can_administer,
        may_withdraw=verdict(check_can_withdraw, row, actor, now=now),
    )


def _line(row: McpApproval, names: Mapping[str, str], actor: Actor, now: datetime) -> ApprovalLine:
    status = ApprovalStatus(row.status)
    if status is ApprovalStatus.PENDING and row.ends_at <= now:
        status = ApprovalStatus.LAPSED
    return ApprovalLine(
        row, STATUSES[status], names.get(row.server_id, row.server_id),
        RISK_WORDS[McpRisk(row.risk_level)],
        status is ApprovalStatus.PENDING
        and row.risk_level != McpRisk.CRITICAL
        and verdict(check_can_answer, row, actor, now=now).allowed,
    )  # fmt: skip
