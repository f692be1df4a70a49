"""Several people answer one question: what their answers come to, and who may see them when."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from loops.domain.checkpoints import GOES_ON
from loops.domain.states import Resolution

YES: Final = GOES_ON
NO: Final = frozenset({Resolution.REJECT, Resolution.CANCEL, Resolution.RESPECT})
OPINIONS: Final = YES | NO
NOES_OF_THE_BLIND: Final = 2
# A change of these is no reason to ask again; everything else in a subject is.
COSMETIC: Final = frozenset({"policy_name", "revision", "confidence"})


@dataclass(frozen=True)
class Standing:
    """How a question stands after so many answers.

    Where all see each other's answers, one no ends it. Where they do not, it takes two: a yes
    and a no leave it to a third, whose answer is then the second of its kind.
    """

    yes: int
    no: int
    required: int
    is_blind: bool

    @property
    def is_agreed(self) -> bool:
        return self.yes >= self.required

    @property
    def is_refused(self) -> bool:
        return self.no >= (NOES_OF_THE_BLIND if self.is_blind else 1)

    @property
    def is_settled(self) -> bool:
        return self.is_agreed or self.is_refused

    @property
    def is_disputed(self) -> bool:
        """Whether people disagree and nobody has decided between them yet."""
        return bool(self.yes and self.no) and not self.is_settled

    @property
    def missing(self) -> int:
        """How many yeses are missing at least."""
        return max(0, self.required - self.yes)


def standing(answers: Collection[Resolution], *, required: int, is_blind: bool) -> Standing:
    """What these answers, one of each person, come to; a deferral counts for nothing."""
    return Standing(
        yes=sum(one in YES for one in answers),
        no=sum(one in NO for one in answers),
        required=required,
        is_blind=is_blind,
    )


def keeps_votes(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether votes on the one subject count for the other: only cosmetic fields differ."""
    missing = object()
    return all(
        field in COSMETIC or before.get(field, missing) == after.get(field, missing)
        for field in before.keys() | after.keys()
    )
