"""Tools of MCP servers as lists, their page and the drift desk show them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from django.db.models import Q, QuerySet

from integrations.domain.mcp_diffs import Difference, differences
from integrations.domain.mcp_policy import DANGEROUS
from integrations.domain.mcp_servers import McpServerStatus
from integrations.domain.mcp_tools import (
    McpRisk,
    ToolState,
    ToolVerdict,
    contradictions,
)
from integrations.models import McpConfig, McpTool, McpToolDecision, McpToolVersion
from integrations.permissions import check_can_approve, check_can_deny, check_can_enable_tool
from m25console import keyset
from m25console.access import Actor, Verdict, check_connects, check_may, verdict
from m25console.keyset import Order, Page, Place
from m25console.looks import Look
from m25console.rights import Permission

CHANGED: Final = Order("changed_at")
ON_DESK: Final = 10  # tools of one page, each in full
VERSIONS: Final = 20
DECISIONS: Final = 20
STATES: Final[Mapping[ToolState, Look]] = {
    ToolState.PENDING: Look("To be approved", "warn", "hourglass"),
    ToolState.ALLOWED: Look("Allowed", "ok", "shield-check"),
    ToolState.DENIED: Look("Denied", "bad", "ban"),
    ToolState.DRIFTED: Look("Changed since", "bad", "alert-triangle"),
}
RISKS: Final[Mapping[McpRisk, Look]] = {
    McpRisk.LOW: Look("Low risk", "idle", "shield"),
    McpRisk.MEDIUM: Look("Medium risk", "idle", "shield"),
    McpRisk.HIGH: Look("High risk", "warn", "shield"),
    McpRisk.CRITICAL: Look("Critical risk", "bad", "shield"),
}
VERDICTS: Final[Mapping[ToolVerdict, Look]] = {
    ToolVerdict.APPROVED: Look("Approved", "ok", "check"),
    ToolVerdict.DENIED: Look("Denied", "bad", "ban"),
}

CLAIMS: Final[Mapping[str, str]] = {
    "title": "It is called",
    "readOnlyHint": "It only reads",
    "destructiveHint": "It may destroy something",
    "idempotentHint": "Twice does as much as once",
    "openWorldHint": "It reaches beyond its server",
}


class Show(StrEnum):
    """What of the desk is shown."""

    CHANGED = "changed"
    NEW = "new"
    GONE = "gone"


TABS: Final[Mapping[Show, str]] = {
    Show.CHANGED: "Changed since approved",
    Show.NEW: "New",
    Show.GONE: "No longer listed",
}


@dataclass(frozen=True)
class ToolLine:
    """One tool in a list."""

    row: McpTool
    state: Look
    risk: Look
    warnings: Sequence[str]


@dataclass(frozen=True)
class OnDesk:
    """One tool that somebody has to look at: what changed, and what may be done."""

    line: ToolLine
    changes: Sequence[Difference]
    takes: str
    approved_by: Sequence[str]  # who said yes to this version already
    may_approve: Verdict
    may_deny: Verdict


@dataclass(frozen=True)
class Desk:
    """A page of the drift desk."""

    tools: Page[McpTool]
    items: Sequence[OnDesk]
    two_people: bool
    may_configure: Verdict


@dataclass(frozen=True)
class DecisionLine:
    """What one person said."""

    row: McpToolDecision
    look: Look


@dataclass(frozen=True)
class ToolPage:
    """One tool with what a page tells of it."""

    item: OnDesk
    compared: str
    versions: Sequence[McpToolVersion]
    decisions: Sequence[DecisionLine]
    claims: Sequence[tuple[str, Any]]  # what its server says of it, which nobody has checked
    gives: str
    may_enable: Verdict
    may_manage: Verdict
    may_call: Verdict
    is_dangerous: bool  # and needs an admin's word of its own


def desk(actor: Actor, *, show: Show, place: Place) -> Desk:
    """The tools somebody has to look at, what changed last first: four queries."""
    mine = McpTool.objects.for_tenant(actor.tenant).select_related("server")
    rows = _narrowed(mine.exclude(server__status=McpServerStatus.DISABLED), show)
    page = keyset.page(rows, order=CHANGED, place=place, size=ON_DESK)
    documents, yes = _documents(page.rows), _approvals(page.rows)
    config = McpConfig.objects.filter(tenant=actor.tenant).first()
    return Desk(
        tools=page,
        items=[_on_desk(one, documents, yes.get(one.pk, ()), actor) for one in page.rows],
        two_people=config is not None and config.two_people,
        may_configure=verdict(check_connects, actor),
    )


def tool_page(row: McpTool, *, actor: Actor) -> ToolPage:
    """A tool in full, compared with what was approved, or else with the version before: two
    queries."""
    versions = list(McpToolVersion.objects.filter(tool=row).order_by("-number")[:VERSIONS])
    decisions = _decisions_of(row)
    documents = {(row.pk, one.number): one.document for one in versions}
    yes = [
        str(one.by) for one in decisions
        if one.version == row.version and one.verdict == ToolVerdict.APPROVED
    ]  # fmt: skip
    return ToolPage(
        item=_on_desk(row, documents, yes, actor),
        compared=_compared(row),
        versions=versions,
        decisions=[DecisionLine(one, VERDICTS[ToolVerdict(one.verdict)]) for one in decisions],
        claims=[(CLAIMS.get(name, name), _said(told)) for name, told in row.annotations.items()],
        gives=_pretty(row.output_schema) if row.output_schema else "",
        may_enable=verdict(check_can_enable_tool, row, actor),
        may_manage=verdict(check_connects, actor),
        may_call=verdict(check_may, actor, Permission.EXECUTE_TOOLS),
        is_dangerous=McpRisk(row.risk_level) in DANGEROUS,
    )


def _decisions_of(row: McpTool) -> list[McpToolDecision]:
    """What was said of it, the last first."""
    said = McpToolDecision.objects.filter(tool=row).select_related("by").order_by("-at", "-id")
    return list(said[:DECISIONS])


def tool_line(row: McpTool) -> ToolLine:
    """A tool as lists show it."""
    return ToolLine(
        row=row,
        state=STATES[ToolState(row.state)],
        risk=RISKS[McpRisk(row.risk_level)],
        warnings=contradictions(name=row.name, hints=row.annotations),
    )


def _narrowed(rows: QuerySet[McpTool], show: Show) -> QuerySet[McpTool]:
    if show is Show.GONE:
        return rows.filter(vanished_at__isnull=False)
    state = ToolState.DRIFTED if show is Show.CHANGED else ToolState.PENDING
    return rows.filter(state=state, vanished_at__isnull=True)


def _before(row: McpTool) -> int:
    """The version that a tool is compared with."""
    if row.approved_version is not None and row.approved_version != row.version:
        return row.approved_version
    return row.version - 1


def _compared(row: McpTool) -> str:
    if row.version == 1:
        return ""
    before = _before(row)
    word = "approved version" if before == row.approved_version else "version"
    return f"{word} {before}"


def _documents(rows: Sequence[McpTool]) -> dict[tuple[str, int], Mapping[str, Any]]:
    wanted = Q(pk__in=[])
    for row in rows:
        wanted |= Q(tool=row, number__in=[_before(row), row.version])
    found = McpToolVersion.objects.filter(wanted)
    return {(one.tool_id, one.number): one.document for one in found}


def _approvals(rows: Sequence[McpTool]) -> dict[str, list[str]]:
    """Who approved the version that each of these is now."""
    wanted = Q(pk__in=[])
    for row in rows:
        wanted |= Q(tool=row, version=row.version)
    found: dict[str, list[str]] = {}
    said = McpToolDecision.objects.filter(wanted, verdict=ToolVerdict.APPROVED)
    for one in said.select_related("by").order_by("pk"):
        found.setdefault(one.tool_id, []).append(str(one.by))
    return found


def _on_desk(
    row: McpTool, documents: Mapping[tuple[str, int], Mapping[str, Any]],
    approved_by: Sequence[str], actor: Actor,
) -> OnDesk:  # fmt: skip
    was, now = documents.get((row.pk, _before(row))), documents.get((row.pk, row.version))
    is_open = row.state != ToolState.ALLOWED
    return OnDesk(
        line=tool_line(row),
        changes=differences(was, now) if was is not None and now is not None else (),
        takes=_pretty(row.input_schema),
        approved_by=approved_by if is_open else (),
        may_approve=verdict(check_can_approve, row, actor),
        may_deny=verdict(check_can_deny, row, actor),
    )


def _said(told: Any) -> Any:
    return ("yes" if told else "no") if isinstance(told, bool) else told


def _pretty(document: Any) -> str:
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False)
