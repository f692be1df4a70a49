"""One message, read: its tokens with values masked."""

import hashlib
from dataclasses import dataclass

from loops.domain.matching.masking import MAX_CHARS, pieces
from loops.domain.matching.words import Kind, kind


@dataclass(frozen=True, slots=True)
class Reading:
    """The bounded, masked form of a message; all that matching looks at.

    `tokens` are bare; `spaced` holds them with a leading space where the message had one.
    `text_hash` is 32 hex digits, equal for messages that are equal when masked; of a message that
    holds nothing but values, equal only for equal messages.
    """

    tokens: tuple[str, ...]
    spaced: tuple[str, ...]
    text_hash: str

    @property
    def text(self) -> str:
        """The masked message, such as `no seats on flight HAT<*>`."""
        return "".join(self.spaced)


def read(message: str) -> Reading:
    """The reading of a message of any length, in time linear in a bounded head of it."""
    tokens, spaced = pieces(message)
    says_something = any(kind(token) >= Kind.NAME for token in tokens)
    exact = "\x1f".join(tokens) if says_something else message[:MAX_CHARS].strip()
    digest = hashlib.sha256(exact.encode("utf-8", "replace")).hexdigest()
    return Reading(tokens=tokens, spaced=spaced, text_hash=digest[:32])
