"""Whom a remark calls by name."""

import re
from typing import Final

MOST_MENTIONS: Final = 20  # in one remark
# As in an address: a name ends before the punctuation that follows it.
_CALLED: Final = re.compile(r"(?<![\w@./+-])@([\w.@+-]{1,150})")


def names_in(text: str) -> list[str]:
    """The names after an @, each once and in order, without a full stop that ends the sentence."""
    found = (one.rstrip(".-+@") for one in _CALLED.findall(text))
    return list(dict.fromkeys(one for one in found if one))[:MOST_MENTIONS]


def parts_of(text: str, known: frozenset[str]) -> list[tuple[str, bool]]:
    """The text in parts, and of each whether it calls a known name."""
    if not known:
        return [(text, False)]
    longest_first = sorted(known, key=len, reverse=True)
    called = "|".join(re.escape(f"@{name}") for name in longest_first)
    pieces = re.split(rf"(?<![\w@./+-])({called})(?![\w@+-])", text)
    return [(one, bool(at % 2)) for at, one in enumerate(pieces) if one]
