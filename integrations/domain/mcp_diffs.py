"""Two versions of a tool, side by side."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

MAX_LINES: Final = 300  # of one side; beyond it only that there is more is told
MAX_LINE: Final = 500  # characters
PARTS: Final = (
    ("title", "Title"),
    ("description", "Description"),
    ("inputSchema", "What it takes"),
    ("outputSchema", "What it gives"),
    ("annotations", "What it claims"),
)
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+|\n")


@dataclass(frozen=True)
class Pair:
    """A line as it was and as it is; None where one side has none."""

    was: str | None
    now: str | None

    @property
    def is_changed(self) -> bool:
        return self.was != self.now


@dataclass(frozen=True)
class Difference:
    """One part of a tool that differs."""

    label: str
    pairs: Sequence[Pair]


def differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[Difference]:
    """The parts in which two versions of a tool differ."""
    return [
        Difference(label, _pairs(_lines(was.get(name)), _lines(now.get(name))))
        for name, label in PARTS
        if was.get(name) != now.get(name)
    ]


def _lines(value: Any) -> list[str]:
    """A text by its sentences, anything else as JSON with sorted keys."""
    if value in (None, "", {}):
        return []
    if isinstance(value, str):
        lines = [one for one in _SENTENCE.split(value) if one.strip()]
    else:
        lines = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False).split("\n")
    kept = [_short(one) for one in lines[:MAX_LINES]]
    return kept if len(lines) <= MAX_LINES else [*kept, f"… and {len(lines) - MAX_LINES:,} more"]


def _short(line: str) -> str:
    return line if len(line) <= MAX_LINE else f"{line[:MAX_LINE]}…"


def _pairs(was: Sequence[str], now: Sequence[str]) -> list[Pair]:
    pairs: list[Pair] = []
    for _, first, last, begin, end in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        old: list[str | None] = [*was[first:last]]
        new: list[str | None] = [*now[begin:end]]
        longer = max(len(old), len(new))
        old += [None] * (longer - len(old))
        new += [None] * (longer - len(new))
        pairs += [Pair(one, other) for one, other in zip(old, new, strict=True)]
    return pairs
