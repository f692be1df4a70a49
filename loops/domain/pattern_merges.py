"""What becomes of policies when the patterns they are about are declared one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from loops.domain.evaluation import PATTERN
from loops.domain.states import PolicyMode

_RANK: Final = {PolicyMode.ACTIVE: 0, PolicyMode.SHADOW: 1, PolicyMode.PENDING: 2}


@dataclass(frozen=True)
class LivePolicy:
    """A live policy of one of the patterns."""

    policy_id: str
    pattern_id: str
    mode: PolicyMode
    confidence: float
    created_at: datetime
    action: Mapping[str, Any]


def kept(policies: Iterable[LivePolicy], *, heir: str) -> LivePolicy | None:
    """The one that stays, since a pattern has one at most: the heir's, or else the one that is
    furthest, surest and oldest."""
    ordered = sorted(
        policies,
        key=lambda one: (
            one.pattern_id != heir, _RANK[one.mode], -one.confidence, one.created_at, one.policy_id,
        ),
    )  # fmt: skip
    return ordered[0] if ordered else None


def contradictions(policies: Sequence[LivePolicy]) -> list[tuple[LivePolicy, LivePolicy]]:
    """Pairs that are in force and do different things to what would be one failure."""
    active = [one for one in policies if one.mode is PolicyMode.ACTIVE]
    return [
        (first, second)
        for number, first in enumerate(active)
        for second in active[number + 1 :]
        if first.action != second.action
    ]


def renamed(condition: Any, *, names: Mapping[str, str]) -> Any:
    """The condition with every pattern it asks for by one of these names called by the other."""
    if isinstance(condition, list):
        return [renamed(one, names=names) for one in condition]
    if not isinstance(condition, dict):
        return condition
    if condition.get("field") == PATTERN:
        return {**condition, "value": _called(condition.get("value"), names)}
    return {name: renamed(part, names=names) for name, part in condition.items()}


def _called(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return list(dict.fromkeys(_called(one, names) for one in value))
    return names.get(value, value) if isinstance(value, str) else value
