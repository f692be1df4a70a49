"""Configuration as one JSON document: writing it, and reading one without trusting it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from pydantic import ValidationError

from integrations.configuration.items import Item, Kind
from integrations.configuration.kinds import KINDS
from integrations.configuration.stored import Stored
from integrations.domain.configuration import FORMAT, VERSION, plain_step, raw_keys_in, texts_in
from m25console import audit
from m25console.access import Actor, check_connects
from m25console.refusals import InvalidInput

MAX_BYTES: Final = 1024 * 1024
MOST: Final = 1_000  # items of one document
MAX_SHOWN: Final = 100  # characters of a name
HEAD: Final = ("format", "version", "exported_at", "tenant")


@dataclass(frozen=True)
class Entry:
    """One item of a document as it was given: read, or with what is wrong with it."""

    kind: Kind[Any]
    name: str
    item: Item | None
    wrong: str = ""


def exported(by: Actor, *, now: datetime) -> dict[str, Any]:
    """The tenant's configuration; of secrets only where they lie. Raises NotPermitted."""
    check_connects(by)
    stored = Stored.of(by.tenant)
    document: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": now.isoformat(),
        "tenant": by.tenant.slug,
    }
    for kind in KINDS:
        items: dict[str, Any] = {}
        for row in kind.rows(by.tenant):
            item = kind.told(row, stored)
            items.setdefault(item.key, item.model_dump(mode="json"))
        document[kind.noun] = list(items.values())
    return document


def taken_away(by: Actor, *, now: datetime) -> bytes:
    """The configuration as a file; that it was taken is on record. Raises NotPermitted."""
    document = exported(by, now=now)
    audit.record(by=by, action="configuration.exported", about=by.tenant, now=now)
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def parsed(text: bytes) -> Any:
    """The document in a file. Raises InvalidInput, saying where it stops being JSON."""
    if len(text) > MAX_BYTES:
        raise InvalidInput(f"This is larger than {MAX_BYTES // 1024} KiB.")
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"This is not JSON: {error}.") from None


def read(document: Any) -> list[Entry]:
    """The items of a document, in the order of import.

    Raises InvalidInput for what is no configuration of this version, for one with too many items,
    and for one with a key in it: that is refused whole, and no part of the key is repeated.
    """
    _check_head(document)
    if places := list(raw_keys_in(document)):
        told = "A key itself is in it. Store it as a credential and refer to that by its name."
        raise InvalidInput(told, fields={place: [told] for place in places[:20]})
    if any("\0" in text for _, text in texts_in(document)):
        raise InvalidInput("There is a null character in it, which nothing here has.")
    lists = [(kind, _list_of(document, kind.noun)) for kind in KINDS]
    if sum(len(items) for _, items in lists) > MOST:
        raise InvalidInput(f"Import at most {MOST:,} items at once.")
    return [
        _entry(kind, number, given) for kind, items in lists for number, given in enumerate(items)
    ]


def _check_head(document: Any) -> None:
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InvalidInput("This is no configuration that this console exported.")
    if document.get("version") != VERSION:
        raise InvalidInput(f"Only version {VERSION} of configurations is read here.")
    known = {*HEAD, *(kind.noun for kind in KINDS)}
    if unknown := [plain_step(name) for name in document if name not in known]:
        told = "This console knows no such part of a configuration."
        raise InvalidInput(told, fields={f"/{name}": [told] for name in unknown})


def _list_of(document: Mapping[str, Any], noun: str) -> Sequence[Any]:
    items = document.get(noun, [])
    if not isinstance(items, list):
        told = "Write a list here."
        raise InvalidInput(told, fields={f"/{noun}": [told]})
    return items


def _entry(kind: Kind[Any], number: int, given: Any) -> Entry:
    name = f"number {number + 1}"
    if not isinstance(given, dict):
        return Entry(kind, name, None, "Write an object here.")
    if isinstance(given.get("name"), str):
        name = given["name"][:MAX_SHOWN]
    try:
        item = kind.shape.model_validate(given)
    except ValidationError as wrong:
        return Entry(kind, name, None, _told(wrong))
    return Entry(kind, item.key, item)


def _told(wrong: ValidationError) -> str:
    """What is wrong by field; what was given is not repeated."""
    told = []
    for one in wrong.errors(include_input=False, include_url=False)[:20]:
        place = ".".join(plain_step(step) for step in one["loc"])
        told.append(f"{place}: {one['msg']}." if place else f"{one['msg']}.")
    return " ".join(told)
