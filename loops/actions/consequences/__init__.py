"""What follows from an answer: one function for every answer a checkpoint may be given."""

from typing import Final

from loops.actions.answers import Consequences
from loops.actions.consequences import policies, recoveries, reverts, routing

CONSEQUENCES: Final[Consequences] = {
    **recoveries.CONSEQUENCES,
    **policies.CONSEQUENCES,
    **routing.CONSEQUENCES,
    **reverts.CONSEQUENCES,
}
