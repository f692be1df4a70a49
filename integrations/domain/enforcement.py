"""May this call be made? ENFORCEMENT_V1 of integrations 1.0.0.

The order is fixed: status, health, budget, tokens, rate, then warnings. The first that stops a
call is the one reason given. A limit of 0 is none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from integrations.domain.states import Enforcement, FailMode, HealthState, IntegrationStatus

VERSION: Final = "ENFORCEMENT_V1"
WARN_AT: Final = 80  # percent of a limit
RETRY_SECONDS: Final = 60
MOST_AT_ONCE: Final = 100  # questions in one batch

_NOT_USABLE: Final[Mapping[IntegrationStatus, tuple[str, str]]] = {
    IntegrationStatus.DISABLED: ("integration_disabled", "This integration is switched off."),
    IntegrationStatus.ERROR: (
        "integration_error",
        "This integration is stopped: the provider refused its credential.",
    ),
    IntegrationStatus.CREATED: (
        "integration_not_enabled",
        "This integration was never switched on.",
    ),
}


@dataclass(frozen=True)
class Limits:
    """Of one integration: cents and tokens a month, calls a minute; 0 is no limit."""

    budget_cents: int = 0
    tokens: int = 0
    calls_per_minute: int = 0


@dataclass(frozen=True)
class Used:
    """What was used this month, and the calls of the last 60 s; None: it could not be read."""

    cents: int | None = 0
    tokens: int | None = 0
    calls: int | None = 0


@dataclass(frozen=True)
class Wanted:
    """What the call is thought to cost."""

    cents: int = 0
    tokens: int = 0


@dataclass(frozen=True)
class Subject:
    """The integration a call would go through."""

    status: IntegrationStatus
    health: HealthState
    limits: Limits
    is_deleted: bool = False


@dataclass(frozen=True)
class Reason:
    """One reason; figures are in the unit of their limit, `percent` is of the limit used."""

    code: str
    message: str
    limit_type: str
    limit_value: int | None = None
    current_value: int | None = None
    projected_value: int | None = None
    percent: float | None = None
    retry_after_seconds: int | None = None


@dataclass(frozen=True)
class Decision:
    """The answer with every reason; `degraded` if a limit could not be looked up."""

    result: Enforcement
    reasons: tuple[Reason, ...]
    degraded: bool = False


@dataclass
class _Findings:
    """What the limits said so far."""

    stop: Decision | None = None
    warnings: list[Reason] = field(default_factory=list)
    unread: list[Reason] = field(default_factory=list)


def decide(subject: Subject | None, *, used: Used, wanted: Wanted, mode: FailMode) -> Decision:
    """Whether a call that would cost `wanted` may be made; `subject` is None if there is none."""
    if subject is None:
        return _hard("integration_not_found", "There is no such integration.")
    closed = _closed(subject)
    if closed is not None:
        return closed
    found = _Findings()
    for check in (_budget, _tokens, _rate):
        check(subject.limits, used, wanted, found)
        if found.stop is not None:
            return Decision(found.stop.result, found.stop.reasons, degraded=bool(found.unread))
    return _summed(found, mode)


def accumulated(used: Used, wanted: Wanted) -> Used:
    """What is used once a call of the same batch was let through."""
    return Used(
        cents=None if used.cents is None else used.cents + wanted.cents,
        tokens=None if used.tokens is None else used.tokens + wanted.tokens,
        calls=None if used.calls is None else used.calls + 1,
    )


def unanswered(mode: FailMode) -> Decision:
    """The answer where nothing at all could be looked up."""
    reason = Reason("check_failed", "The limits could not be looked up.", "status")
    result = Enforcement.BLOCKED if mode is FailMode.CLOSED else Enforcement.ALLOWED
    return Decision(result, (reason,), degraded=True)


def lets_through(result: Enforcement) -> bool:
    """Whether the call may be made."""
    return result in (Enforcement.ALLOWED, Enforcement.WARNED)


def _summed(found: _Findings, mode: FailMode) -> Decision:
    """The verdict of limits none of which stopped the call."""
    degraded = bool(found.unread)
    if degraded and mode is FailMode.CLOSED:
        return Decision(Enforcement.BLOCKED, tuple(found.unread), degraded=True)
    reasons: Sequence[Reason] = [*found.warnings, *found.unread]
    if found.warnings:
        return Decision(Enforcement.WARNED, tuple(reasons), degraded)
    if not reasons:
        reasons = [Reason("all_checks_passed", "Within every limit.", "status")]
    return Decision(Enforcement.ALLOWED, tuple(reasons), degraded)


def _closed(subject: Subject) -> Decision | None:
    """The refusal that comes before any limit, if one does."""
    if subject.is_deleted:
        return _hard("integration_deleted", "This integration was deleted.")
    if subject.status in _NOT_USABLE:
        return _hard(*_NOT_USABLE[subject.status])
    if subject.health is HealthState.FAILING:
        return _hard("credentials_invalid", "The last check of this integration failed.")
    return None


def _hard(code: str, message: str) -> Decision:
    return Decision(Enforcement.HARD_BLOCKED, (Reason(code, message, "status"),))


def _budget(limits: Limits, used: Used, wanted: Wanted, found: _Findings) -> None:
    _monthly("budget", limits.budget_cents, used.cents, wanted.cents, found)


def _tokens(limits: Limits, used: Used, wanted: Wanted, found: _Findings) -> None:
    _monthly("tokens", limits.tokens, used.tokens, wanted.tokens, found)


_CODES: Final = {"budget": "budget", "tokens": "token"}
_SPENT: Final = {"budget": "budget_exceeded", "tokens": "token_limit_exceeded"}


def _monthly(kind: str, limit: int, used: int | None, wanted: int, found: _Findings) -> None:
    """A limit of the month: spent when what is used and wanted reaches it, warned of from 80 %
    by what is used alone."""
    if limit <= 0:
        return
    if used is None:
        code = f"{_CODES[kind]}_degraded"
        found.unread.append(Reason(code, f"The {kind} used could not be looked up.", kind, limit))
        return
    projected, percent = used + wanted, used / limit * 100
    if projected >= limit:
        message = f"The {kind} limit of this month is spent."
        reason = Reason(
            _SPENT[kind], message, kind, limit, used, projected, percent=min(100.0, percent)
        )
        found.stop = Decision(Enforcement.BLOCKED, (reason,))
    elif used * 100 >= limit * WARN_AT:
        message = f"{percent:.0f}% of this month's {kind} limit is used."
        code = f"{_CODES[kind]}_warning"
        found.warnings.append(Reason(code, message, kind, limit, used, projected, percent=percent))


def _rate(limits: Limits, used: Used, _wanted: Wanted, found: _Findings) -> None:
    limit = limits.calls_per_minute
    if limit <= 0:
        return
    if used.calls is None:
        message = "The calls of the last minute could not be counted."
        found.unread.append(Reason("rate_degraded", message, "rate", limit))
    elif used.calls >= limit:
        message = f"{used.calls:,} calls were made in the last 60 seconds; {limit:,} are allowed."
        percent = min(100.0, used.calls / limit * 100)
        reason = Reason(
            "rate_limit_exceeded", message, "rate", limit, used.calls, used.calls + 1,
            percent=percent, retry_after_seconds=RETRY_SECONDS,
        )  # fmt: skip
        found.stop = Decision(Enforcement.THROTTLED, (reason,))
