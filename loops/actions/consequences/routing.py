"""What follows when a person is asked about a change of routing: its stage reads the answer."""

from typing import Final

from loops.actions.answers import Consequences, go_on
from loops.domain.states import CheckpointType, Resolution

CONSEQUENCES: Final[Consequences] = {
    (CheckpointType.SIMULATE_ROUTING, Resolution.APPLY): go_on,
    (CheckpointType.SIMULATE_ROUTING, Resolution.CANCEL): go_on,
    (CheckpointType.OVERRIDE_GUARDRAIL, Resolution.OVERRIDE): go_on,
    (CheckpointType.OVERRIDE_GUARDRAIL, Resolution.RESPECT): go_on,
}
