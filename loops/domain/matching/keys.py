"""Index keys: how a message finds the few patterns it can belong to, without the catalogue.

A pattern stores at most MAX_KEYS keys, a message looks up at most MAX_KEYS; candidates are the
patterns that share one of its rarest keys, COMMON at most.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

from loops.domain.matching.reading import Reading
from loops.domain.matching.template import Template
from loops.domain.matching.words import Kind, kind

EXACT: Final = "x:"  # begins the key of one very message
MAX_KEYS: Final = 12
COMMON: Final = 64  # patterns compared for one message; a key with more is common
ENOUGH: Final = 16  # patterns of its rarest keys, after which further keys are not followed
LEADING: Final = 4  # words taken from the front, where a message says what it is about
MAX_KEY_CHARS: Final = 32


def index_keys(template: Template) -> tuple[str, ...]:
    """The keys under which a pattern is found; the exact key of its first message comes first."""
    return _keys(template.birth, template.tokens)


def lookup_keys(reading: Reading) -> tuple[str, ...]:
    """The keys to look up for a message; the exact key comes first."""
    return _keys(reading.text_hash, reading.tokens)


def worth_loading(keys: Sequence[str], *, sizes: Mapping[str, int]) -> tuple[str, ...]:
    """Those of `keys` whose patterns are candidates, given how many patterns each key has.

    The rarest first, as long as they have ENOUGH patterns between them. When the rarest
    alone has more, it is the only one, and its COMMON oldest patterns are the candidates.
    """
    held = sorted((sizes[key], key) for key in keys if sizes.get(key))
    chosen: list[str] = []
    room = ENOUGH
    for size, key in held:
        if chosen and size > room:
            break
        chosen.append(key)
        room -= size
    return tuple(chosen)


def _keys(exact: str, tokens: Sequence[str]) -> tuple[str, ...]:
    said = [token for token in tokens if kind(token) is Kind.WORD and len(token) > 1]
    named = [token for token in tokens if kind(token) is Kind.NAME]
    leading = list(dict.fromkeys(said))[:LEADING]
    longest = sorted(dict.fromkeys(said), key=lambda word: (-len(word), word))
    wanted = [*leading, *longest, *named]
    keys = [EXACT + exact]
    if not said:
        shape = hashlib.sha256(" ".join(named or tokens).encode("utf-8", "replace")).hexdigest()
        keys.append("s:" + shape[:30])
    keys += ["w:" + word.lower()[: MAX_KEY_CHARS - 2] for word in wanted]
    return tuple(dict.fromkeys(keys))[:MAX_KEYS]
