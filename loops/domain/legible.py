"""Text from outside as people may safely read it.

Some characters are not seen but change what is: they turn the direction of writing, hide words,
or move the cursor of a terminal. Shown by their number they can deceive nobody (see Unicode
Technical Report 36).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

# Controls but tab and line feed, soft hyphen, direction marks and overrides, invisible
# separators and operators, byte order mark, tags. Joiners stay: emoji and scripts need them.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)
SHOWN_LINES: Final = 20
SHOWN_CHARACTERS: Final = 2000


def legible(text: str) -> str:
    """The text with every unseen character as its number, such as "⟨U+202E⟩"."""
    return _UNSEEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text.replace("\r\n", "\n"))


@dataclass(frozen=True)
class Folded:
    """A long text in two parts that together are the whole of it."""

    head: str
    rest: str
    lines: int  # in the rest

    @property
    def label(self) -> str:
        """What unfolding will show."""
        size = f"{len(self.rest):,} characters"
        return f"{self.lines:,} more lines, {size}" if self.lines > 1 else f"{size} more"


def folded(text: str, *, lines: int = SHOWN_LINES, characters: int = SHOWN_CHARACTERS) -> Folded:
    """The text, made legible, cut where a page may fold it; nothing is left out."""
    whole = legible(text)
    cut = min(len("".join(whole.splitlines(keepends=True)[:lines])), characters)
    rest = whole[cut:]
    return Folded(whole[:cut], rest, len(rest.splitlines()))


@dataclass(frozen=True)
class Leaf:
    """One value in a document, and the way to it, such as "order.items[0].price"."""

    path: str
    value: str


def leaves(document: Any, *, path: str = "") -> list[Leaf]:
    """Every value of a JSON document in its order, made legible; empty containers count too."""
    match document:
        case Mapping() if document:
            return [
                leaf
                for name, value in document.items()
                for leaf in leaves(value, path=_joined(path, str(name)))
            ]
        case list() if document:
            return [
                leaf
                for index, value in enumerate(document)
                for leaf in leaves(value, path=f"{path}[{index}]")
            ]
        case str():
            return [Leaf(path, legible(document))]
    return [Leaf(path, json.dumps(document, ensure_ascii=False))]


def json_text(document: Any) -> str:
    """The document as indented JSON, made legible."""
    return legible(json.dumps(document, indent=2, ensure_ascii=False))


def _joined(path: str, name: str) -> str:
    shown = legible(name) or '""'
    return f"{path}.{shown}" if path else shown
