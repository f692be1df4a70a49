"""What a decision is put on record with: every limit, and what was made of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from integrations.domain.enforcement import WARN_AT, Decision, Limits, Used, Wanted
from integrations.domain.months import month_of
from integrations.domain.states import Enforcement

RATE_WINDOW: Final = timedelta(seconds=60)


class Finding(StrEnum):
    """What was made of one limit."""

    PASSED = "passed"
    WARNED = "warned"
    STOPPED = "stopped"
    UNREAD = "unread"  # its counter could not be read
    UNSET = "unset"
    SKIPPED = "skipped"  # something before it had stopped the call


@dataclass(frozen=True)
class Looked:
    """One limit as it stood: `used` and `projected`, with the call, in its unit; `counter` names
    the rows that were counted."""

    limit_type: str
    finding: Finding
    limit: int
    used: int | None
    projected: int | None
    counter: str
    begins: datetime
    ends: datetime

    def as_json(self) -> dict[str, Any]:
        """The record as it is stored."""
        moments = {"begins": self.begins.isoformat(), "ends": self.ends.isoformat()}
        return vars(self) | {"finding": self.finding.value} | moments


@dataclass(frozen=True)
class _Counted:
    """One limit, what was counted against it, and what the call would add."""

    limit_type: str
    limit: int
    used: int | None
    wanted: int


def looked_at(
    limits: Limits, *, used: Used, wanted: Wanted, decision: Decision, now: datetime
) -> list[Looked]:
    """Each limit in the order they are looked at, with what `decision` made of it."""
    stopped = decision.result is Enforcement.HARD_BLOCKED
    found = []
    for one in (
        _Counted("budget", limits.budget_cents, used.cents, wanted.cents),
        _Counted("tokens", limits.tokens, used.tokens, wanted.tokens),
        _Counted("rate", limits.calls_per_minute, used.calls, 1),
    ):
        finding = Finding.SKIPPED if stopped else _finding(one, decision)
        stopped = stopped or finding is Finding.STOPPED
        found.append(_looked(one, finding, now))
    return found


def _finding(one: _Counted, decision: Decision) -> Finding:
    if one.limit <= 0:
        return Finding.UNSET
    if one.used is None:
        return Finding.UNREAD
    if any(
        reason.limit_type == one.limit_type and reason.code.endswith("_exceeded")
        for reason in decision.reasons
    ):
        return Finding.STOPPED
    warns = one.limit_type != "rate" and one.used * 100 >= one.limit * WARN_AT
    return Finding.WARNED if warns else Finding.PASSED


def _looked(one: _Counted, finding: Finding, now: datetime) -> Looked:
    is_rate = one.limit_type == "rate"
    begins, ends = (now - RATE_WINDOW, now) if is_rate else month_of(now)
    is_known = finding not in (Finding.UNSET, Finding.SKIPPED) and one.used is not None
    return Looked(
        limit_type=one.limit_type,
        finding=finding,
        limit=one.limit,
        used=one.used if is_known else None,
        projected=(one.used or 0) + one.wanted if is_known else None,
        counter="cus_llm_usage" if is_rate else "cus_usage_meters",
        begins=begins,
        ends=ends,
    )
