"""How risky a decision is, and what its waiting costs. Versions RISK_V1 and WAITING_COST_V1."""

from collections.abc import Mapping
from typing import Final

from loops.domain.confidence import Band
from loops.domain.states import CheckpointPriority, CheckpointType, Risk

RISK_VERSION: Final = "RISK_V1"
WAITING_COST_VERSION: Final = "WAITING_COST_V1"
# What acts by itself from then on, or cannot be taken back, is risky however sure anybody is.
BY_TYPE: Final[Mapping[CheckpointType, Risk]] = {
    CheckpointType.APPROVE_POLICY: Risk.HIGH,
    CheckpointType.REVERT_LOOP: Risk.HIGH,
    CheckpointType.OVERRIDE_GUARDRAIL: Risk.HIGH,
    CheckpointType.SIMULATE_ROUTING: Risk.MEDIUM,
}
BY_BAND: Final[Mapping[Band, Risk]] = {
    Band.STRONG: Risk.LOW,
    Band.WEAK: Risk.MEDIUM,
    Band.NOVEL: Risk.HIGH,
}
COST_OF_AN_HOUR: Final[Mapping[CheckpointPriority, int]] = {
    CheckpointPriority.CRITICAL: 16,
    CheckpointPriority.HIGH: 8,
    CheckpointPriority.NORMAL: 4,
    CheckpointPriority.LOW: 2,
    CheckpointPriority.ADVISORY: 1,
}


def risk_of(
    *, checkpoint_type: CheckpointType, band: Band | None, is_likeness: bool = False
) -> Risk:
    """What a wrong yes could do.

    A likeness does nothing by itself, so it is low. A recovery is as risky as it is unsure, and
    one whose confidence nobody knows is high.
    """
    if is_likeness:
        return Risk.LOW
    if checkpoint_type in BY_TYPE:
        return BY_TYPE[checkpoint_type]
    return Risk.HIGH if band is None else BY_BAND[band]


def waiting_cost(*, priority: CheckpointPriority, holds_loop: bool, blocks_others: bool) -> int:
    """Points that one hour of waiting costs: its priority's, twice that if a loop stands still
    for it, and twice again if it holds the tenant's other work up. From 1 to 64."""
    return COST_OF_AN_HOUR[priority] * (2 if holds_loop else 1) * (2 if blocks_others else 1)
