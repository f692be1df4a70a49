"""How sure it is that a message belongs to a template, as a probability.

What is shared speaks for, every difference against (`costs`); the sum, in log-odds, is turned into
a probability. The constants are set by hand and checked on labelled system logs, not fitted: there
the strong band is right, the weak band is a guess worth a person's look (see `bench/matching.py`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from loops.domain.matching.alignment import differences
from loops.domain.matching.costs import cost
from loops.domain.matching.reading import Reading
from loops.domain.matching.template import Template
from loops.domain.matching.words import Kind, kind

EXACT: Final = 0.97  # equal when masked; what is left is templates told apart by a value alone
WORDLESS: Final = 0.75  # both are nothing but a value, such as a lone number or quoted name
BEGINS_ALIKE: Final = 0.80  # at most this for a long text, of which only the head was compared

# Log-odds for: grows with the logarithm of what is shared.
PRIOR: Final = 1.5
PER_SHARED: Final = 1.0  # times ln(1 + words + NAME_WEIGHT names)
NAME_WEIGHT: Final = 0.5
CHEAP: Final = 2.1  # differences up to this are expected among messages of one pattern
MOST_UNLIKELY: Final = -20.0  # keeps exp() in range


@dataclass(frozen=True, slots=True)
class Weighing:
    """A confidence and what it rests on."""

    confidence: float
    shared: tuple[str, ...]
    differing: tuple[tuple[str, str], ...]


def weigh(template: Template, reading: Reading) -> Weighing:
    """The probability, rounded to four decimals, that `reading` is one of `template`'s messages."""
    if reading.text_hash == template.birth:
        return Weighing(EXACT, _said(template.tokens), ())
    most = BEGINS_ALIKE if reading.is_cut else EXACT
    if reading.tokens == template.tokens:
        said = _said(template.tokens)
        return Weighing(most if said else WORDLESS, said, ())
    shared: list[str] = []
    differing: list[tuple[str, str]] = []
    costs: list[float] = []
    at = 0
    for gap in differences(template.tokens, reading.tokens):
        shared += template.tokens[at : gap.left_start]
        ours = " ".join(template.tokens[gap.left_start : gap.left_end])
        theirs = " ".join(reading.tokens[gap.right_start : gap.right_end])
        differing.append((ours, theirs))
        costs.append(cost(template, reading, gap))
        at = gap.left_end
    shared += template.tokens[at:]
    return Weighing(
        _probability(_support(shared) - _against(costs)), _said(shared), tuple(differing)
    )


def _support(shared: Sequence[str]) -> float:
    words = sum(kind(token) is Kind.WORD for token in shared)
    if not words:
        return MOST_UNLIKELY
    names = sum(kind(token) is Kind.NAME for token in shared)
    return PRIOR + PER_SHARED * math.log1p(words + NAME_WEIGHT * names)


def _against(costs: Sequence[float]) -> float:
    """Where one name varies another often does: after the dearest, cheap differences count half."""
    cheap = sorted((cost for cost in costs if cost <= CHEAP), reverse=True)
    return sum(cost for cost in costs if cost > CHEAP) + sum(cheap[:1]) + sum(cheap[1:]) / 2


def _probability(log_odds: float) -> float:
    return round(min(EXACT, 1 / (1 + math.exp(-max(log_odds, MOST_UNLIKELY)))), 4)


def _said(tokens: Sequence[str]) -> tuple[str, ...]:
    return tuple(token for token in tokens if kind(token) >= Kind.NAME)
