"""Bounds of a scoped execution, and what a dry run of one says. Loop mechanics 1.0.0."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from loops.domain.states import ExecutionScope, RiskClass

MAX_COST: Final = Decimal(100)  # dollars
DEFAULT_COST: Final = Decimal("0.50")
MAX_ATTEMPTS: Final = 10
MIN_SECONDS: Final = 60
MAX_SECONDS: Final = 3600
DEFAULT_SECONDS: Final = 300
MIN_FRACTION: Final = 0.01
SAMPLES: Final = 100  # requests a whole dry run looks at
CENTS: Final = (("retry", 10), ("fallback", 5), ("circuit_break", 0), ("scale", 100))
OTHER_CENTS: Final = 20
RISKY: Final = frozenset({RiskClass.HIGH, RiskClass.CRITICAL})


@dataclass(frozen=True)
class DryRun:
    """What an execution would touch and cost; any violation forbids it."""

    violations: Sequence[str]
    cost_cents: int
    fraction: float
    samples: int

    @property
    def is_allowed(self) -> bool:
        return not self.violations


def cost_cents(action_code: str) -> int:
    """What one attempt of an action is reckoned to cost, in cents."""
    begins = (cents for name, cents in CENTS if action_code.startswith(name))
    return next(begins, OTHER_CENTS)


def cost_of(action_code: str) -> Decimal:
    """The same in dollars."""
    return Decimal(cost_cents(action_code)) / 100


def life_of(seconds: int) -> timedelta:
    """How long a scope lives; `seconds` is kept within its bounds."""
    return timedelta(seconds=min(MAX_SECONDS, max(MIN_SECONDS, seconds)))


def dry_run(
    *,
    action_code: str,
    scope: ExecutionScope,
    fraction: float,
    risk: RiskClass,
    agents: Sequence[str],
) -> DryRun:
    """What executing the action in this scope would come to; nothing is executed."""
    violations = []
    if risk in RISKY and not agents:
        violations.append(f"An action of {risk} risk has to name the agents it is meant for.")
    if scope is ExecutionScope.AGENT_SUBSET and not agents:
        violations.append("A subset of agents has to name them.")
    share = round(min(1.0, max(MIN_FRACTION, fraction)), 4)
    return DryRun(tuple(violations), cost_cents(action_code), share, int(SAMPLES * share))
