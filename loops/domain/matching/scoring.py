"""How sure it is that a message belongs to a template: a calibrated probability.

The alignment is reduced to evidence in log-odds: what is shared speaks for, each difference
speaks against by its kind. A name for another name is cheap, a word for another word is dear.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz.distance import Indel

from loops.domain.matching.alignment import Difference, differences
from loops.domain.matching.reading import Reading
from loops.domain.matching.template import Template
from loops.domain.matching.words import INTRODUCES_A_NAME, Kind, kind, tells_what_happened

EXACT: Final = 0.97  # equal when masked; what is left is templates told apart by a value alone

# Log-odds. Shared words argue for, with diminishing returns.
PRIOR: Final = 1.5
PER_SHARED: Final = 1.0  # times ln(1 + words + NAME_WEIGHT names)
NAME_WEIGHT: Final = 0.5

# Log-odds against, per difference.
VALUE: Final = 0.1
NAME: Final = 0.8
UNLIKE_NAME: Final = 1.6
LEARNED: Final = 0.6  # divided by how many words have been seen to vary there
INTRODUCED: Final = 1.5
ABSORBED: Final = 0.8
BESIDE_A_VALUE: Final = 1.5
PER_ABSORBED_WORD: Final = 0.4
SWAPPED: Final = 3.0
PER_CHANGED_WORD: Final = 0.5
HAPPENING: Final = 1.5
AT_START: Final = 1.0

ALIKE: Final = 0.5  # two names are variants of one when half their letters agree
LONG: Final = 3  # words: a longer replacement is another sentence, not another name
OPENING: Final = {"(": ")", "[": "]", "<": ">"}


@dataclass(frozen=True, slots=True)
class Weighing:
    """A confidence and what it rests on."""

    confidence: float
    shared: tuple[str, ...]
    differing: tuple[tuple[str, str], ...]


def weigh(template: Template, reading: Reading) -> Weighing:
    """The probability, rounded to four decimals, that `reading` is one of `template`'s messages."""
    if reading.text_hash == template.birth or reading.tokens == template.tokens:
        return Weighing(EXACT, _said(template.tokens), ())
    shared: list[str] = []
    differing: list[tuple[str, str]] = []
    against = 0.0
    at = 0
    for gap in differences(template.tokens, reading.tokens):
        shared += template.tokens[at : gap.left_start]
        ours = template.tokens[gap.left_start : gap.left_end]
        theirs = reading.tokens[gap.right_start : gap.right_end]
        differing.append((" ".join(ours), " ".join(theirs)))
        against += _cost(template, gap, ours, theirs)
        at = gap.left_end
    shared += template.tokens[at:]
    return Weighing(_probability(_support(shared) - against), _said(shared), tuple(differing))


def _support(shared: Sequence[str]) -> float:
    words = sum(kind(token) is Kind.WORD for token in shared)
    if not words:
        return -math.inf
    names = sum(kind(token) is Kind.NAME for token in shared)
    return PRIOR + PER_SHARED * math.log1p(words + NAME_WEIGHT * names)


def _probability(log_odds: float) -> float:
    return round(min(EXACT, 1 / (1 + math.exp(-max(log_odds, -20.0)))), 4)


def _said(tokens: Sequence[str]) -> tuple[str, ...]:
    return tuple(token for token in tokens if kind(token) >= Kind.NAME)


def _cost(
    template: Template, gap: Difference, ours: tuple[str, ...], theirs: tuple[str, ...]
) -> float:
    """What one difference speaks against, in log-odds."""
    our_words, their_words = _of(Kind.WORD, ours), _of(Kind.WORD, theirs)
    our_names, their_names = _of(Kind.NAME, ours), _of(Kind.NAME, theirs)
    words = len(our_words) + len(their_words)
    if not words and not our_names and not their_names:
        return VALUE
    slot = _slot(template, gap)
    if slot is not None and template.varied[slot] and not our_words:
        return LEARNED / template.varied[slot] + PER_ABSORBED_WORD * max(0, words - 1)
    if not words:
        return NAME if slot is not None or _alike(our_names, their_names) else UNLIKE_NAME
    dear = HAPPENING * any(map(tells_what_happened, our_words + their_words))
    if _value_for_words(ours, theirs):
        return ABSORBED + PER_ABSORBED_WORD * (words - 1) + dear / 2
    if slot is not None and not our_words:
        return BESIDE_A_VALUE + PER_ABSORBED_WORD * (words - 1) + dear
    most = max(len(our_words), len(their_words))
    if most <= LONG and ours and theirs and _introduced(template.tokens, gap):
        return INTRODUCED + dear / 2
    start = AT_START * (gap.left_start == 0 or gap.right_start == 0)
    return SWAPPED + PER_CHANGED_WORD * (words - 1) + dear + start


def _of(wanted: Kind, tokens: tuple[str, ...]) -> list[str]:
    return [token for token in tokens if kind(token) is wanted]


def _alike(ours: list[str], theirs: list[str]) -> bool:
    return Indel.normalized_similarity("".join(ours), "".join(theirs)) >= ALIKE


def _value_for_words(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """One side is a masked value and the other words in its place."""
    for value, words in ((ours, theirs), (theirs, ours)):
        if value and all(kind(token) <= Kind.WILD for token in value):
            if any(kind(token) is Kind.WILD for token in value) and len(words) <= 2 * LONG:
                return True
    return False


def _introduced(tokens: tuple[str, ...], gap: Difference) -> bool:
    """Whether a name is expected where the gap is: after `user`, after `=`, alone in brackets."""
    before = tokens[max(0, gap.left_start - 2) : gap.left_start]
    if not before:
        return False
    if before[-1] in OPENING:
        return tokens[gap.left_end : gap.left_end + 1] == (OPENING[before[-1]],)
    if before[-1] == "=":
        return True
    introducing = before[0] if before[-1] in (":", "'", '"') else before[-1]
    return introducing.lower() in INTRODUCES_A_NAME


def _slot(template: Template, gap: Difference) -> int | None:
    """The wildcard in the gap or at its edge."""
    for at in range(max(0, gap.left_start - 1), min(len(template.tokens), gap.left_end + 1)):
        if kind(template.tokens[at]) is Kind.WILD:
            return at
    return None
