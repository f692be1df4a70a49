"""Configuration as a document: what differs between two, and what must not be in one."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from integrations.domain.references import RAW_KEYS

FORMAT: Final = "m25console.configuration"
VERSION: Final = 1
STORED: Final = "stored:"  # before the name of a stored credential
SEALED: Final = "sealed:"  # before a few letters of what is sealed within the thing itself
LEAST_KEY: Final = 16  # characters; what begins like a key and is shorter is a name
_PLAIN_STEP: Final = re.compile(r"[a-z_]{1,40}")


class Outcome(StrEnum):
    """What an import does, or would do, with one item."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True)
class FieldChange:
    """A field before and after; None where there was nothing."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Result:
    """What becomes of one item; `item` is the whole of it, unless it was refused."""

    noun: str
    name: str
    outcome: Outcome
    changes: Sequence[FieldChange] = ()
    reason: str = ""
    item: Mapping[str, Any] | None = None


def changes_between(
    before: Mapping[str, Any] | None, after: Mapping[str, Any]
) -> list[FieldChange]:
    """Every field that differs; a table within is told field by field, as in `config.region`."""
    old, new = _flat(before or {}), _flat(after)
    return [
        FieldChange(name, old.get(name), new.get(name))
        for name in dict.fromkeys([*new, *old])
        if old.get(name) != new.get(name)
    ]


def digest_of(results: Sequence[Result]) -> str:
    """The same for the same changes of the same things, whatever else is in the document."""
    told = [
        [one.noun, one.outcome, one.item, [[c.name, c.before, c.after] for c in one.changes]]
        for one in results
        if one.outcome in (Outcome.NEW, Outcome.CHANGED)
    ]
    text = json.dumps(told, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def raw_keys_in(document: Any) -> Iterator[str]:
    """Where in a document something looks like a key itself; the key is not repeated."""
    for place, text in texts_in(document):
        if _is_key(text):
            yield place or "/"


def texts_in(document: Any) -> Iterator[tuple[str, str]]:
    """Every text in a document, names of fields included, and where it is."""
    left: list[tuple[str, Any]] = [("", document)]  # a list, since documents nest deeper than calls
    while left:
        place, value = left.pop()
        if isinstance(value, str):
            yield place, value
        elif isinstance(value, list):
            left += [(f"{place}/{number}", one) for number, one in enumerate(value)]
        elif isinstance(value, dict):
            yield from ((place, name) for name in value)
            left += [(f"{place}/{plain_step(name)}", one) for name, one in value.items()]


def plain_step(name: object) -> str:
    """A step of a place in a document; a name that is not of ours is not repeated."""
    told = str(name)
    return told if _PLAIN_STEP.fullmatch(told) or isinstance(name, int) else "…"


def _is_key(text: str) -> bool:
    told = text.removeprefix(STORED).strip().lower()
    begins = any(told.startswith(prefix) for prefix, _ in RAW_KEYS)
    return begins and len(told) >= LEAST_KEY and " " not in told


def _flat(item: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in item.items():
        if isinstance(value, Mapping):
            flat.update({f"{name}.{inner}": one for inner, one in value.items()})
        else:
            flat[name] = value
    return {name: value for name, value in flat.items() if value is not None}
