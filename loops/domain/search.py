"""Finding by words: what of a text is kept, and what is looked for. Version SEARCH_V1.

A word is a run of letters and digits, whatever stands between; case does not matter. Ids fall
into words too, so that a part of one is enough.
"""

import re
from typing import Final

VERSION: Final = "SEARCH_V1"
MOST_WORDS: Final = 80  # kept of one object
LONGEST_WORD: Final = 40  # characters; of a longer word its beginning is kept
SHORTEST_BEGINNING: Final = 3  # characters; what is shorter begins too many words
MOST_ASKED: Final = 8  # words of one search
_WORD: Final = re.compile(r"[^\W_]+")


def words_of(*texts: str | None) -> list[str]:
    """The different words of the texts, in the order they first come."""
    found = (word for text in texts if text for word in _WORD.findall(text.casefold()))
    return list(dict.fromkeys(word[:LONGEST_WORD] for word in found))


def kept(*texts: str | None) -> str:
    """What to keep of an object so that its texts are found: words with spaces between.

    The texts named first matter most: of all their words the first 80 are kept.
    """
    return " ".join(words_of(*texts)[:MOST_WORDS])


def asked(text: str) -> str:
    """What a search looks for, as PostgreSQL reads a tsquery: words that begin like each of
    those asked for, or are those if they are short. Empty if the text has no word."""
    sought = words_of(text)[:MOST_ASKED]
    return " & ".join(word if len(word) < SHORTEST_BEGINNING else f"{word}:*" for word in sought)
