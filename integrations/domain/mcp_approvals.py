"""People's approval of calls: who has to say yes, and how long it holds: MCP_APPROVALS_V1 of
integrations 1.0.0.

A question is about one caller, one tool as it is, and one set of arguments. The caller is not told
to wait: it makes the same call again, which finds its answer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from integrations.domain.mcp_policy import Asked
from integrations.domain.mcp_states import ApprovalReach, ApprovalStatus
from integrations.domain.mcp_tools import McpRisk

VERSION: Final = "MCP_APPROVALS_V1"
ANSWERED_WITHIN: Final = timedelta(hours=24)  # else the question lapses
HOLDS_FOR: Final = timedelta(hours=24)  # what somebody said of one call
TOOL_HOURS: Final = (1, 8, 24, 168)  # that a yes to the tool may hold
MAX_REASON: Final = 1_000  # characters
MOVES: Final[Mapping[ApprovalStatus, frozenset[ApprovalStatus]]] = {
    ApprovalStatus.PENDING: frozenset(
        {ApprovalStatus.APPROVED, ApprovalStatus.DENIED, ApprovalStatus.LAPSED}
    ),
    ApprovalStatus.APPROVED: frozenset({ApprovalStatus.USED, ApprovalStatus.WITHDRAWN}),
    ApprovalStatus.DENIED: frozenset({ApprovalStatus.WITHDRAWN}),
    ApprovalStatus.USED: frozenset(),
    ApprovalStatus.LAPSED: frozenset(),
    ApprovalStatus.WITHDRAWN: frozenset(),
}


@dataclass(frozen=True)
class Known:
    """A question that was asked about a tool by the caller who calls it now."""

    id: str
    status: ApprovalStatus
    reach: ApprovalReach
    fingerprint: str  # of the tool as it was then
    input_hash: str
    ends_at: datetime  # until when an answer is awaited, or holds


def votes_needed(risk: McpRisk) -> int:
    """How many people have to say yes."""
    return 2 if risk is McpRisk.CRITICAL else 1


def may_reach_tool(risk: McpRisk) -> bool:
    """Whether one yes may be good for every call of the tool for a time."""
    return risk is not McpRisk.CRITICAL


def standing(
    known: Iterable[Known], *, fingerprint: str, input_hash: str, now: datetime
) -> tuple[Asked, str]:
    """What people said of a call of these arguments, and the id of the question it was said to; a
    yes goes before a no, and that before a question that is open."""
    told = {
        _SAID[one.status]: one.id
        for one in known
        if one.fingerprint == fingerprint
        and one.ends_at > now
        and (one.reach is ApprovalReach.TOOL or one.input_hash == input_hash)
        and one.status in _SAID
    }
    for said in (Asked.APPROVED, Asked.REFUSED, Asked.WAITING):
        if said in told:
            return said, told[said]
    return Asked.NOBODY, ""


_SAID: Final[Mapping[ApprovalStatus, Asked]] = {
    ApprovalStatus.APPROVED: Asked.APPROVED,
    ApprovalStatus.DENIED: Asked.REFUSED,
    ApprovalStatus.PENDING: Asked.WAITING,
}
