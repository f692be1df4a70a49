"""Taking secrets out of what others said, before it is kept, shown or logged."""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

HIDDEN: Final = "•••"
LEAST: Final = 4  # characters of a secret; what is shorter would tear holes into any text
# What a key looks like wherever it came from: in an address, in a header, or by its vendor's mark.
_USERINFO: Final = re.compile(r"(?<=://)[^/\s@]{1,500}(?=@)")
_HEADER: Final = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,500}")
_KEY: Final = re.compile(
    r"\b(?:sk-|xai-|AIza|AKIA|ASIA|gh[pousr]_|xox[abeprs]-|m25_)[A-Za-z0-9_./+=-]{8,500}"
)


def scrubbed(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without these secrets, however they are written in it, and without whatever looks
    like somebody's key."""
    text = without_userinfo(without(text, secrets))
    text = _HEADER.sub(rf"\1 {HIDDEN}", text)
    return _KEY.sub(HIDDEN, text)


def without(told: Any, secrets: Iterable[str]) -> Any:
    """A document without these secrets, however they are written in its texts; its names stay."""
    return _without(
        told, sorted({form for one in secrets for form in _forms(one)}, key=len, reverse=True)
    )


def without_userinfo(address: str) -> str:
    """An address without the name and password that somebody wrote into it."""
    return _USERINFO.sub(HIDDEN, address)


def _without(told: Any, forms: Sequence[str]) -> Any:
    match told:
        case str():
            for form in forms:
                told = told.replace(form, HIDDEN)
        case Mapping():
            return {name: _without(one, forms) for name, one in told.items()}
        case list() | tuple():
            return [_without(one, forms) for one in told]
    return told


def _forms(secret: str) -> Iterator[str]:
    """How a secret may stand in a text: as it is, in an address, or in base64."""
    if len(secret) < LEAST:
        return
    yield secret
    yield quote(secret, safe="")
    raw = secret.encode(errors="replace")
    yield base64.b64encode(raw).decode().rstrip("=")
    yield base64.urlsafe_b64encode(raw).decode().rstrip("=")
