"""How well the message matcher groups labelled failure messages, beside a plain masked hash.

    uv run python bench/matching.py FOLDER

FOLDER holds JSON lines, one file per system, each line with "message" and "label". Two tables:

groups  every message once, in order, against an empty catalogue: GA is the share of messages whose
        group is exactly the true one, FGA the F1 score of exactly right groups
bands   one example per pattern is known, a fifth of the patterns is held out as new: how often a
        strong or weak match is right, and how many new failures are called strong
"""

import argparse
import hashlib
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean
from typing import Final, NamedTuple, Protocol

sys.path.append(str(Path(__file__).resolve().parent.parent))

from loops.domain.confidence import STRONG, WEAK
from loops.domain.matching import Catalogue, read

HELD_OUT: Final = 5  # one pattern in so many is new
VALUES: Final = re.compile(
    r"\"[^\"]*\"|(?<!\w)'[^']*'|(?<!\w)/[\w./-]+|\b0x[0-9a-f]+\b"
    r"|\b(?=\w*\d)[0-9a-f]{8,}\b|[-+]?\d+(?:\.\d+)*",
    re.IGNORECASE,
)


class Row(NamedTuple):
    message: str
    label: str


class Recogniser(Protocol):
    def add(self, pattern_id: str, message: str) -> None: ...

    def match(self, message: str) -> tuple[str | None, float]: ...


class Matcher:
    """The product's matcher over a catalogue of known messages."""

    def __init__(self) -> None:
        self.catalogue = Catalogue()

    def add(self, pattern_id: str, message: str) -> None:
        """A new pattern, known by one message; a further message of a known one is learned."""
        reading = read(message)
        if pattern_id in self.catalogue:
            self.catalogue.learn(pattern_id=pattern_id, reading=reading)
        else:
            self.catalogue.add(pattern_id=pattern_id, reading=reading)

    def match(self, message: str) -> tuple[str | None, float]:
        """The best pattern and the confidence in it, 0 to 1."""
        found = self.catalogue.match(read(message))
        return (found.pattern_id, found.confidence) if found else (None, 0.0)

    def group(self, messages: Sequence[str]) -> list[str]:
        """The pattern of each message, each seen once; what is not recognised is a new one."""
        groups: list[str] = []
        for message in messages:
            pattern_id, confidence = self.match(message)
            if pattern_id is None or confidence < WEAK:
                pattern_id = str(len(groups))
            self.add(pattern_id, message)
            groups.append(pattern_id)
        return groups


class MaskedHash:
    """The baseline: messages are the same when they are equal after masking values."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    def add(self, pattern_id: str, message: str) -> None:
        self.known.setdefault(VALUES.sub("*", message), pattern_id)

    def match(self, message: str) -> tuple[str | None, float]:
        pattern_id = self.known.get(VALUES.sub("*", message))
        return pattern_id, 0.0 if pattern_id is None else 1.0

    def group(self, messages: Sequence[str]) -> list[str]:
        return [VALUES.sub("*", message) for message in messages]


class Grouping(NamedTuple):
    ga: float
    fga: float
    per_second: float


class Bands(NamedTuple):
    strong_right: float
    strong_recall: float
    weak_right: float
    new_as_strong: float


def grouping(rows: Sequence[Row], group: Callable[[Sequence[str]], list[str]]) -> Grouping:
    """Accuracy and speed of one pass over the messages."""
    messages = [row.message for row in rows]
    started = time.perf_counter()
    groups = group(messages)
    seconds = time.perf_counter() - started
    true, found = Counter(row.label for row in rows), Counter(groups)
    both = Counter(zip((row.label for row in rows), groups, strict=True))
    exact = [n for (label, name), n in both.items() if n == true[label] == found[name]]
    return Grouping(
        ga=sum(exact) / len(rows),
        fga=2 * len(exact) / (len(true) + len(found)),
        per_second=len(rows) / seconds,
    )


def bands(rows: Sequence[Row], recogniser: Recogniser) -> Bands:
    """How far the bands can be trusted when each pattern is known by one example."""
    new = _held_out({row.label for row in rows})
    known: set[str] = set()
    seen: Counter[tuple[str, str]] = Counter()
    for row in rows:
        if row.label not in new and row.label not in known:
            known.add(row.label)
            recogniser.add(row.label, row.message)
            continue
        pattern_id, confidence = recogniser.match(row.message)
        band = "strong" if confidence >= STRONG else "weak" if confidence >= WEAK else "novel"
        right = "new" if row.label in new else "right" if pattern_id == row.label else "wrong"
        seen[band, right] += 1
    return Bands(
        strong_right=_share(seen, "right", band="strong"),
        strong_recall=seen["strong", "right"] / max(1, _count(seen, "right", "wrong")),
        weak_right=_share(seen, "right", band="weak"),
        new_as_strong=seen["strong", "new"] / max(1, _count(seen, "new")),
    )


def _held_out(labels: set[str]) -> set[str]:
    """A fifth of the patterns, always the same; none where there are too few to spare one."""
    if len(labels) <= HELD_OUT:
        return set()
    digest = {label: int(hashlib.sha256(label.encode()).hexdigest(), 16) for label in labels}
    return {label for label in labels if digest[label] % HELD_OUT == 0}


def _share(seen: Counter[tuple[str, str]], verdict: str, *, band: str) -> float:
    total = sum(n for (name, _), n in seen.items() if name == band)
    return seen[band, verdict] / total if total else 1.0


def _count(seen: Counter[tuple[str, str]], *verdicts: str) -> int:
    return sum(n for (_, verdict), n in seen.items() if verdict in verdicts)


def _load(folder: Path) -> dict[str, list[Row]]:
    systems: dict[str, list[Row]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        lines = path.read_text(encoding="utf-8").splitlines()
        found = [json.loads(line) for line in lines]
        systems[path.stem] = [Row(row["message"], row["label"]) for row in found]
    return systems


def _table(title: str, heads: Sequence[str], lines: Sequence[tuple[str, Sequence[float]]]) -> None:
    print(f"\n{title:24}" + "".join(f"{head:>16}" for head in heads))
    for name, figures in lines:
        print(f"{name:24}" + "".join(f"{figure:16,.3f}" for figure in figures))


def main() -> None:
    """Prints both tables, and the matcher's figures as ratios of the baseline's."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    systems = _load(parser.parse_args().folder)
    if not systems:
        parser.error("the folder holds no *.jsonl files")
    ours = {name: grouping(rows, Matcher().group) for name, rows in systems.items()}
    plain = {name: grouping(rows, MaskedHash().group) for name, rows in systems.items()}
    means = [tuple(map(fmean, zip(*table.values(), strict=True))) for table in (ours, plain)]
    lines: list[tuple[str, Sequence[float]]] = [
        (name, (*ours[name], ours[name].ga - plain[name].ga)) for name in systems
    ]
    difference = means[0][0] - means[1][0]
    lines += [("mean", (*means[0], difference)), ("mean, masked hash", (*means[1], 0.0))]
    lines.append(("ratio to masked hash", [a / b for a, b in zip(*means, strict=True)]))
    _table("groups", ("GA", "FGA", "per second", "GA over hash"), lines)
    found = {name: bands(rows, Matcher()) for name, rows in systems.items()}
    base = [tuple(bands(rows, MaskedHash())) for rows in systems.values()]
    lines = [*found.items()]
    lines.append(("mean", tuple(map(fmean, zip(*found.values(), strict=True)))))
    lines.append(("mean, masked hash", tuple(map(fmean, zip(*base, strict=True)))))
    _table("bands", ("strong right", "strong recall", "weak right", "new as strong"), lines)


if __name__ == "__main__":
    main()
