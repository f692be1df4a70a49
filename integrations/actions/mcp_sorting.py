"""What a listing of an MCP server changes of what is known of its tools; nothing is stored here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from integrations.domain.mcp_tools import (
    Definition,
    McpRisk,
    ToolState,
    definition_of,
    risk_after,
    risk_of,
    state_after_listing,
)
from integrations.models import McpServer, McpTool, McpToolVersion


@dataclass
class Sorted:
    """What a listing comes to, by how each tool stands to what was known."""

    found: int = 0
    added: list[McpTool] = field(default_factory=list)
    updated: list[McpTool] = field(default_factory=list)
    removed: list[McpTool] = field(default_factory=list)
    drifted: list[McpTool] = field(default_factory=list)
    left_out: int = 0
    touched: list[McpTool] = field(default_factory=list)
    versions: list[McpToolVersion] = field(default_factory=list)


def sort_out(
    server: McpServer, known: Mapping[str, McpTool], listed: Sequence[Mapping[str, object]],
    *, now: datetime,
) -> Sorted:  # fmt: skip
    """What a listing changes, with nothing stored. A name that is listed twice counts once."""
    result = Sorted()
    definitions: dict[str, Definition] = {}
    for document in listed:
        one = definition_of(document)
        if one is None:
            result.left_out += 1
        else:
            definitions.setdefault(one.name, one)
    result.found = len(definitions)
    for name, one in definitions.items():
        if name in known:
            _listed_again(known[name], one, result, now=now)
        else:
            _listed_first(server, one, result, now=now)
    for name, tool in known.items():
        if name not in definitions and tool.vanished_at is None:
            tool.enabled, tool.vanished_at, tool.updated_at = False, now, now
            result.removed.append(tool)
            result.touched.append(tool)
    return result


def _listed_first(server: McpServer, one: Definition, result: Sorted, *, now: datetime) -> None:
    """Where nobody has to approve, what is seen first is what later versions are held against."""
    tool = McpTool(
        tenant_id=server.tenant_id, server=server, name=one.name, risk_level=risk_of(one.name),
        discovered_at=now,
    )  # fmt: skip
    _become(tool, one, now=now)
    if not server.requires_approval:
        tool.state = ToolState.ALLOWED
        tool.approved_version, tool.approved_fingerprint = tool.version, tool.fingerprint
    result.added.append(tool)
    result.versions.append(_version(tool, one, now=now))


def _listed_again(tool: McpTool, one: Definition, result: Sorted, *, now: datetime) -> None:
    is_changed, is_back = tool.fingerprint != one.fingerprint, tool.vanished_at is not None
    if not (is_changed or is_back):
        return
    tool.vanished_at, tool.updated_at = None, now
    if is_changed:
        tool.version += 1
        _become(tool, one, now=now)
        tool.risk_level = risk_after(
            known=McpRisk(tool.risk_level), by_person=tool.risk_by_person, name=one.name
        )
        result.versions.append(_version(tool, one, now=now))
    before = ToolState(tool.state)
    tool.state = state_after_listing(
        state=before, is_as_approved=tool.fingerprint == tool.approved_fingerprint
    )
    if tool.state == ToolState.DRIFTED and is_changed:
        result.drifted.append(tool)
    result.updated.append(tool)
    result.touched.append(tool)


def _become(tool: McpTool, one: Definition, *, now: datetime) -> None:
    tool.description, tool.fingerprint = one.description, one.fingerprint
    tool.input_schema, tool.output_schema = dict(one.input_schema), one.output_schema
    tool.annotations, tool.changed_at, tool.updated_at = dict(one.hints), now, now


def _version(tool: McpTool, one: Definition, *, now: datetime) -> McpToolVersion:
    return McpToolVersion(
        tenant_id=tool.tenant_id, tool=tool, number=tool.version, fingerprint=one.fingerprint,
        document=dict(one.document), seen_at=now,
    )  # fmt: skip
