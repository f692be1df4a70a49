"""May this tool be called? MCP_POLICY_V1 of integrations 1.0.0: denied unless everything allows it.

The order is fixed: the tool is known and enabled, its server active, calls not stopped, the tool
as it was approved, a dangerous one explicitly allowed, approved by people, its policy agrees, and
within the rate. The first that stops a call is the one reason given.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from integrations.domain.mcp_states import DenyReason
from integrations.domain.mcp_tools import CallableState, McpRisk

VERSION: Final = "MCP_POLICY_V1"
CALLS_PER_WINDOW: Final = 60  # of one tool, where its server sets no limit
WINDOW_SECONDS: Final = 60
DANGEROUS: Final = frozenset({McpRisk.HIGH, McpRisk.CRITICAL})


class Ruling(StrEnum):
    ALLOW = "allow"
    DENY = "deny"
    REQUIRE_APPROVAL = "require_approval"


class Permission(StrEnum):
    """What the policy of a tool says of a call."""

    NOT_NEEDED = "not_needed"
    GRANTED = "granted"
    ESCALATED = "escalated"  # people have to approve it
    SLOWED = "slowed"  # it may be made, but not so often
    REFUSED = "refused"
    UNKNOWN = "unknown"  # nobody could say


class Asked(StrEnum):
    """Whether people were asked about this call, and what they said."""

    NOBODY = "nobody"
    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True)
class Rate:
    """Calls begun within the last `window_seconds`, and how many may be."""

    calls: int = 0
    limit: int = CALLS_PER_WINDOW
    window_seconds: int = WINDOW_SECONDS


@dataclass(frozen=True)
class Said:
    """What the policy of a tool says of a call, in a sentence where it stops it; `pace` is how many
    calls in how many seconds it bears, and `kept` what the chain tells of it."""

    permission: Permission = Permission.NOT_NEEDED
    message: str = ""
    pace: tuple[int, int] | None = None
    kept: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """What is known of a call before it is made; `standing` is None for a tool nobody knows."""

    standing: CallableState | None
    risk: McpRisk = McpRisk.MEDIUM
    is_server_active: bool = True
    is_stopped: bool = False  # an admin stopped every call of the tenant
    is_allowed: bool = False  # explicitly, as a dangerous tool needs
    server_needs_approval: bool = True
    asked: Asked = Asked.NOBODY
    said: Said = Said()
    rate: Rate = Rate()
    pace: Rate | None = None  # of the tool, as its policy bears it


@dataclass(frozen=True)
class Decision:
    """The ruling, why, and the sentence that tells it."""

    ruling: Ruling
    message: str
    reason: DenyReason | None = None
    retry_after_seconds: int | None = None


def decide(facts: Facts) -> Decision:
    """The ruling on a call of which this is known."""
    for stops, reason, message in _BEFORE_PEOPLE:
        if stops(facts):
            return Decision(Ruling.DENY, message, reason)
    if needs_people(facts) and facts.asked is not Asked.APPROVED:
        asked = "They were asked already." if facts.asked is Asked.WAITING else "They are asked."
        people = "Two people have" if facts.risk is McpRisk.CRITICAL else "A person has"
        why = facts.said.message if facts.said.permission is Permission.ESCALATED else ""
        told = f"{why} {people} to approve this call. {asked}".strip()
        return Decision(Ruling.REQUIRE_APPROVAL, told)
    if facts.said.permission in _STOPPING:
        return Decision(Ruling.DENY, facts.said.message, DenyReason.POLICY_VIOLATION)
    if facts.pace is not None and facts.pace.calls >= facts.pace.limit:
        return _too_often(facts.pace, why=facts.said.message)
    if facts.rate.calls >= facts.rate.limit:
        return _too_often(facts.rate)
    return Decision(Ruling.ALLOW, "Everything allows it.")


def needs_people(facts: Facts) -> bool:
    """Whether somebody has to approve this very call: always for a critical tool, for one that
    nobody has approved yet on a server that wants it, and where its policy says so."""
    unseen = facts.standing is CallableState.UNAPPROVED and facts.server_needs_approval
    escalated = facts.said.permission is Permission.ESCALATED
    return facts.risk is McpRisk.CRITICAL or unseen or escalated


def may_repeat(risk: McpRisk, *, hints: Mapping[str, Any]) -> bool:
    """Whether a call that broke off may be made again: the tool says that it only reads, or that
    once is as good as twice, and it is not dangerous."""
    says_so = hints.get("readOnlyHint") is True or hints.get("idempotentHint") is True
    return says_so and risk not in DANGEROUS


def _too_often(rate: Rate, *, why: str = "") -> Decision:
    told = (
        f"{rate.calls:,} calls were begun in the last {rate.window_seconds:,} seconds; "
        f"{rate.limit:,} are allowed."
    )
    reason, wait = DenyReason.RATE_LIMITED, rate.window_seconds
    return Decision(Ruling.DENY, f"{why} {told}".strip(), reason, wait)


_STOPPING: Final = frozenset({Permission.REFUSED, Permission.UNKNOWN})
type _Stops = Sequence[tuple[Callable[[Facts], bool], DenyReason, str]]
_BEFORE_PEOPLE: Final[_Stops] = (
    (
        lambda facts: facts.standing is None,
        DenyReason.UNKNOWN_TOOL,
        "There is no such tool.",
    ),
    (
        lambda facts: facts.standing is CallableState.DISABLED,
        DenyReason.TOOL_DISABLED,
        "This tool is disabled.",
    ),
    (
        lambda facts: not facts.is_server_active,
        DenyReason.SERVER_OFFLINE,
        "The tool's server is not active.",
    ),
    (
        lambda facts: facts.is_stopped,
        DenyReason.TENANT_BLOCKED,
        "An admin stopped all calls of tools.",
    ),
    (
        lambda facts: facts.standing is CallableState.DENIED,
        DenyReason.POLICY_VIOLATION,
        "An admin refused this tool.",
    ),
    (
        lambda facts: facts.standing is CallableState.DRIFTED,
        DenyReason.POLICY_VIOLATION,
        "This tool is no longer what was approved. An admin has to look at what changed.",
    ),
    (
        lambda facts: facts.risk in DANGEROUS and not facts.is_allowed,
        DenyReason.DANGEROUS_TOOL_NOT_ALLOWED,
        "This tool is dangerous, and no admin allowed it explicitly.",
    ),
    (
        lambda facts: needs_people(facts) and facts.asked is Asked.REFUSED,
        DenyReason.POLICY_VIOLATION,
        "A person refused this call.",
    ),
)
