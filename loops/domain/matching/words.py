"""What a token is to a reader of failure messages: language, a name, a value or a mark."""

from enum import IntEnum
from functools import lru_cache
from typing import Final

from loops.domain.matching.masking import WILD
from loops.domain.matching.vocabulary import HAPPENING_ENDINGS, SAYS_WHAT_HAPPENED

MIN_STEM: Final = 4  # letters before an ending for it to be one: `started`, but not `string`
_INSIDE_WORDS: Final = frozenset("-'\N{RIGHT SINGLE QUOTATION MARK}")


class Kind(IntEnum):
    MARK = 0  # punctuation
    WILD = 1  # a value that was masked or learned
    NAME = 2  # an identifier: digits, dots, underscores, or a single letter
    WORD = 3  # plain language or a CONSTANT, most likely part of what the message says


@lru_cache(maxsize=16_384)
def kind(token: str) -> Kind:
    """The kind of one bare token."""
    if token == WILD:
        return Kind.WILD
    if not any(c.isalnum() for c in token):
        return Kind.MARK
    if len(token) == 1:
        return Kind.NAME
    if token.isupper() and all(c.isalpha() or c == "_" for c in token):
        return Kind.WORD
    is_word = all(c.isalpha() or c in _INSIDE_WORDS for c in token)
    return Kind.WORD if is_word else Kind.NAME


@lru_cache(maxsize=16_384)
def tells_what_happened(token: str) -> bool:
    """Whether changing this word changes what the message says, whatever stands around it."""
    word = token.lower()
    if word in SAYS_WHAT_HAPPENED:
        return True
    return any(word.endswith(end) and len(word) >= len(end) + MIN_STEM for end in HAPPENING_ENDINGS)
