"""An incident as reported, checked and tidied: texts trimmed, blank ones missing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from loops.domain.payload import MAX_TEXT_BYTES, PayloadFault, check_document, digest
from loops.domain.signature import number
from loops.domain.states import Severity

MAX_LENGTHS: Final[Mapping[str, int]] = {  # in characters
    "error_type": 128,
    "error_code": 255,
    "message": MAX_TEXT_BYTES,
    "title": 255,
    "agent_id": 255,
    "agent_capability": 255,
    "api_endpoint": 2048,
    "run_id": 255,
    "external_id": 255,
}
TITLE_LENGTH: Final = 120  # of a title made from a message
MAX_STATUS_CODE: Final = 999
CLOCK_SKEW: Final = timedelta(hours=24)  # how far in the future a sender's clock may be

SEVERITY_OF: Final[Mapping[str, Severity]] = {
    "agent_crash": Severity.CRITICAL,
    "budget_breach": Severity.CRITICAL,
    "freeze": Severity.CRITICAL,
    "execution_timeout": Severity.HIGH,
    "step_failure": Severity.HIGH,
    "skill_error": Severity.HIGH,
    "failure_spike": Severity.HIGH,
    "content_policy": Severity.HIGH,
    "rate_limit_overflow": Severity.HIGH,
    "cancelled": Severity.LOW,
    "manual_stop": Severity.LOW,
}


@dataclass(frozen=True)
class Incident:
    """One failure, as the loop takes it in."""

    error_type: str
    severity: Severity
    title: str
    occurred_at: datetime
    error_code: str | None = None
    message: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    agent_id: str | None = None
    agent_capability: str | None = None
    api_endpoint: str | None = None
    status_code: int | None = None
    run_id: str | None = None
    external_id: str | None = None


def incident_from(document: object, *, now: datetime) -> Incident:
    """The incident in a parsed JSON document; fields we do not know are ignored.

    A missing title, severity or time is filled in. Raises PayloadFault at the first field that
    has the wrong type, is too long, or is missing though required.
    """
    check_document(document)
    if not isinstance(document, dict):
        raise PayloadFault(pointer="", message="must be an object")
    texts = {name: _text(document, name) for name in MAX_LENGTHS}
    error_type = texts.pop("error_type")
    if error_type is None:
        raise PayloadFault(pointer="/error_type", message="is required")
    title = texts.pop("title")
    return Incident(
        error_type=error_type,
        severity=_severity(document, error_type=error_type),
        title=title or title_of(error_type=error_type, message=texts["message"]),
        occurred_at=_occurred_at(document, now=now),
        context=_context(document),
        status_code=_status_code(document),
        **texts,
    )


def body_hash(document: Mapping[str, Any]) -> str:
    """SHA-256 in hex of a report, the same whatever the order of its keys."""
    return digest(dict(document))


def title_of(*, error_type: str, message: str | None) -> str:
    """The first line of the message that says something, shortened; else the error type."""
    lines = (" ".join(line.split()) for line in (message or "").splitlines())
    first = next((line for line in lines if line), error_type)
    return first if len(first) <= TITLE_LENGTH else first[: TITLE_LENGTH - 1].rstrip() + "…"


def default_severity(error_type: str) -> Severity:
    """How bad a failure of this type usually is; medium if nothing is known."""
    return SEVERITY_OF.get(error_type.lower(), Severity.MEDIUM)


def _text(document: Mapping[str, Any], name: str) -> str | None:
    value = document.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise PayloadFault(pointer=f"/{name}", message="must be a string")
    kept = value.strip()
    if len(kept) > MAX_LENGTHS[name]:
        limit = f"must not be longer than {MAX_LENGTHS[name]} characters"
        raise PayloadFault(pointer=f"/{name}", message=limit)
    return kept or None


def _severity(document: Mapping[str, Any], *, error_type: str) -> Severity:
    stated = _stated(document, "severity")
    if stated is None:
        return default_severity(error_type)
    try:
        return Severity(stated.strip().lower())
    except ValueError:
        known = ", ".join(Severity)
        raise PayloadFault(pointer="/severity", message=f"must be one of {known}") from None


def _context(document: Mapping[str, Any]) -> Mapping[str, Any]:
    context = document.get("context")
    if context is None:
        return {}
    if not isinstance(context, dict):
        raise PayloadFault(pointer="/context", message="must be an object")
    return context


def _status_code(document: Mapping[str, Any]) -> int | None:
    stated = document.get("status_code")
    if stated is None:
        return None
    code = number(stated) if isinstance(stated, int | str) else None
    if code is None or isinstance(stated, bool) or not 0 <= code <= MAX_STATUS_CODE:
        wanted = f"must be a number from 0 to {MAX_STATUS_CODE}"
        raise PayloadFault(pointer="/status_code", message=wanted)
    return code


def _occurred_at(document: Mapping[str, Any], *, now: datetime) -> datetime:
    stated = _stated(document, "occurred_at")
    if stated is None:
        return now
    try:
        moment = datetime.fromisoformat(stated.strip())
        utc = moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        utc = None
    if utc is None:
        wanted = "must be an ISO 8601 date and time with its zone, such as 2026-01-31T09:30:00Z"
        raise PayloadFault(pointer="/occurred_at", message=wanted)
    if utc > now + CLOCK_SKEW:
        raise PayloadFault(pointer="/occurred_at", message="is more than 24 hours in the future")
    return utc


def _stated(document: Mapping[str, Any], name: str) -> str | None:
    value = document.get(name)
    if value is not None and not isinstance(value, str):
        raise PayloadFault(pointer=f"/{name}", message="must be a string")
    return value
