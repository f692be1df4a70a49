"""What a pattern has learned of the messages that belong to it."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Self

from loops.domain.matching.alignment import Difference, differences
from loops.domain.matching.masking import WILD
from loops.domain.matching.reading import Reading
from loops.domain.matching.words import Kind, kind

VERSION: Final = "SIGNATURE_V2"
MAX_WORDS_COUNTED: Final = 9  # per wildcard: beyond that, one more word teaches nothing


class Slot(NamedTuple):
    """What is known of one token's place.

    `words` counts the messages that put a plain word or name there, 0 for a constant and for a
    wildcard that only ever stood for numbers and the like; `optional` says that some put nothing.
    """

    words: int = 0
    optional: bool = False


FIXED: Final = Slot()


@dataclass(frozen=True, slots=True)
class Template:
    """The tokens a pattern's messages share, wildcards where they were seen to vary.

    `tokens` are bare, `spaced` the same with leading spaces, `slots` has one entry per token;
    `birth` is the text hash of the first message. At most MAX_TOKENS tokens of MAX_WORD characters:
    under 10 KB as JSON.
    """

    tokens: tuple[str, ...]
    spaced: tuple[str, ...]
    slots: tuple[Slot, ...]
    birth: str

    @classmethod
    def of(cls, reading: Reading) -> Self:
        """The template of a pattern that has seen one message."""
        return cls(
            tokens=reading.tokens,
            spaced=reading.spaced,
            slots=(FIXED,) * len(reading.tokens),
            birth=reading.text_hash,
        )

    @property
    def text(self) -> str:
        """For people: `Error: not enough seats on flight <*>`."""
        return "".join(self.spaced)

    def learn(self, reading: Reading) -> "Template":
        """This template after one more message of its pattern; itself when nothing is new.

        A message that shares no word is not learned from: it would leave nothing to recognise.
        """
        if reading.tokens == self.tokens:
            return self
        draft = _Draft()
        at = 0
        for gap in differences(self.tokens, reading.tokens):
            draft.keep(self, at, gap.left_start)
            ours = self.tokens[gap.left_start : gap.left_end]
            theirs = reading.tokens[gap.right_start : gap.right_end]
            if all(kind(token) is Kind.MARK for token in ours + theirs):
                draft.keep(self, gap.left_start, gap.left_end)
            else:
                draft.add(self._space_before(gap) + WILD, self._slot_after(gap, ours, theirs))
            at = gap.left_end
        draft.keep(self, at, len(self.tokens))
        grown = draft.template(birth=self.birth)
        says_something = any(kind(token) is Kind.WORD for token in grown.tokens)
        return grown if says_something and grown != self else self

    def to_json(self) -> dict[str, Any]:
        """A small JSON object from which `from_json` makes an equal template."""
        return {
            "version": VERSION,
            "tokens": list(self.spaced),
            "slots": {str(i): list(slot) for i, slot in enumerate(self.slots) if slot != FIXED},
            "birth": self.birth,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Raises ValueError when the value was not written by this version."""
        if value.get("version") != VERSION:
            raise ValueError(f"template version {value.get('version')!r} is not {VERSION}")
        spaced = tuple(value["tokens"])
        known = {int(i): Slot(*slot) for i, slot in value["slots"].items()}
        return cls(
            tokens=tuple(token.removeprefix(" ") for token in spaced),
            spaced=spaced,
            slots=tuple(known.get(i, FIXED) for i in range(len(spaced))),
            birth=value["birth"],
        )

    def _space_before(self, gap: Difference) -> str:
        following = self.spaced[gap.left_start : gap.left_start + 1]
        return " " if not following or following[0].startswith(" ") else ""

    def _slot_after(self, gap: Difference, ours: tuple[str, ...], theirs: tuple[str, ...]) -> Slot:
        known = self.slots[gap.left_start : gap.left_end]
        words = max((slot.words for slot in known), default=0)
        if not words and _has_words(ours):
            words = 1
        if _has_words(theirs):
            words += 1
        optional = not ours or not theirs or any(slot.optional for slot in known)
        return Slot(words=min(words, MAX_WORDS_COUNTED), optional=optional)


class _Draft:
    """A template being put together; neighbouring wildcards become one."""

    def __init__(self) -> None:
        self.spaced: list[str] = []
        self.slots: list[Slot] = []

    def keep(self, template: Template, start: int, end: int) -> None:
        """Takes over a stretch as it was."""
        for at in range(start, end):
            self.add(template.spaced[at], template.slots[at])

    def add(self, token: str, slot: Slot) -> None:
        if not self.spaced:
            token = token.removeprefix(" ")
        elif token.removeprefix(" ") == WILD == self.spaced[-1].removeprefix(" "):
            last = self.slots[-1]
            both = last.optional and slot.optional
            self.slots[-1] = Slot(words=max(last.words, slot.words), optional=both)
            return
        self.spaced.append(token)
        self.slots.append(slot)

    def template(self, *, birth: str) -> Template:
        return Template(
            tokens=tuple(token.removeprefix(" ") for token in self.spaced),
            spaced=tuple(self.spaced),
            slots=tuple(self.slots),
            birth=birth,
        )


def signature_hash(*, error_type: str | None, error_code: str | None, template: Template) -> str:
    """32 hex digits that name a new pattern: its partition and its template at birth."""
    content = {
        "version": VERSION,
        "error_type": error_type,
        "error_code": error_code,
        "birth": template.birth,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _has_words(tokens: tuple[str, ...]) -> bool:
    return any(kind(token) >= Kind.NAME for token in tokens)
