"""One message, read: its tokens with values masked."""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from loops.domain.matching.masking import MAX_CHARS, Pieces, pieces
from loops.domain.matching.words import Kind, kind

_PLAIN_WORD: Final = re.compile(r"\b[A-Za-z]{2,}\b")


@dataclass(frozen=True, slots=True)
class Reading:
    """The bounded, masked form of a message; all that matching looks at.

    `tokens` are bare; `spaced` holds them with a leading space where the message had one.
    `text_hash` is 32 hex digits, equal for messages that are equal when masked; of a message that
    holds nothing but values, equal only for equal messages. `is_cut` says that the message goes on
    behind the tokens.
    """

    tokens: tuple[str, ...]
    spaced: tuple[str, ...]
    text_hash: str
    is_cut: bool = False

    @property
    def text(self) -> str:
        """The masked message, such as `no seats on flight HAT<*>`."""
        return "".join(self.spaced)


def read(message: str) -> Reading:
    """The reading of a message of any length, in time linear in a bounded head of it."""
    parts = pieces(message)
    digest = hashlib.sha256(_exact(parts, message).encode("utf-8", "replace")).hexdigest()
    return Reading(
        tokens=parts.bare,
        spaced=parts.spaced,
        text_hash=digest[:32],
        is_cut=bool(parts.rest) or len(message) > MAX_CHARS,
    )


def _exact(parts: Pieces, message: str) -> str:
    """What must be equal for two messages to be the same but for values."""
    if not any(kind(token) >= Kind.NAME for token in parts.bare):
        return message[:MAX_CHARS].strip()
    return "\x1f".join((*parts.bare, *_PLAIN_WORD.findall(parts.rest)))
