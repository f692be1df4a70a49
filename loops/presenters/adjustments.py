"""Changes of routing weight as the page of their loop shows them."""

from dataclasses import dataclass
from datetime import datetime

from loops.domain.narrative import signed_percent
from loops.models import RoutingAdjustment


@dataclass(frozen=True)
class AdjustmentCard:
    """One change of routing weight."""

    adjustment: RoutingAdjustment
    planned: str
    effective: str
    in_effect: bool


def card_of(one: RoutingAdjustment, *, now: datetime) -> AdjustmentCard:
    """The card with what is left of the change now."""
    effective = one.effective(now)
    return AdjustmentCard(
        adjustment=one,
        planned=signed_percent(one.magnitude),
        effective=signed_percent(effective),
        in_effect=bool(effective),
    )
