"""One message, read: its tokens with values masked."""

import hashlib
from dataclasses import dataclass

from loops.domain.matching.masking import pieces


@dataclass(frozen=True, slots=True)
class Reading:
    """The bounded, masked form of a message; all that matching looks at.

    `tokens` are bare; `spaced` holds the same tokens with a leading space where the message had one.
    """

    tokens: tuple[str, ...]
    spaced: tuple[str, ...]

    @property
    def text(self) -> str:
        """The masked message, such as `no seats on flight HAT<*>`."""
        return "".join(self.spaced)

    @property
    def text_hash(self) -> str:
        """32 hex digits; equal exactly when two masked messages are equal but for spacing."""
        return hashlib.sha256("\x1f".join(self.tokens).encode("utf-8", "replace")).hexdigest()[:32]


def read(message: str) -> Reading:
    """The reading of a message of any length, in time linear in (a bounded head of) it."""
    tokens, spaced = pieces(message)
    return Reading(tokens=tokens, spaced=spaced)
