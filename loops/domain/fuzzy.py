"""Matching an incident to a known pattern by its fields, and saying why.

An equal hash wins outright. Otherwise the most frequent patterns of the same error type are
scored field by field and the best one is taken, if it is good enough. What remains is a new
pattern, which matches itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from loops.domain.confidence import WEAK, Band, band, rounded
from loops.domain.signature import Signature
from loops.domain.states import MatchType

EXACT_CONFIDENCE: Final = 0.95
NEW_CONFIDENCE: Final = 1.0  # a new pattern is certain of the incident that founded it
CANDIDATES: Final = 5
WEIGHTS: Final[Mapping[str, float]] = {
    "error_type": 0.30,
    "error_code": 0.20,
    "agent_capability": 0.20,
    "api_endpoint": 0.15,
    "status_code": 0.15,
}


@dataclass(frozen=True)
class Candidate:
    """A known pattern an incident may belong to."""

    pattern_id: str
    signature: Signature
    occurrences: int
    created_at: datetime


@dataclass(frozen=True)
class RunnerUp:
    """The pattern that came closest without being chosen."""

    pattern_id: str
    score: float


@dataclass(frozen=True)
class Match:
    """Where an incident landed, how surely, and why. A new pattern has no id yet."""

    pattern_id: str | None
    confidence: float
    match_type: MatchType
    contributions: Mapping[str, float] = field(default_factory=dict)
    runner_up: RunnerUp | None = None
    others: tuple[RunnerUp, ...] = ()  # every other one that was scored, the likeliest first

    @property
    def is_new(self) -> bool:
        return self.match_type is MatchType.NEW_PATTERN

    @property
    def band(self) -> Band:
        return band(self.confidence)


def contributions(*, known: Signature, incoming: Signature) -> dict[str, float]:
    """The weight each field earned, in the order of WEIGHTS; half when one text holds the other.

    Two missing values agree: an incident that names no endpoint looks like its like.
    """
    return {
        name: round(weight * _agreement(getattr(known, name), getattr(incoming, name)), 4)
        for name, weight in WEIGHTS.items()
    }


def score(*, known: Signature, incoming: Signature) -> float:
    """How alike two signatures are, in [0, 1]."""
    return rounded(min(1.0, sum(contributions(known=known, incoming=incoming).values())))


def exact(pattern_id: str) -> Match:
    """The match of an incident whose hash is that of a known pattern."""
    return Match(pattern_id, EXACT_CONFIDENCE, MatchType.EXACT_HASH)


def best_of(*, incoming: Signature, candidates: Iterable[Candidate]) -> Match:
    """The best of the five most frequent patterns of the same error type, or a new pattern.

    Equal scores go to the pattern seen more often, then to the older one.
    """
    same_type = (one for one in candidates if one.signature.error_type == incoming.error_type)
    frequent = sorted(same_type, key=_most_frequent_first)[:CANDIDATES]
    scored = [(score(known=one.signature, incoming=incoming), one) for one in frequent]
    scored.sort(key=lambda pair: -pair[0])  # stable: ties keep the order of frequency
    if not scored or scored[0][0] < WEAK:
        return Match(None, NEW_CONFIDENCE, MatchType.NEW_PATTERN, runner_up=_runner_up(scored[:1]))
    reached, best = scored[0]
    return Match(
        best.pattern_id,
        reached,
        MatchType.FUZZY,
        contributions(known=best.signature, incoming=incoming),
        _runner_up(scored[1:2]),
        tuple(RunnerUp(one.pattern_id, like) for like, one in scored[1:]),
    )


def _agreement(known: str | int | None, incoming: str | int | None) -> float:
    if known == incoming:
        return 1.0
    if not (isinstance(known, str) and isinstance(incoming, str) and known and incoming):
        return 0.0
    return 0.5 if known in incoming or incoming in known else 0.0


def _most_frequent_first(candidate: Candidate) -> tuple[int, datetime, str]:
    return (-candidate.occurrences, candidate.created_at, candidate.pattern_id)


def _runner_up(scored: list[tuple[float, Candidate]]) -> RunnerUp | None:
    return next((RunnerUp(one.pattern_id, reached) for reached, one in scored), None)
