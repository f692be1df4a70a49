"""What one difference between a template and a message speaks against, in log-odds.

A value for another value is nearly free, a name for another name cheap, a word where a name is
expected dearer, and a word for another word dearest: it makes another sentence.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from rapidfuzz.distance import Indel

from loops.domain.matching.alignment import Difference
from loops.domain.matching.masking import WILD
from loops.domain.matching.reading import Reading
from loops.domain.matching.template import Template
from loops.domain.matching.vocabulary import INTRODUCES_A_NAME, INTRODUCES_ANYTHING, PREPOSITIONS
from loops.domain.matching.words import Kind, kind, tells_what_happened

VALUE: Final = 0.1
NAME: Final = 0.8  # one name for another like it, or where a name is expected
UNLIKE_NAME: Final = 2.0
LEARNED: Final = 0.6  # where words have varied before; divided by how many
INTRODUCED: Final = 1.5  # a word for another where a name is expected: after `user`, in brackets
NAMED: Final = 2.2  # a bare noun or an identifier for another: `for root from`
REPLACES_A_VALUE: Final = 0.8
BESIDE_A_VALUE: Final = 2.0
SWAPPED: Final = 3.2  # a word for another anywhere else
ADDED: Final = 3.0  # a name or value where there was none
MARK: Final = 2.5  # a mark that is part of what is said: `!`, `***`
HAPPENING: Final = 1.5  # on top, when a word that says what happened changes
AT_START: Final = 1.0  # on top, when the first word changes: it says what the message is about
PER_CHANGED_WORD: Final = 0.5  # on top of SWAPPED, for every further word
PER_LENGTH: Final = 0.6  # on top of what a wildcard takes in, times ln(words)

ALIKE: Final = 0.5  # two names are variants of one when half their letters agree
LONG: Final = 3  # words: a longer replacement is another sentence, not another name
QUIET: Final = frozenset("()[]{}<>,.:;-/#+'\"`")  # marks that belong to layout
BRACKETS: Final = {"(": ")", "[": "]", "<": ">"}


@dataclass(frozen=True, slots=True)
class Change:
    """A difference with its surroundings in the template."""

    template: Template
    gap: Difference
    ours: tuple[str, ...]
    theirs: tuple[str, ...]

    def of(self, wanted: Kind) -> tuple[list[str], list[str]]:
        """The tokens of one kind on either side."""
        ours = [token for token in self.ours if kind(token) is wanted]
        return ours, [token for token in self.theirs if kind(token) is wanted]

    @property
    def before(self) -> tuple[str, ...]:
        """Up to two template tokens in front of it."""
        return self.template.tokens[max(0, self.gap.left_start - 2) : self.gap.left_start]

    @property
    def after(self) -> str | None:
        """The template token behind it."""
        tokens = self.template.tokens
        return tokens[self.gap.left_end] if self.gap.left_end < len(tokens) else None

    @property
    def starts(self) -> bool:
        """Whether one of the sides begins with it."""
        return self.gap.left_start == 0 or self.gap.right_start == 0


def cost(template: Template, reading: Reading, gap: Difference) -> float:
    """The log-odds against `reading` being one of `template`'s that one difference gives."""
    change = Change(
        template=template,
        gap=gap,
        ours=template.tokens[gap.left_start : gap.left_end],
        theirs=reading.tokens[gap.right_start : gap.right_end],
    )
    our_words, their_words = change.of(Kind.WORD)
    words = our_words + their_words
    if not words and not any(change.of(Kind.NAME)):
        return _cost_of_values(change)
    slot = _slot(change) if not our_words else None
    told = any(map(tells_what_happened, words)) and not _anything_may_stand_in(change)
    dear = HAPPENING if told else 0.0
    if slot is not None and template.slots[slot].words:
        known = LEARNED / template.slots[slot].words + _length_cost(words)
        return known + dear if len(words) > 1 else known
    if not words:
        return _cost_of_names(change, beside_a_value=slot is not None)
    if _replaces_a_value(change):
        return REPLACES_A_VALUE + _length_cost(words) + dear / 2
    if slot is not None:
        return BESIDE_A_VALUE + _length_cost(words) + dear
    return dear + _cost_of_words(change, most=max(len(our_words), len(their_words)), all_=words)


def _cost_of_values(change: Change) -> float:
    """A value where there was none between two words is another sentence; in brackets it is not."""
    both = change.ours + change.theirs
    marks = sum(kind(token) is Kind.MARK and token not in QUIET for token in both)
    if marks:
        return MARK * marks
    if WILD not in both or (change.ours and change.theirs) or "(" in both or "[" in both:
        return VALUE
    if not change.theirs and _is_optional(change):
        return VALUE
    around = (*change.before[-1:], *([change.after] if change.after is not None else []))
    return ADDED if all(kind(token) >= Kind.NAME for token in around) else VALUE


def _cost_of_names(change: Change, *, beside_a_value: bool) -> float:
    ours, theirs = change.of(Kind.NAME)
    if beside_a_value or (change.ours and change.theirs and _introduced(change)):
        return NAME
    if not ours or not theirs:
        return UNLIKE_NAME if _replaces_a_value(change) else ADDED
    start = AT_START if change.starts else 0.0
    return start + (NAME if _alike("".join(ours), "".join(theirs)) else UNLIKE_NAME)


def _cost_of_words(change: Change, *, most: int, all_: list[str]) -> float:
    if change.ours and change.theirs:
        if _anything_may_stand_in(change):
            return INTRODUCED + _length_cost(all_)
        if most <= LONG and _introduced(change):
            return INTRODUCED
        if most == 1 and (_between_names(change) or all(map(_is_identifier, all_))):
            return NAMED + (AT_START if change.starts else 0.0)
    start = AT_START if change.starts else 0.0
    return SWAPPED + PER_CHANGED_WORD * (len(all_) - 1) + start


def _is_optional(change: Change) -> bool:
    known = change.template.slots[change.gap.left_start : change.gap.left_end]
    return any(slot.optional for slot in known)


def _length_cost(words: list[str]) -> float:
    return PER_LENGTH * math.log(max(len(words), 1))


def _alike(one: str, other: str) -> bool:
    letters = one.replace(WILD, ""), other.replace(WILD, "")
    return Indel.normalized_similarity(*letters) >= ALIKE


def _replaces_a_value(change: Change) -> bool:
    """One side is a masked value, the other a few words in its place."""
    for value, words in ((change.ours, change.theirs), (change.theirs, change.ours)):
        is_value = WILD in value and all(kind(token) <= Kind.WILD for token in value)
        if is_value and (len(words) <= 2 * LONG or _anything_may_stand_in(change)):
            return True
    return False


def _introduced(change: Change) -> bool:
    """Whether a name is expected here: after `user`, after `=`, alone in brackets."""
    before = change.before
    if not before:
        return False
    if before[-1] in BRACKETS:
        return change.after == BRACKETS[before[-1]]
    if before[-1] == "=":
        return True
    introducing = before[0] if before[-1] in (":", "'", '"') else before[-1]
    word = introducing.lower()
    return word in INTRODUCES_A_NAME or word.removesuffix("s") in INTRODUCES_A_NAME


def _anything_may_stand_in(change: Change) -> bool:
    """Whether free text is expected here: `Expected: …`, `value: …`."""
    before = change.before
    return before[-1:] == (":",) and before[0].lower() in INTRODUCES_ANYTHING


def _between_names(change: Change) -> bool:
    """Where only a noun without an article fits: `for root from`, `cd: reports: No such`."""
    before, after = change.before, change.after
    if not before:
        return False
    if before[-1] == ":" and after == ":":
        return True
    closed = after is None or kind(after) <= Kind.WILD or after.lower() in PREPOSITIONS
    return closed and before[-1].lower() in PREPOSITIONS


def _is_identifier(word: str) -> bool:
    """Whether it is put together like the name of a class: `WindowsUpdateAgent`."""
    return word[0].isupper() and any(a.islower() and b.isupper() for a, b in pairwise(word))


def _slot(change: Change) -> int | None:
    """The wildcard that is replaced, or one next to what was added without a key of its own."""
    gap, tokens = change.gap, change.template.tokens
    places = list(range(gap.left_start, gap.left_end))
    if "=" not in change.theirs and ":" not in change.theirs:
        places += [gap.left_start - 1, gap.left_end]
    for at in places:
        if 0 <= at < len(tokens) and tokens[at] == WILD:
            return at
    return None
