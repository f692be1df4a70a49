"""Whether confidences prove right: thresholds from outcomes, reliability, Brier score.

The numbers are those of loop mechanics 1.0.0. Thresholds are what the outcomes of one pattern
would allow; the bands of CONFIDENCE_V1 are frozen and do not move with them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from loops.domain.confidence import STRONG, WEAK, Band, band

RECOMPUTE_EVERY: Final = 10  # outcomes of a pattern
ENOUGH_TO_USE: Final = 20  # outcomes; before, the thresholds of CONFIDENCE_V1 hold
ENOUGH_TO_SAY: Final = 5  # outcomes; below, a share would say more than is known
MOVED: Final = 0.05  # a strong threshold further away than this is worth telling
STRONG_CANDIDATES: Final = (0.95, 0.90, 0.85, 0.80, 0.75, 0.70)
WEAK_CANDIDATES: Final = (0.70, 0.65, 0.60, 0.55, 0.50)
STRONG_SHARE: Final = Fraction(9, 10)
WEAK_SHARE: Final = Fraction(7, 10)
LEANS: Final = 0.5  # a wrong confidence from here on was a false yes, below it a false no


@dataclass(frozen=True)
class Outcome:
    """A confidence that was stated, and whether it proved right."""

    confidence: float
    was_correct: bool


@dataclass(frozen=True)
class Thresholds:
    """From where on a confidence is strong, and from where on weak."""

    strong: float = STRONG
    weak: float = WEAK


@dataclass(frozen=True)
class Reliability:
    """How often the confidences of one band proved right."""

    correct: int
    total: int

    @property
    def is_enough(self) -> bool:
        return self.total >= ENOUGH_TO_SAY

    @property
    def in_words(self) -> str:
        if not self.total:
            return "never checked yet"
        if not self.is_enough:
            times = "once" if self.total == 1 else f"{self.total} times"
            return f"checked {times}, too few to say"
        return f"verified right {self.correct} of {self.total} times"


def thresholds(outcomes: Sequence[Outcome]) -> Thresholds:
    """The lowest thresholds that these outcomes allow; those of CONFIDENCE_V1 where none does."""
    strong = _lowest(outcomes, candidates=STRONG_CANDIDATES, share=STRONG_SHARE)
    weak = _lowest(outcomes, candidates=WEAK_CANDIDATES, share=WEAK_SHARE)
    return Thresholds(STRONG if strong is None else strong, WEAK if weak is None else weak)


def in_use(found: Thresholds, *, total: int) -> Thresholds:
    """The thresholds to show for a pattern with `total` outcomes."""
    return found if total >= ENOUGH_TO_USE else Thresholds()


def is_due(total: int) -> bool:
    """Whether thresholds are computed again after the `total`-th outcome."""
    return total > 0 and total % RECOMPUTE_EVERY == 0


def has_moved(strong: float) -> bool:
    """Whether a strong threshold lies further from CONFIDENCE_V1's than is worth telling."""
    return round(abs(strong - STRONG), 4) > MOVED


def is_false_positive(outcome: Outcome) -> bool:
    """Whether a wrong confidence was too high; otherwise it was too low."""
    return not outcome.was_correct and outcome.confidence >= LEANS


def brier(outcomes: Sequence[Outcome]) -> float | None:
    """The mean squared error of the confidences: 0 is perfect, 0.25 a coin; None without any."""
    if not outcomes:
        return None
    errors = ((one.confidence - one.was_correct) ** 2 for one in outcomes)
    return round(sum(errors) / len(outcomes), 4)


def reliability(outcomes: Iterable[Outcome]) -> dict[Band, Reliability]:
    """For every band, how often its confidences proved right."""
    known = list(outcomes)
    return {one: _counted([it for it in known if band(it.confidence) is one]) for one in Band}


def _counted(outcomes: Sequence[Outcome]) -> Reliability:
    return Reliability(sum(one.was_correct for one in outcomes), len(outcomes))


def _lowest(
    outcomes: Sequence[Outcome], *, candidates: Sequence[float], share: Fraction
) -> float | None:
    """The last candidate that holds, going down until the first that fails; empty ones say
    nothing."""
    lowest = None
    for candidate in candidates:
        right = [one.was_correct for one in outcomes if one.confidence >= candidate]
        if not right:
            continue
        if Fraction(sum(right), len(right)) < share:
            break
        lowest = candidate
    return lowest
