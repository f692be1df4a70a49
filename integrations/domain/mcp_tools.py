"""Tools of MCP servers: how risky one is by its name, what it is known again by, and whether it
may be called: MCP_TOOLS_V1 of integrations 1.0.0."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

VERSION: Final = "MCP_TOOLS_V1"
MAX_TOOLS: Final = 1_000  # of one server
MAX_NAME: Final = 128


class McpRisk(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class ToolState(StrEnum):
    """What people decided about a tool."""

    PENDING = "pending"  # nobody has decided yet
    ALLOWED = "allowed"
    DENIED = "denied"
    DRIFTED = "drifted"  # it is no longer what was allowed


class ToolVerdict(StrEnum):
    """What one person says about one version of a tool."""

    APPROVED = "approved"
    DENIED = "denied"


class CallableState(StrEnum):
    """Whether a tool may be called as far as the tool itself goes."""

    YES = "yes"
    DISABLED = "disabled"  # by a person, or because the server no longer lists it
    UNAPPROVED = "unapproved"
    DENIED = "denied"
    DRIFTED = "drifted"


@dataclass(frozen=True)
class Definition:
    """A tool as its server lists it; `document` is all of it, as it can be stored."""

    name: str
    description: str
    input_schema: Mapping[str, Any]
    output_schema: Mapping[str, Any] | None
    hints: Mapping[str, Any]
    document: Mapping[str, Any]
    fingerprint: str


# Whole words of a name; the first line that has one of them wins.
_RISKS: Final[tuple[tuple[McpRisk, frozenset[str]], ...]] = (
    (McpRisk.CRITICAL, frozenset({"delete", "remove", "drop", "destroy", "kill"})),
    (McpRisk.HIGH, frozenset({"write", "execute", "run", "shell", "eval", "create"})),
    (McpRisk.MEDIUM, frozenset({"update", "modify", "set", "put", "post"})),
    (McpRisk.LOW, frozenset({"read", "get", "list", "search", "query", "fetch"})),
)
_ORDER: Final = tuple(McpRisk)
_LARGEST: Final = 2**63  # beyond it a database may not take a number
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PARTS: Final = re.compile(r"[^A-Za-z0-9]+")


def words_of(name: str) -> list[str]:
    """The words of a name such as `get_userSettings`, in lower case."""
    return [one.lower() for one in _PARTS.split(_CAMEL.sub("_", name)) if one]


def risk_of(name: str) -> McpRisk:
    """How risky a tool of this name is; medium where the name does not tell."""
    words = set(words_of(name))
    return next((risk for risk, telling in _RISKS if words & telling), McpRisk.MEDIUM)


def risk_after(*, known: McpRisk, by_person: bool, name: str) -> McpRisk:
    """The risk of a tool that is listed again: what a person set is never lowered."""
    told = risk_of(name)
    if by_person:
        return max(known, told, key=_ORDER.index)
    return told


def fingerprint(document: Mapping[str, Any]) -> str:
    """What a version of a tool is known again by: 64 hex digits of SHA-256 over its name,
    description, schemas and hints as JSON with sorted keys."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def definition_of(document: Mapping[str, Any]) -> Definition | None:
    """The definition in what a server lists; None for a name that cannot be kept."""
    kept: dict[str, Any] = _storable(document)
    name = str(kept.get("name", ""))
    if not 0 < len(name) <= MAX_NAME or not name.isprintable() or name != name.strip():
        return None
    return Definition(
        name=name,
        description=str(kept.get("description") or ""),
        input_schema=kept.get("inputSchema") or {},
        output_schema=kept.get("outputSchema"),
        hints=kept.get("annotations") or {},
        document=kept,
        fingerprint=fingerprint(kept),
    )


def callable_state(*, state: ToolState, enabled: bool) -> CallableState:
    """Whether a tool may be called, and if not, what stands in the way. A drifted one may not
    until somebody approves what it has become."""
    if not enabled:
        return CallableState.DISABLED
    return _BY_STATE[state]


def state_after_listing(*, state: ToolState, is_as_approved: bool) -> ToolState:
    """Where being listed moves a tool: one that was allowed and differs from what was approved has
    drifted, and one that is that again is allowed again."""
    if state in (ToolState.ALLOWED, ToolState.DRIFTED):
        return ToolState.ALLOWED if is_as_approved else ToolState.DRIFTED
    return state


def contradictions(*, name: str, hints: Mapping[str, Any]) -> list[str]:
    """Where a server's hints about a tool do not fit the tool's name; hints are claims."""
    risk, told = risk_of(name), []
    if hints.get("readOnlyHint") is True and risk is not McpRisk.LOW and set(words_of(name)) & _ALL:
        told.append(f"It says that it only reads, and is named “{name}”.")
    if hints.get("destructiveHint") is False and risk is McpRisk.CRITICAL:
        told.append(f"It says that it destroys nothing, and is named “{name}”.")
    return told


_ALL: Final = frozenset[str]().union(*(words for _, words in _RISKS))


def _storable(told: Any) -> Any:
    """The value as a database takes it: no NUL in a text, no number that is none."""
    match told:
        case str():
            return told.replace("\0", "\ufffd")
        case Mapping():
            return {_storable(str(name)): _storable(one) for name, one in told.items()}
        case list() | tuple():
            return [_storable(one) for one in told]
        case bool():
            return told
        case int() | float():
            return told if abs(told) < _LARGEST else None  # what is no number is not less
    return told


_BY_STATE: Final[Mapping[ToolState, CallableState]] = {
    ToolState.PENDING: CallableState.UNAPPROVED,
    ToolState.ALLOWED: CallableState.YES,
    ToolState.DENIED: CallableState.DENIED,
    ToolState.DRIFTED: CallableState.DRIFTED,
}
