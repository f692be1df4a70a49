"""How often each policy was asked, and what it said: counting stored evaluations once.

A policy is asked by every request of its tenant (or of its agent) while it is in shadow or
active. Requests that it did not match are not named in any row; they are counted by the modes the
policy had when they came. What a row says of a policy goes before what its history says.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from loops.domain.evaluation import EVALUATED_MODES
from loops.domain.states import PolicyMode

type Cell = tuple[date, PolicyMode]
FOREVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Asked:
    """One evaluation as it was stored."""

    created_at: datetime
    agent_id: str | None
    policy_id: str | None  # that decided
    matched: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Stint:
    """A time, from its begin to before its end, in which a policy had one mode."""

    begin: datetime
    end: datetime
    mode: PolicyMode


@dataclass(frozen=True)
class Counted:
    """A policy whose evaluations are to be counted, and the times at which it had which mode."""

    policy_id: str
    revision: int
    edited_at: datetime  # since when this revision is in force
    stints: Sequence[Stint]
    agent_id: str | None = None

    def mode_at(self, moment: datetime) -> PolicyMode | None:
        found = (one.mode for one in self.stints if one.begin <= moment < one.end)
        return next(found, None)


@dataclass
class Tally:
    evaluations: int = 0
    matched: int = 0
    decided: int = 0
    excepted: int = 0


@dataclass
class Sum:
    """What a policy's counters grow by: per day and mode, and in shadow at its revision."""

    cells: dict[Cell, Tally] = field(default_factory=lambda: defaultdict(Tally))
    shadow_evaluations: int = 0
    shadow_would_block: int = 0


def count(rows: Sequence[Asked], policies: Iterable[Counted]) -> dict[str, Sum]:
    """What these evaluations of one tenant add to each policy's counters, by policy id."""
    everyone = sorted(one.created_at for one in rows)
    of_agent: dict[str, list[datetime]] = defaultdict(list)
    named: dict[str, list[tuple[Asked, Mapping[str, Any]]]] = defaultdict(list)
    for one in sorted(rows, key=lambda row: row.created_at):
        if one.agent_id is not None:
            of_agent[one.agent_id].append(one.created_at)
        for verdict in one.matched:
            named[verdict["policy_id"]].append((one, verdict))
    sums: dict[str, Sum] = {}
    for policy in policies:
        moments = everyone if policy.agent_id is None else of_agent.get(policy.agent_id, [])
        sums[policy.policy_id] = _sum(policy, moments, named.get(policy.policy_id, ()))
    return sums


def stints_of(
    *,
    created_at: datetime,
    mode: PolicyMode,
    mode_since: datetime,
    changes: Sequence[tuple[datetime, PolicyMode]],
) -> list[Stint]:
    """The times of each mode, from the changes of a policy: when, and the mode it left.

    Without any, only the mode it has now is known, since it has it.
    """
    if not changes:
        return [Stint(max(created_at, mode_since), FOREVER, mode)]
    begins = [created_at, *(moment for moment, _ in changes)]
    modes = [*(left for _, left in changes), mode]
    ends = [*begins[1:], FOREVER]
    return [Stint(*one) for one in zip(begins, ends, modes, strict=True)]


def _sum(
    policy: Counted,
    moments: Sequence[datetime],
    named: Sequence[tuple[Asked, Mapping[str, Any]]],
) -> Sum:
    result = Sum()
    for stint in policy.stints:
        if stint.mode in EVALUATED_MODES:
            _add_stint(result, policy, stint, moments)
    for asked, verdict in named:
        _correct(result, policy, asked, verdict)
    return result


def _add_stint(result: Sum, policy: Counted, stint: Stint, moments: Sequence[datetime]) -> None:
    """Count every request of a stint as if the policy had matched none."""
    first, last = bisect_left(moments, stint.begin), bisect_left(moments, stint.end)
    if stint.mode is PolicyMode.SHADOW:
        since_edit = max(first, bisect_left(moments, policy.edited_at))
        result.shadow_evaluations += max(0, last - since_edit)
    while first < last:
        day = moments[first].astimezone(UTC).date()
        midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC)
        beyond = min(last, bisect_left(moments, midnight))
        result.cells[day, stint.mode].evaluations += beyond - first
        first = beyond


def _correct(result: Sum, policy: Counted, asked: Asked, verdict: Mapping[str, Any]) -> None:
    """Take a request from the stint it was counted in, and count it as its row says."""
    day = asked.created_at.astimezone(UTC).date()
    supposed = policy.mode_at(asked.created_at)
    if supposed in EVALUATED_MODES and policy.agent_id in (None, asked.agent_id):
        assert supposed is not None
        result.cells[day, supposed].evaluations -= 1
        if supposed is PolicyMode.SHADOW and asked.created_at >= policy.edited_at:
            result.shadow_evaluations -= 1
    mode, excepted = PolicyMode(verdict["mode"]), bool(verdict["excepted"])
    cell = result.cells[day, mode]
    cell.evaluations += 1
    cell.matched += not excepted
    cell.excepted += excepted
    cell.decided += asked.policy_id == policy.policy_id
    if mode is PolicyMode.SHADOW and verdict["revision"] == policy.revision:
        result.shadow_evaluations += 1
        result.shadow_would_block += not excepted
