"""How far a policy may push traffic away from an agent, for how long, and when it stops.

Magnitudes are signed shares of an agent's routing weight as Decimals with four places: the floor
is compared exactly, and -0.60 - 0.20 is not -0.80 in binary floats.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from loops.domain.states import AdjustmentType, FailureState, PolicyAction, PolicyMode

MAX_DELTA: Final = Decimal("0.20")
DECAY_DAYS: Final = 7
FLOOR: Final = Decimal("-0.80")  # an agent keeps at least a fifth of its weight
ROLLBACK_THRESHOLD: Final = Decimal("0.10")
AFFECTED_WINDOW: Final = timedelta(days=7)
AFFECTED_LIMIT: Final = 10
KPI_WINDOW: Final = timedelta(hours=24)
PLACES: Final = Decimal("0.0001")
NOTHING: Final = Decimal(0)

MAGNITUDES: Final[Mapping[PolicyAction, Decimal]] = {
    PolicyAction.BLOCK: Decimal("-0.50"),
    PolicyAction.ROUTE_AWAY: Decimal("-0.30"),
    PolicyAction.RATE_LIMIT: Decimal("-0.20"),
    PolicyAction.ESCALATE: Decimal("-0.10"),
    PolicyAction.WARN: Decimal("-0.05"),
}
OTHERWISE: Final = Decimal("-0.10")

NO_CHANGE: Final[Mapping[PolicyMode, str]] = {
    PolicyMode.SHADOW: "No change: the policy only observes (shadow).",
    PolicyMode.PENDING: "No change: the policy waits for confirmations.",
    PolicyMode.DISABLED: "No change: the policy is disabled.",
}


@dataclass(frozen=True)
class Adjustment:
    """A temporary change of one agent's routing weight. Without an expiry it does not fade."""

    agent_id: str
    adjustment_type: AdjustmentType
    magnitude: Decimal
    reason: str
    created_at: datetime
    expires_at: datetime | None
    max_delta: Decimal = MAX_DELTA
    decay_days: int = DECAY_DAYS
    capability: str | None = None
    source_policy_id: str | None = None
    kpi_baseline: float | None = None
    is_active: bool = True
    was_rolled_back: bool = False
    rollback_reason: str | None = None


@dataclass(frozen=True)
class FloorRefusal:
    """The guardrail's no: this agent has lost as much weight as the loop may take."""

    agent_id: str
    standing: Decimal  # sum of what is in effect now
    proposed: Decimal
    floor: Decimal = FLOOR
    failure_state: FailureState = FailureState.ROUTING_GUARDRAIL_BLOCKED

    @property
    def reason(self) -> str:
        return (
            f"Agent {self.agent_id} stands at {self.standing:+.0%}; another {self.proposed:+.0%} "
            f"would pass the floor of {self.floor:+.0%}."
        )


def adjusts(mode: PolicyMode) -> bool:
    """Whether a policy in this mode may change routing; NO_CHANGE says why the others may not."""
    return mode is PolicyMode.ACTIVE


def desired_magnitude(action: str) -> Decimal:
    """What a policy's action asks for before any limit; an unknown one asks for a tenth."""
    return next((value for known, value in MAGNITUDES.items() if known == action), OTHERWISE)


def clamp(magnitude: Decimal, *, max_delta: Decimal = MAX_DELTA) -> Decimal:
    """The magnitude, at most `max_delta` away from zero. Raises ValueError if that is negative."""
    if max_delta < 0:
        raise ValueError(f"max_delta is {max_delta}; it cannot be negative")
    return max(-max_delta, min(max_delta, magnitude))


def new_adjustment(
    *,
    agent_id: str,
    magnitude: Decimal,
    reason: str,
    now: datetime,
    max_delta: Decimal = MAX_DELTA,
    decay_days: int = DECAY_DAYS,
    capability: str | None = None,
    source_policy_id: str | None = None,
    kpi_baseline: float | None = None,
) -> Adjustment:
    """An adjustment within `max_delta`, fading over `decay_days`; zero days means it stays."""
    allowed = clamp(magnitude, max_delta=max_delta)
    return Adjustment(
        agent_id=agent_id,
        adjustment_type=adjustment_type(allowed),
        magnitude=allowed,
        reason=reason,
        created_at=now,
        expires_at=now + timedelta(days=decay_days) if decay_days else None,
        max_delta=max_delta,
        decay_days=decay_days,
        capability=capability,
        source_policy_id=source_policy_id,
        kpi_baseline=kpi_baseline,
    )


def adjustment_type(magnitude: Decimal) -> AdjustmentType:
    """A loss of weight is a penalty, anything else a shift."""
    return AdjustmentType.CONFIDENCE_PENALTY if magnitude < 0 else AdjustmentType.WEIGHT_SHIFT


def effective_magnitude(
    *,
    magnitude: Decimal,
    is_active: bool,
    created_at: datetime,
    expires_at: datetime | None,
    now: datetime,
) -> Decimal:
    """What is left of a magnitude at `now`: it fades in a straight line to zero at expiry."""
    if not is_active:
        return NOTHING
    if expires_at is None or now <= created_at:
        return magnitude
    if now >= expires_at:
        return NOTHING
    left = Decimal((expires_at - now) / (expires_at - created_at))
    return (magnitude * left).quantize(PLACES)


def effective_weight(effects: Iterable[Decimal]) -> Decimal:
    """The share of its weight an agent keeps: 1 with what is in effect, never below the floor.

    Where a person crossed the floor, the agent stays at it for longer.
    """
    return 1 + max(FLOOR, sum(effects, NOTHING))


def floor_refusal(
    *, agent_id: str, standing: Decimal, proposed: Decimal, floor: Decimal = FLOOR
) -> FloorRefusal | None:
    """None if the agent's sum may take the proposed magnitude; reaching the floor is allowed.

    A proposal that gives weight back is never refused.
    """
    if proposed >= 0 or standing + proposed >= floor:
        return None
    return FloorRefusal(agent_id, standing, proposed, floor)


def rolled_back(adjustment: Adjustment, *, reason: str) -> Adjustment:
    """The adjustment without effect from now on, and why."""
    return replace(adjustment, is_active=False, was_rolled_back=True, rollback_reason=reason)


def success_share(*, successes: int, decisions: int) -> float:
    """An agent's KPI: the share of its decisions that succeeded, 1.0 when it made none.

    That 1.0 is a formula's, not a measurement: `loops.domain.kpi` treats a share that nothing
    stands behind as missing, and what is stored and judged is that.
    """
    return round(successes / decisions, 4) if decisions else 1.0


def kpi_drop(*, baseline: float | None, current: float | None) -> Decimal | None:
    """How much of the baseline was lost, as a share of it; None if it cannot be said."""
    if not baseline or current is None:
        return None
    was = Decimal(str(baseline))
    return (was - Decimal(str(current))) / was


def must_roll_back(
    *,
    baseline: float | None,
    current: float | None,
    threshold: Decimal = ROLLBACK_THRESHOLD,
) -> bool:
    """Whether the KPI fell by more than the threshold since the adjustment was made."""
    drop = kpi_drop(baseline=baseline, current=current)
    return drop is not None and drop > threshold
