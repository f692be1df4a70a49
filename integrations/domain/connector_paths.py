"""Paths of actions: where a payload may go into one, and nothing beyond it."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

MAX_PATH: Final = 500
_PARAMETER: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]{0,63})\}")
_PLAIN: Final = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*")


class PathFault(ValueError):  # noqa: N818 - a sentence for whoever gave it
    """A path, or a value for one, that could lead elsewhere."""


def parameters_of(path: str) -> list[str]:
    """The names in braces, each once, in their order."""
    return list(dict.fromkeys(_PARAMETER.findall(path)))


def check_template(path: str) -> None:
    """Raises PathFault for a path that no action may have."""
    plain = _PARAMETER.sub("x", path)
    if len(path) > MAX_PATH or not _PLAIN.fullmatch(plain):
        raise PathFault(
            "A path begins with / and has plain characters, with parameters as {name}; what is "
            "not in it becomes the query or the body."
        )
    parts = plain.split("/")
    if ".." in parts or "." in parts or "//" in plain or "%" in plain:
        raise PathFault("A path stays where it is: no .., no // and nothing encoded.")


def joined(base: str, path: str, payload: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The address of one call, and what of the payload did not go into its path.

    Raises PathFault for a parameter that is missing or would lead elsewhere.
    """
    left = dict(payload)
    for name in parameters_of(path):
        left.pop(name, None)
    filled = _PARAMETER.sub(lambda found: _segment(found[1], payload), path)
    return base.rstrip("/") + filled, left


def queried(url: str, fields: Mapping[str, Any]) -> str:
    """The address with these fields as its query. Raises PathFault for what has no plain text."""
    pairs = [
        (name, _text(name, one))
        for name, several in fields.items()
        for one in (several if isinstance(several, list) else [several])
        if one is not None
    ]
    return f"{url}?{urlencode(pairs)}" if pairs else url


def _segment(name: str, payload: Mapping[str, Any]) -> str:
    if payload.get(name) in (None, ""):
        raise PathFault(f"{name} is missing: it is part of the path.")
    text = _text(name, payload[name])
    if text in (".", "..") or ".." in text or set(text) & set("/\\") or not text.isprintable():
        raise PathFault(f"{name} goes into a path and may not hold .., / or a backslash.")
    return quote(text, safe="")


def _text(name: str, value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str() | int() | float():
            return str(value)
    raise PathFault(f"{name} must be a text, a number, true or false.")


def key_within(base: str, key: str) -> str:
    """The whole name of a file in a folder, without a slash at its begin.

    Raises PathFault for a key that would leave the folder.
    """
    parts = key.split("/")
    if "\0" in key or "\\" in key or not key.isprintable() or {"", ".", ".."} & set(parts):
        raise PathFault("A key stays in its folder: no .., no empty part and no backslash.")
    return "/".join([one for one in base.split("/") if one] + parts)
