"""The loop's settings, read once from Django's. Numbers are those of loop mechanics 1.0.0."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.conf import settings

from loops.domain.states import STAGES, Stage

STAGE_TIMEOUT = timedelta(seconds=30)
BATCH_SIZE = 200  # loops in one transaction
MAX_CRASHES = 5  # workers that may die over one loop before it is set aside; see slots


@dataclass(frozen=True)
class LoopSettings:
    enabled_stages: frozenset[Stage]
    policy_confirmations: int
    max_routing_delta: Decimal


def loop_settings() -> LoopSettings:
    """What is switched on now; with the loop switched off, no stage is."""
    switches = zip(STAGES, settings.BRIDGES_ENABLED, strict=True)
    enabled = [stage for stage, on in switches if on and settings.INTEGRATION_LOOP_ENABLED]
    return LoopSettings(
        enabled_stages=frozenset(enabled),
        policy_confirmations=settings.POLICY_CONFIRMATIONS,
        max_routing_delta=Decimal(str(settings.MAX_ROUTING_DELTA)),
    )
