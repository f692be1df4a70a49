"""What people decide about the tools of MCP servers: which may be called, and how risky one is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from integrations.actions import mcp_audit, mcp_policies
from integrations.domain.mcp_audit import Event
from integrations.domain.mcp_tools import McpRisk, ToolState, ToolVerdict
from integrations.models import McpConfig, McpTool, McpToolDecision
from integrations.permissions import check_can_approve, check_can_deny, check_can_enable_tool
from m25console import audit
from m25console.access import Actor, check_connects
from m25console.refusals import InvalidInput, WrongState
from m25console.rows import found

MAX_REASON: Final = 1_000
_RULED: Final[Mapping[str, str]] = {ToolState.ALLOWED: "allow", ToolState.DENIED: "deny"}


@dataclass(frozen=True)
class Change:
    """What to set of a tool; None leaves it as it is."""

    enabled: bool | None = None
    risk_level: McpRisk | None = None
    policy_id: str | None = None


@dataclass(frozen=True)
class Decision:
    """What somebody says about the version of a tool that they looked at."""

    version: int
    verdict: ToolVerdict
    reason: str = ""


@transaction.atomic
def change(*, tool_id: str, wanted: Change, by: Actor, now: datetime) -> McpTool:
    """Set what is named. Raises NotFound, NotPermitted, InvalidInput or WrongState."""
    chain = mcp_audit.held(by.tenant)
    row = _locked(tool_id, by)
    check_connects(by)
    before = told(row)
    if wanted.enabled is not None:
        if wanted.enabled:
            check_can_enable_tool(row, by)
        row.enabled = wanted.enabled
    if wanted.risk_level is not None:
        row.risk_level, row.risk_by_person = wanted.risk_level, True
    if wanted.policy_id is not None:
        row.policy_id = mcp_policies.checked(wanted.policy_id, tenant=by.tenant, field="policy_id")
    row.updated_at = now
    row.save()
    after = told(row)
    audit.record(by=by, action="mcp_tool.changed", about=row, before=before, after=after, now=now)
    if changed := {name: value for name, value in after.items() if value != before[name]}:
        event = mcp_audit.about_tool(row, by=by, told={"changed": changed})
        mcp_audit.append([event], chain=chain, now=now)
    return row


@transaction.atomic
def decide(*, tool_id: str, decision: Decision, by: Actor, now: datetime) -> McpTool:
    """Approve or deny a tool as it is. Where the tenant wants two people, a tool that has drifted
    is allowed by the second.

    Raises NotFound, NotPermitted, InvalidInput, or WrongState, also if it changed meanwhile.
    """
    chain = mcp_audit.held(by.tenant)
    row = _locked(tool_id, by)
    is_approval = decision.verdict is ToolVerdict.APPROVED
    (check_can_approve if is_approval else check_can_deny)(row, by)
    if decision.version != row.version:
        raise WrongState("This tool changed again. Look at what it is now, then decide.")
    _check_reason(decision)
    before = {"state": str(row.state)}
    if is_approval:
        _approve(row, by)
    else:
        row.state = ToolState.DENIED
    _written(row, decision, by, now=now)
    row.updated_at = now
    row.save()
    audit.record(
        by=by, action=f"mcp_tool.{decision.verdict}", about=row, before=before,
        after={"state": str(row.state), "version": row.version, "tool": row.name},
        note=decision.reason, now=now,
    )  # fmt: skip
    mcp_audit.append([_event(row, decision, by)], chain=chain, now=now)
    return row


def _check_reason(decision: Decision) -> None:
    if decision.verdict is ToolVerdict.DENIED and not decision.reason.strip():
        raise InvalidInput.of({"reason": ["Say why, for whoever asks later."]})
    if len(decision.reason) > MAX_REASON:
        raise InvalidInput.of({"reason": [f"A reason has at most {MAX_REASON:,} characters."]})


def told(row: McpTool) -> dict[str, Any]:
    """The tool as the audit keeps it."""
    return {
        "tool": row.name,
        "enabled": row.enabled,
        "risk_level": str(row.risk_level),
        "policy_id": row.policy_id,
        "state": str(row.state),
    }


def _approve(row: McpTool, by: Actor) -> None:
    """Allow it, unless it takes another person to do so."""
    if row.state == ToolState.DRIFTED and _needs_two(row):
        earlier = list(_approvals(row).values_list("by_id", flat=True))
        if by.user and by.user.pk in earlier:
            raise WrongState("You approved this version already; now another admin has to.")
        if not earlier:
            return
    row.state = ToolState.ALLOWED
    row.approved_version, row.approved_fingerprint = row.version, row.fingerprint


def _approvals(row: McpTool) -> Any:
    """Of the version that the tool is now, since somebody last denied it."""
    mine = McpToolDecision.objects.filter(
        tenant_id=row.tenant_id, tool_id=row.pk, version=row.version
    )
    denied = mine.filter(verdict=ToolVerdict.DENIED).order_by("-pk").values("pk")[:1]
    last = next(iter(denied), {"pk": 0})["pk"]
    return mine.filter(verdict=ToolVerdict.APPROVED, pk__gt=last)


def _needs_two(row: McpTool) -> bool:
    return McpConfig.objects.filter(tenant_id=row.tenant_id, two_people=True).exists()


def _written(row: McpTool, decision: Decision, by: Actor, *, now: datetime) -> None:
    assert by.user is not None  # who administers is somebody
    McpToolDecision.objects.create(
        tenant_id=row.tenant_id, tool=row, version=row.version, verdict=decision.verdict,
        reason=decision.reason.strip(), by=by.user, at=now,
    )  # fmt: skip


def _event(row: McpTool, decision: Decision, by: Actor) -> Event:
    told = {
        "verdict": str(decision.verdict), "version": row.version, "state": str(row.state),
        "fingerprint": row.fingerprint,
    }  # fmt: skip
    return mcp_audit.about_tool(row, by=by, told=told, decision=_RULED.get(row.state, ""))


def _locked(tool_id: str, by: Actor) -> McpTool:
    rows = McpTool.objects.for_tenant(by.tenant).select_for_update(of=("self",))
    return found(rows, tool_id, noun="tool")
