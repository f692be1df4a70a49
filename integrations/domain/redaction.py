"""Hiding secrets in what is kept of a call: REDACTION_V1 of integrations 1.0.0.

A value is hidden for the words of its name, so that `api_key` and `clientSecret` are and
`monkey` and `author` are not.
"""

import json
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

from integrations.domain.mcp_tools import words_of

HIDDEN: Final = "[REDACTED]"
MAX_PREVIEW: Final = 1_000  # characters
_SECRET_WORDS: Final = frozenset({
    "password", "passwords", "passwd", "passphrase", "pwd", "secret", "secrets", "token", "tokens",
    "key", "keys", "credential", "credentials", "auth", "authorization", "apikey", "apikeys",
    "bearer", "jwt", "ssn", "cookie", "creditcard", "cardnumber", "privatekey", "accesskey",
})  # fmt: skip
_SECRET_PAIRS: Final = frozenset({("credit", "card"), ("card", "number")})
_SECRET_ENDS: Final = ("password", "secret", "token", "apikey", "credential")
_DIGITS: Final = "0123456789"


def is_secret(name: str) -> bool:
    """Whether what bears this name must not be shown."""
    words = [one.strip(_DIGITS) for one in words_of(name)]
    return (
        any(one in _SECRET_WORDS or one.endswith(_SECRET_ENDS) for one in words)
        or not _SECRET_PAIRS.isdisjoint(pairwise(words))
    )  # fmt: skip


def redacted(value: Any) -> Any:
    """The value with everything under a secret's name hidden, however deep it lies."""
    match value:
        case Mapping():
            return {
                name: HIDDEN if is_secret(str(name)) else redacted(one)
                for name, one in value.items()
            }
        case list() | tuple():
            return [redacted(one) for one in value]
    return value


def preview(value: Any) -> str:
    """The redacted value as text of at most MAX_PREVIEW characters."""
    text = json.dumps(redacted(value), ensure_ascii=False, default=str)
    text = text.encode(errors="replace").decode()
    return text if len(text) <= MAX_PREVIEW else f"{text[: MAX_PREVIEW - 1]}…"


def secrets_in(value: Any, *, is_hidden: bool = False) -> set[str]:
    """The secrets in what was told, which an answer may repeat; `is_hidden` if all of it is one."""
    match value:
        case Mapping():
            parts = [secrets_in(one, is_hidden=is_hidden or is_secret(str(name)))
                     for name, one in value.items()]  # fmt: skip
        case list() | tuple():
            parts = [secrets_in(one, is_hidden=is_hidden) for one in value]
        case _:
            return {str(value)} if is_hidden else set()
    return set[str]().union(*parts)
