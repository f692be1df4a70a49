"""How often people agreed with what was proposed to them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

FEW: Final = 5  # answers; below that a share says nothing


@dataclass(frozen=True)
class Answered:
    """One final answer to a proposal: whether it was a yes, whether what was agreed to had been
    changed since it was proposed, and of what kind the reason against it was."""

    is_yes: bool
    was_changed: bool = False
    reason: str = ""


@dataclass(frozen=True)
class Agreement:
    """Answers by what became of the proposal, and rejections by the kind of reason given."""

    unchanged: int = 0
    changed: int = 0
    rejected: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def sample(self) -> int:
        return self.unchanged + self.changed + self.rejected

    @property
    def share(self) -> float | None:
        """The share in [0, 1] approved as it was proposed; None if too few were answered."""
        return self.unchanged / self.sample if self.sample >= FEW else None


def agreement_of(answers: Iterable[Answered]) -> Agreement:
    """What these answers come to; the most frequent reason against comes first."""
    given = list(answers)
    yes = [one for one in given if one.is_yes]
    changed = sum(one.was_changed for one in yes)
    reasons = Counter(one.reason for one in given if not one.is_yes and one.reason)
    return Agreement(
        unchanged=len(yes) - changed,
        changed=changed,
        rejected=len(given) - len(yes),
        reasons=dict(reasons.most_common()),
    )
