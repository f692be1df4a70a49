"""Changes of routing weight."""

from enum import StrEnum


class AdjustmentType(StrEnum):
    CONFIDENCE_PENALTY = "confidence_penalty"  # negative weight; the loop makes these
    ROUTE_BLOCK = "route_block"
    ESCALATION_ADD = "escalation_add"
    WEIGHT_SHIFT = "weight_shift"  # zero or positive weight


class AdjustmentState(StrEnum):
    """How a change stands; derived from its columns, never stored."""

    ACTIVE = "active"
    ROLLED_BACK = "rolled_back"
    EXPIRED = "expired"  # it has faded to nothing
