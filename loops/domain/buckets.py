"""Which part of a tenant's catalogue a failure is looked up in."""

import hashlib
from typing import Final

DIGITS: Final = 32


def bucket_of(*, by_message: bool, error_type: str, error_code: str | None) -> str:
    """The name of that part: equal for failures that may meet without anybody's help.

    With a message, error type and code must be equal; without one, the error type.
    """
    kind, code = ("message", error_code) if by_message else ("fields", None)
    text = "\x1f".join([kind, error_type, code or ""])
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]
