"""What follows from an answer: one function for every answer a checkpoint may be given."""

from typing import Final

from loops.actions.answers import Consequences
from loops.actions.consequences import recoveries, routing

CONSEQUENCES: Final[Consequences] = {**recoveries.CONSEQUENCES, **routing.CONSEQUENCES}
