"""Where two token sequences agree and where they differ."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Indel


@dataclass(frozen=True, slots=True)
class Difference:
    """A stretch that differs: left[left_start:left_end] against right[right_start:right_end]."""

    left_start: int
    left_end: int
    right_start: int
    right_end: int


def differences(left: Sequence[str], right: Sequence[str]) -> Iterator[Difference]:
    """The maximal differing stretches of a longest common subsequence, left to right."""
    left_at = right_at = 0
    for block in Indel.opcodes(left, right).as_matching_blocks():
        if block.a > left_at or block.b > right_at:
            yield Difference(left_at, block.a, right_at, block.b)
        left_at, right_at = block.a + block.size, block.b + block.size


def likeness(left: Sequence[str], right: Sequence[str], *, at_least: float) -> float:
    """Share of tokens in common order, 0 to 1; 0 below `at_least`."""
    return Indel.normalized_similarity(left, right, score_cutoff=at_least)
