"""What a token is to a reader of English failure messages: language, a name, a value or a mark."""

from enum import IntEnum
from functools import lru_cache
from typing import Final

from loops.domain.matching.masking import WILD


class Kind(IntEnum):
    MARK = 0  # punctuation
    WILD = 1  # a value that was masked or learned
    NAME = 2  # an identifier: digits, dots, underscores, or a single letter
    WORD = 3  # plain language, most likely part of what the message says


# A word that follows one of these is usually somebody's or something's name.
INTRODUCES_A_NAME: Final = frozenset(
    "user username account role group owner host hostname node server client service daemon program process thread"
    " command function method tool model agent class module package library plugin driver device interface"
    " adapter port domain zone region cluster volume disk partition bucket queue topic channel table column"
    " field key attribute property parameter argument option variable index type object file filename path"
    " directory folder document page url address source destination origin target customer order product item"
    " flight city name named called id tenant project branch repository image container pod job".split()
)
SAYS_WHAT_HAPPENED: Final = frozenset(
    "no not never none null only all any some without with from to into onto in on at by of for before after"
    " up down off open closed start stop begin end enter exit entered left success failure fail pass ok bad good"
    " yes true false high low full empty normal warning critical error fatal info new old first last missing"
    " invalid valid available unavailable active inactive online offline busy idle ready pending done complete"
    " is are was were be been has have had can cannot could will would may must does did do read write send receive"
    " create delete update insert remove add get set put post load save connect disconnect bind accept".split()
)
_HAPPENING_ENDINGS: Final = (
    "ed",
    "ing",
    "able",
    "ible",
    "tion",
    "sion",
    "ment",
    "ful",
    "ness",
    "ly",
    "ive",
    "ize",
)
_MIN_STEM: Final = 3


@lru_cache(maxsize=16_384)
def kind(token: str) -> Kind:
    """The kind of one bare token."""
    if token == WILD:
        return Kind.WILD
    if not any(c.isalnum() for c in token):
        return Kind.MARK
    if len(token) == 1 or not all(c.isalpha() or c in "-'’" for c in token):
        return Kind.NAME
    return Kind.WORD


@lru_cache(maxsize=16_384)
def tells_what_happened(token: str) -> bool:
    """Whether changing this word changes what the message says, whatever stands around it."""
    word = token.lower()
    if word in SAYS_WHAT_HAPPENED:
        return True
    return any(
        word.endswith(end) and len(word) >= len(end) + _MIN_STEM for end in _HAPPENING_ENDINGS
    )
