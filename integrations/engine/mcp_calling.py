"""Calling a tool: it is decided, the server is asked, and what came of it is kept and told.

Nothing is locked while the server works. A call that is cut off with the console is ended by the
clock.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils import timezone

from integrations.actions import mcp_approvals, mcp_calls, mcp_facts, mcp_policies
from integrations.actions.mcp_calls import Begun, Ended, Stopped
from integrations.actions.mcp_facts import Wanted
from integrations.domain.incidents import of_call
from integrations.domain.mcp_audit import digest
from integrations.domain.mcp_policy import Decision, decide, may_repeat
from integrations.domain.mcp_states import CallFault, Outcome
from integrations.domain.mcp_tools import McpRisk
from integrations.domain.redaction import secrets_in
from integrations.domain.states import Accessor
from integrations.engine import reporting
from integrations.engine.mcp_asking import door_of
from integrations.engine.reporting import Trouble
from integrations.mcp import client
from integrations.mcp.answers import McpFault, Said
from integrations.models import McpChain, McpToolInvocation
from integrations.vault import Reader
from loops.domain.states import Severity
from m25console.access import Actor
from m25console.scrubbing import scrubbed

ATTEMPTS: Final = 3
ATTEMPT_SECONDS: Final = 30.0
ALL_SECONDS: Final = 60.0  # over all attempts
BACK_OFF_SECONDS: Final = 0.5  # before the second attempt, twice that before the third
REPEATED: Final = frozenset({"timeout", "http_502", "http_503", "http_504"})
WENT_WRONG: Final = frozenset({Outcome.FAILURE, Outcome.TIMEOUT})
_CODES: Final[Mapping[str, CallFault]] = {
    "timeout": CallFault.TIMEOUT,
    "mcp_error": CallFault.MCP_ERROR,
}


@dataclass(frozen=True)
class Called:
    """What became of a call; `decision` where there was one to make, `output` where the tool
    said something, `incident_id` where it failed."""

    call: McpToolInvocation
    decision: Decision | None = None
    output: Mapping[str, Any] | None = None
    incident_id: str = ""


@dataclass(frozen=True)
class Foreseen:
    """What would be said of a call: the fault for which it cannot be asked for, or the ruling."""

    fault: CallFault | None
    message: str
    decision: Decision | None = None


def call(wanted: Wanted, *, by: Actor, now: datetime) -> Called:
    """Call the tool if it may be called. Raises NotFound for a server that is not the tenant's;
    every other end is told, and kept."""
    found = mcp_facts.find(wanted, by=by)
    if fault := mcp_facts.fault_of(found, wanted):
        code, message = fault
        return Called(
            mcp_calls.refuse(found, wanted, fault=code, message=message, by=by, now=now).call
        )
    lasts = timedelta(seconds=ALL_SECONDS)
    said = mcp_policies.said_of(found, wanted, by=by, now=now)
    begun = mcp_calls.begin(found, wanted, said=said, lasts=lasts, by=by, now=now)
    if isinstance(begun, Stopped):
        return Called(begun.call, begun.decision)
    ended, output = _made(begun, wanted, by)
    row = mcp_calls.finish(begun.call, ended, now=timezone.now())
    if row is None:  # the clock was faster, and has told of it
        return Called(McpToolInvocation.objects.get(pk=begun.call.pk), output=output)
    return Called(row, output=output, incident_id=_reported(row))


def foresee(wanted: Wanted, *, by: Actor, now: datetime) -> Foreseen:
    """What would be said of a call, without asking for it. Raises NotFound."""
    found = mcp_facts.find(wanted, by=by)
    if fault := mcp_facts.fault_of(found, wanted):
        return Foreseen(*fault)
    assert found.tool is not None
    chain = McpChain.objects.filter(pk=by.tenant.pk).first()
    said = mcp_policies.said_of(found, wanted, by=by, now=now)
    known, _ = mcp_facts.facts(found.tool, wanted, chain=chain, by=by, said=said, now=now)
    decision = decide(known)
    return Foreseen(None, decision.message, decision)


def tidy(now: datetime) -> Mapping[str, Any]:
    """End the calls that were cut off, and close the questions nobody answered."""
    closed = mcp_calls.close_overdue(now)
    for row in closed:
        _reported(row)
    return {"interrupted": len(closed), "lapsed": mcp_approvals.lapse(now)}


def _made(begun: Begun, wanted: Wanted, by: Actor) -> tuple[Ended, Mapping[str, Any] | None]:
    """Ask the server, more than once only where that is harmless."""
    began = time.monotonic()
    repeats = may_repeat(McpRisk(begun.tool.risk_level), hints=begun.tool.annotations)
    for attempt in range(1, ATTEMPTS + 1):
        left = ALL_SECONDS - (time.monotonic() - began)
        try:
            said = _asked(begun, wanted, by, seconds=min(ATTEMPT_SECONDS, left))
        except McpFault as fault:
            wait = BACK_OFF_SECONDS * 2 ** (attempt - 1)
            left = ALL_SECONDS - (time.monotonic() - began)
            if not repeats or fault.code not in REPEATED or attempt == ATTEMPTS or left <= wait:
                return _failed(fault, wanted, _since(began), attempt), None
            time.sleep(wait)
        else:
            return _answered(said, wanted, _since(began), attempt), said.output
    raise AssertionError("the last attempt always ends it")


def _asked(begun: Begun, wanted: Wanted, by: Actor, *, seconds: float) -> Said:
    reader = Reader(
        tenant=by.tenant, accessor=Accessor.MCP_TOOL,
        label=f"tool {begun.tool.name}, called by {by.label}"[:254], now=timezone.now(),
    )  # fmt: skip
    door = replace(door_of(begun.tool.server, by=reader), deadline_seconds=seconds)
    return client.call_tool(door, name=begun.tool.name, arguments=wanted.arguments)


def _answered(said: Said, wanted: Wanted, took: int, attempts: int) -> Ended:
    output_hash = digest(said.output)
    if not said.is_error:
        return Ended(Outcome.SUCCESS, took, attempts, output_hash)
    return Ended(
        Outcome.FAILURE, took, attempts, output_hash, CallFault.TOOL_ERROR,
        _told(said.text, wanted) or "The tool says that it failed.",
    )  # fmt: skip


def _failed(fault: McpFault, wanted: Wanted, took: int, attempts: int) -> Ended:
    code = _CODES.get(fault.code, fault.code.upper())
    outcome = Outcome.TIMEOUT if code == CallFault.TIMEOUT else Outcome.FAILURE
    return Ended(
        outcome,
        took,
        attempts,
        error_code=code,
        error_message=_told(str(fault), wanted),
    )


def _told(text: str, wanted: Wanted) -> str:
    """What a server said, without the secrets it was told and what cannot be stored."""
    text = text.replace("\0", "").encode(errors="replace").decode()
    return scrubbed(text, secrets_in(wanted.arguments))


def _since(began: float) -> int:
    """In milliseconds."""
    return round((time.monotonic() - began) * 1000)


def _reported(row: McpToolInvocation) -> str:
    """The incident that stands for a call that went wrong, or nothing."""
    if row.outcome not in WENT_WRONG:
        return ""
    trouble = Trouble(
        external_id=of_call(row.pk),
        error_type=mcp_policies.FAILED,
        error_code=f"MCP_{row.error_code}",
        message=f"The tool {row.tool_name} failed: {row.error_message}",
        severity=Severity.MEDIUM,
        context={"invocation_id": row.pk, "server_id": row.server_id, "tool": row.tool_name},
        run_id=row.run_id or f"mcp-{row.server_id}-{row.tool_id}",
        occurred_at=row.invoked_at,
    )
    return reporting.report(trouble, tenant=row.tenant, now=timezone.now())
