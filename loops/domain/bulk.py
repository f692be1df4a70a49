"""Many questions answered at once: what each answer means, and which are decided alone."""

from collections.abc import Mapping, Sequence
from typing import Final

from loops.domain.states import BulkAct, Resolution, Risk

MOST: Final = 500  # questions at once
# The first of these that a question offers is its yes, its no, its later.
MEANS: Final[Mapping[BulkAct, Sequence[Resolution]]] = {
    BulkAct.APPROVE: (Resolution.APPLY, Resolution.APPROVE),
    BulkAct.REJECT: (Resolution.REJECT, Resolution.CANCEL),
    BulkAct.DEFER: (Resolution.DEFER,),
}
ALONE: Final = frozenset({BulkAct.APPROVE, BulkAct.REJECT})  # never for high risk
SETTLES: Final = frozenset(MEANS)


def answer_of(act: BulkAct, *, options: Sequence[str]) -> Resolution | None:
    """The answer that the act means to a question with these options; None if it offers none."""
    return next((one for one in MEANS.get(act, ()) if one.value in options), None)


def obstacle(act: BulkAct, *, options: Sequence[str], risk: int) -> str:
    """Why this question is left out, in a sentence; empty if it is not."""
    if act in ALONE and risk >= Risk.HIGH:
        return "High risk: it is decided on its own page."
    if act in SETTLES and answer_of(act, options=options) is None:
        return "It offers no such answer."
    return ""
