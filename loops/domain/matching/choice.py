"""The pattern a message belongs to, chosen among candidates."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from loops.domain.matching.alignment import likeness
from loops.domain.matching.reading import Reading
from loops.domain.matching.scoring import weigh
from loops.domain.matching.template import Template

PROMISING: Final = 0.30  # token likeness below which a candidate is not weighed at all
SHORTLIST: Final = 6  # candidates weighed in full


class Candidate(NamedTuple):
    """A pattern that may be the message's; give candidates oldest first."""

    pattern_id: str
    template: Template
    occurrences: int = 1


class RunnerUp(NamedTuple):
    """The second-best pattern and its confidence."""

    pattern_id: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Match:
    """The best candidate, how sure the match is, and why.

    `shared` are the constants found in the message, `differing` the stretches that differ, as
    (template's, message's).
    """

    pattern_id: str
    confidence: float
    runner_up: RunnerUp | None
    shared: tuple[str, ...]
    differing: tuple[tuple[str, str], ...]
    others: tuple[RunnerUp, ...] = ()  # every other one that was weighed, the likeliest first


def best(reading: Reading, candidates: Iterable[Candidate]) -> Match | None:
    """The most probable pattern of `reading`, None when no candidate is at all like it.

    Ties go to the pattern with more occurrences, then to the older one.
    """
    likely = [
        (likeness(known.template.tokens, reading.tokens, at_least=PROMISING), known)
        for known in candidates
    ]
    shortlist = sorted(
        (item for item in likely if item[0]), key=lambda item: (-item[0], -item[1].occurrences)
    )[:SHORTLIST]
    weighed = sorted(
        ((weigh(known.template, reading), known) for _, known in shortlist),
        key=lambda item: (-item[0].confidence, -item[1].occurrences),
    )
    if not weighed:
        return None
    (weighing, chosen), rest = weighed[0], weighed[1:]
    others = tuple(RunnerUp(known.pattern_id, one.confidence) for one, known in rest)
    return Match(
        pattern_id=chosen.pattern_id,
        confidence=weighing.confidence,
        runner_up=others[0] if others else None,
        shared=weighing.shared,
        differing=weighing.differing,
        others=others,
    )
