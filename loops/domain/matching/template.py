"""What a pattern has learned of the messages that belong to it."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final, Self

from loops.domain.matching.alignment import Difference, differences
from loops.domain.matching.masking import WILD
from loops.domain.matching.reading import Reading
from loops.domain.matching.words import Kind, kind

VERSION: Final = "SIGNATURE_V2"
MAX_WORDS_COUNTED: Final = 9  # per wildcard: beyond that, one more word teaches nothing


@dataclass(frozen=True, slots=True)
class Template:
    """The tokens a pattern's messages share, wildcards where they were seen to vary.

    `varied` says for each token how many messages put a plain word or name there (0 for a constant
    and for a wildcard that only ever stood for numbers and the like). `birth` is the text hash of
    the first message. At most MAX_TOKENS tokens of MAX_WORD characters: under 10 KB as JSON.
    """

    tokens: tuple[str, ...]
    spaced: tuple[str, ...]
    varied: tuple[int, ...]
    birth: str

    @classmethod
    def of(cls, reading: Reading) -> Self:
        """The template of a pattern that has seen one message."""
        return cls(
            tokens=reading.tokens,
            spaced=reading.spaced,
            varied=(0,) * len(reading.tokens),
            birth=reading.text_hash,
        )

    @property
    def text(self) -> str:
        """For people: `Error: not enough seats on flight <*>`."""
        return "".join(self.spaced)

    def learn(self, reading: Reading) -> "Template":
        """This template after one more message of its pattern; itself when nothing is new."""
        if reading.tokens == self.tokens:
            return self
        spaced: list[str] = []
        varied: list[int] = []
        at = 0
        for gap in differences(self.tokens, reading.tokens):
            spaced += self.spaced[at : gap.left_start]
            varied += self.varied[at : gap.left_start]
            if _only_marks(self, reading, gap):
                spaced += self.spaced[gap.left_start : gap.left_end]
                varied += self.varied[gap.left_start : gap.left_end]
                at = gap.left_end
                continue
            seen = _words(reading.tokens[gap.right_start : gap.right_end])
            ours = self.tokens[gap.left_start : gap.left_end]
            known = max(self.varied[gap.left_start : gap.left_end], default=0)
            words = known + (1 if seen else 0) + (1 if _words(ours) and not known else 0)
            _add_wildcard(spaced, varied, words=words, gap=self._space_before(gap.left_start))
            at = gap.left_end
        spaced += self.spaced[at:]
        varied += self.varied[at:]
        grown = _merged(spaced, varied, birth=self.birth)
        return self if grown == self or not _says_something(grown) else grown

    def to_json(self) -> dict[str, Any]:
        """A small JSON object from which `from_json` makes an equal template."""
        return {
            "version": VERSION,
            "tokens": list(self.spaced),
            "varied": {str(i): n for i, n in enumerate(self.varied) if n},
            "birth": self.birth,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Raises ValueError when the value was not written by this version."""
        if value.get("version") != VERSION:
            raise ValueError(f"template version {value.get('version')!r} is not {VERSION}")
        spaced = tuple(value["tokens"])
        counts = value["varied"]
        return cls(
            tokens=tuple(token.removeprefix(" ") for token in spaced),
            spaced=spaced,
            varied=tuple(counts.get(str(i), 0) for i in range(len(spaced))),
            birth=value["birth"],
        )

    def _space_before(self, at: int) -> str:
        following = self.spaced[at : at + 1]
        return " " if not following or following[0].startswith(" ") else ""


def signature_hash(*, error_type: str | None, error_code: str | None, template: Template) -> str:
    """32 hex digits that name a new pattern: its partition and its template's text at birth."""
    content = {
        "version": VERSION,
        "error_type": error_type,
        "error_code": error_code,
        "birth": template.birth,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _words(tokens: tuple[str, ...]) -> bool:
    return any(kind(token) >= Kind.NAME for token in tokens)


def _only_marks(template: Template, reading: Reading, gap: Difference) -> bool:
    changed = (
        *template.tokens[gap.left_start : gap.left_end],
        *reading.tokens[gap.right_start : gap.right_end],
    )
    return all(kind(token) is Kind.MARK for token in changed)


def _says_something(template: Template) -> bool:
    """A template without a single word would take in everything."""
    return any(kind(token) is Kind.WORD for token in template.tokens)


def _add_wildcard(spaced: list[str], varied: list[int], *, words: int, gap: str) -> None:
    spaced.append(gap + WILD if spaced else WILD)
    varied.append(min(words, MAX_WORDS_COUNTED))


def _merged(spaced: list[str], varied: list[int], *, birth: str) -> Template:
    """The template with neighbouring wildcards made one."""
    tokens: list[str] = []
    kept: list[str] = []
    counts: list[int] = []
    for token, count in zip(spaced, varied, strict=True):
        bare = token.removeprefix(" ")
        if bare == WILD and tokens and tokens[-1] == WILD:
            counts[-1] = max(counts[-1], count)
            continue
        tokens.append(bare)
        kept.append(token)
        counts.append(count)
    return Template(tuple(tokens), tuple(kept), tuple(counts), birth)
