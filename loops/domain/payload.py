"""What may enter and what may be stored as JSON, and one digest for both.

A pointer is a JSON pointer (RFC 6901): "" is the whole document, "/context/0" a place in it.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Final

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None

MAX_DEPTH: Final = 32  # containers inside each other
MAX_KEYS: Final = 256  # per object
MAX_TEXT_BYTES: Final = 32 * 1024  # per string, in UTF-8
_PLAIN: Final = frozenset({bool, int, str, type(None)})


class PayloadFault(ValueError):  # noqa: N818 - a refusal, told to the sender
    """A document from outside that cannot be taken, and where in it the fault is."""

    def __init__(self, *, pointer: str, message: str) -> None:
        super().__init__(f"{pointer or 'document'}: {message}")
        self.pointer = pointer
        self.message = message


def jsonable(value: object, *, path: str) -> Json:
    """The value in JSON terms: dates in ISO 8601, enums by value, dataclasses by field.

    `path` is how the value is called in messages, such as "event.details". Raises TypeError
    naming the path of whatever JSON cannot hold.
    """
    if type(value) in _PLAIN:
        return value  # type: ignore[return-value]
    if isinstance(value, Enum):
        value = value.value
    if is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    match value:
        case None | bool() | int() | str():
            return value
        case float() | Decimal() if math.isfinite(value):
            return float(value)
        case date():
            return value.isoformat()
        case Mapping():
            return {
                _key(key, path=path): jsonable(value[key], path=f"{path}.{key}") for key in value
            }
        case list() | tuple():
            return [jsonable(one, path=f"{path}[{index}]") for index, one in enumerate(value)]
    raise TypeError(f"{path} is a {type(value).__name__}, which JSON cannot hold")


def check_document(value: object, *, pointer: str = "", depth: int = 1) -> None:
    """Raise PayloadFault at the first thing in a parsed JSON document that we do not take.

    Refused are: more than 32 levels, 256 keys in an object or 32 KiB in a string; NUL and lone
    surrogates, which PostgreSQL cannot store; numbers that are not finite.
    """
    match value:
        case None | bool() | int():
            return
        case str():
            _check_text(value, pointer=pointer)
        case float():
            if not math.isfinite(value):
                raise PayloadFault(pointer=pointer, message="is not a finite number")
        case dict() | list() if depth > MAX_DEPTH:
            raise PayloadFault(pointer=pointer, message=f"is nested deeper than {MAX_DEPTH} levels")
        case dict():
            _check_object(value, pointer=pointer, depth=depth)
        case list():
            for index, one in enumerate(value):
                check_document(one, pointer=f"{pointer}/{index}", depth=depth + 1)
        case _:
            kind = type(value).__name__
            raise PayloadFault(pointer=pointer, message=f"is a {kind}, which is not JSON")


def digest(value: Json) -> str:
    """SHA-256 in hex of the value's canonical JSON: keys sorted, no white space, ASCII only.

    Raises ValueError for numbers that are not finite.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _key(key: object, *, path: str) -> str:
    if not isinstance(key, str):
        raise TypeError(f"{path} has the key {key!r}, and JSON keys are strings")
    return key.value if isinstance(key, Enum) else key


def _check_object(value: dict[Any, Any], *, pointer: str, depth: int) -> None:
    if len(value) > MAX_KEYS:
        raise PayloadFault(pointer=pointer, message=f"has more than {MAX_KEYS} keys")
    for key, one in value.items():
        if not isinstance(key, str):
            raise PayloadFault(pointer=pointer, message="has a key that is not a string")
        _check_text(key, pointer=pointer, what="has a key that ")
        escaped = key.replace("~", "~0").replace("/", "~1")
        check_document(one, pointer=f"{pointer}/{escaped}", depth=depth + 1)


def _check_text(text: str, *, pointer: str, what: str = "") -> None:
    if "\0" in text:
        raise PayloadFault(pointer=pointer, message=f"{what}contains a NUL character")
    try:
        size = len(text) if text.isascii() else len(text.encode())
    except UnicodeEncodeError:
        fault = f"{what}contains half of a surrogate pair"
        raise PayloadFault(pointer=pointer, message=fault) from None
    if size > MAX_TEXT_BYTES:
        raise PayloadFault(pointer=pointer, message=f"{what}is longer than {MAX_TEXT_BYTES} bytes")
