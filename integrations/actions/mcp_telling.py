"""Telling people that a call waits for them, and how the question ended."""

from datetime import datetime
from typing import Final

from integrations.domain.mcp_states import ApprovalStatus
from integrations.domain.mcp_tools import McpRisk
from integrations.models import McpApproval, McpServer
from loops.actions import happenings
from loops.actions.happenings import Question
from loops.domain.states import Resolution, Risk
from m25console.models import User

PAGE: Final = "integrations:mcp-approval"
RISKS: Final = {
    McpRisk.LOW: Risk.LOW,
    McpRisk.MEDIUM: Risk.MEDIUM,
    McpRisk.HIGH: Risk.HIGH,
    McpRisk.CRITICAL: Risk.HIGH,
}
_ANSWERS: Final = {
    ApprovalStatus.APPROVED: Resolution.APPROVE,
    ApprovalStatus.DENIED: Resolution.REJECT,
}


def asked(row: McpApproval, *, now: datetime) -> None:
    """A call waits. One of a critical tool does not wait for the end of quiet hours."""
    happenings.asked(_question(row), tenant=row.tenant, now=now)


def decided(row: McpApproval, *, by: User, now: datetime) -> None:
    """The last answer it needed was given; nothing is told before."""
    option = _ANSWERS.get(ApprovalStatus(row.status))
    if option is None:
        return
    voters = row.votes.values_list("person_id", flat=True)
    happenings.decided(
        _question(row), option=option, by=by, voters=set(voters), tenant=row.tenant, now=now
    )


def lapsed(row: McpApproval, *, now: datetime) -> None:
    """Nobody answered in time."""
    happenings.lapsed(_question(row), tenant=row.tenant, now=now)


def _question(row: McpApproval) -> Question:
    servers = McpServer.objects.for_tenant(row.tenant).filter(pk=row.server_id)
    server = servers.values_list("name", flat=True).first() or row.server_id
    return Question(
        id=row.pk,
        page=PAGE,
        sentence=f"{row.actor_label} wants to call {row.tool_name} of {server}.",
        risk=RISKS[McpRisk(row.risk_level)],
        ends_at=row.ends_at,
        asked_by=row.asked_by_id,
        is_urgent=row.risk_level == McpRisk.CRITICAL,
    )
