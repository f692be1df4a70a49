"""Reading what machines send: never more than a limit, neither raw nor unpacked."""

import zlib
from typing import Any, Final

import orjson
from django.http import HttpRequest
from pydantic import BaseModel, ValidationError

from m25console.api.errors import BadRequest, TooLarge, WrongMediaType
from m25console.refusals import InvalidInput

SMALL_BODY: Final = 64 * 1024  # bytes: a decision, a command
_AUTO_DETECT: Final = 32 + zlib.MAX_WBITS  # zlib's way to say: a gzip or a zlib header
_PACKED: Final = frozenset({"gzip", "x-gzip", "deflate"})


def read_json(request: HttpRequest, *, limit: int) -> Any:
    """The JSON document in the body, of at most `limit` bytes.

    Raises WrongMediaType, TooLarge, or BadRequest for what is not strict JSON: NaN, numbers
    beyond a double, lone surrogates, bytes that are not UTF-8, more than 1,024 levels.
    """
    _check_media_type(request)
    return parse_json(read_body(request, limit=limit))


def read_model[T: BaseModel](request: HttpRequest, model: type[T], *, limit: int = SMALL_BODY) -> T:
    """The body as a `model`. Raises as read_json(), and InvalidInput naming the wrong fields."""
    document = read_json(request, limit=limit)
    try:
        return model.model_validate(document)
    except ValidationError as wrong:
        fields: dict[str, list[str]] = {}
        for one in wrong.errors():
            pointer = "".join(f"/{part}" for part in one["loc"])
            fields.setdefault(pointer, []).append(one["msg"])
        raise InvalidInput("Some values are wrong.", fields=fields) from None


def read_changes[T: BaseModel](request: HttpRequest, model: type[T]) -> T:
    """The body as a `model` whose fields may all be missing. Raises as read_model(), and
    BadRequest where they are."""
    changes = read_model(request, model)
    if not changes.model_fields_set:
        raise BadRequest("There is nothing to change in this request.")
    return changes


def read_body(request: HttpRequest, *, limit: int) -> bytes:
    """The body as bytes, unpacked if it was sent packed.

    Raises TooLarge as soon as it is known to exceed `limit`, WrongMediaType for an unknown
    Content-Encoding, BadRequest for packed data that are damaged.
    """
    packing = request.META.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if packing not in _PACKED and packing not in ("", "identity"):
        raise WrongMediaType("Send the body as it is, or packed with gzip or deflate.")
    if _announced(request) > limit:
        raise _too_large(limit)
    raw = _read_up_to(request, limit)
    return _unpacked(raw, limit=limit) if packing in _PACKED else raw


def parse_json(raw: bytes) -> Any:
    """The document in `raw`. Raises BadRequest, saying where it stops being JSON."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"This is not JSON: {error}.") from None


def _check_media_type(request: HttpRequest) -> None:
    kind = request.content_type or ""
    is_json = kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )
    charset = (request.content_params or {}).get("charset", "utf-8").lower()
    if not is_json or charset not in ("utf-8", "utf8"):
        raise WrongMediaType("Send JSON in UTF-8, with Content-Type: application/json.")


def _announced(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise BadRequest("The Content-Length is not a number.") from None


def _read_up_to(request: HttpRequest, limit: int) -> bytes:
    parts: list[bytes] = []
    left = limit + 1
    while left > 0 and (part := request.read(left)):
        parts.append(part)
        left -= len(part)
    if left <= 0:
        raise _too_large(limit)
    return b"".join(parts)


def _unpacked(raw: bytes, *, limit: int) -> bytes:
    unpacker = zlib.decompressobj(_AUTO_DETECT)
    try:
        body = unpacker.decompress(raw, limit + 1)
    except zlib.error:
        raise BadRequest("The packed body is damaged.") from None
    if len(body) > limit:
        raise _too_large(limit)
    if not unpacker.eof or unpacker.unused_data:
        raise BadRequest("The packed body is cut short, or something follows it.")
    return body


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body is larger than {limit // 1024} KiB.")
