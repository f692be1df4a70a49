"""An incident's way to its prevention: what became known when, and what that proves.

Real evidence and simulations are kept apart here, so that nothing simulated is ever summed up.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from loops.domain.confidence import Band
from loops.domain.states import PreventionOutcome


class Kind(StrEnum):
    """What an entry of the timeline tells."""

    INCIDENT_CREATED = "incident_created"
    PATTERN_MATCHED = "pattern_matched"
    RECOVERY_SUGGESTED = "recovery_suggested"
    RECOVERY_DECIDED = "recovery_decided"
    RECOVERY_VERIFIED = "recovery_verified"
    POLICY_BORN = "policy_born"
    POLICY_CONFIRMED = "policy_confirmed"
    POLICY_ACTIVATED = "policy_activated"
    POLICY_MODE = "policy_mode"  # any other change of its mode
    PREVENTION = "prevention"
    REGRET = "regret"
    ROLLBACK = "rollback"
    REVERT = "revert"


MILESTONES: Final = frozenset({Kind.POLICY_ACTIVATED, Kind.PREVENTION, Kind.ROLLBACK, Kind.REVERT})
# Outcomes in which the failure did not happen as it would have.
SUCCESSES: Final = frozenset({PreventionOutcome.PREVENTED, PreventionOutcome.MITIGATED})


class Lesson(StrEnum):
    """What a timeline shows as a whole."""

    BOTH = "prevention_and_rollback"
    PREVENTION = "prevention"
    ROLLBACK = "rollback"
    NEITHER = "neither"


LESSONS: Final[Mapping[Lesson, str]] = {
    Lesson.BOTH: "What was learned from this failure has prevented it since. It also did harm once "
    "and was taken back: the loop learns, and corrects what it learned.",
    Lesson.PREVENTION: "What was learned from this failure has prevented it since, and nothing "
    "had to be taken back.",
    Lesson.ROLLBACK: "What was learned from this failure did harm and was taken back. It has "
    "prevented nothing so far.",
    Lesson.NEITHER: "Nothing that was learned from this failure has prevented one yet, and nothing "
    "had to be taken back.",
}


@dataclass(frozen=True)
class Happening:
    """One entry: what became known when, in a sentence, and the id of what it is about."""

    at: datetime
    kind: Kind
    sentence: str
    about: str
    band: Band | None = None
    confidence: float | None = None
    is_simulated: bool = False
    succeeded: bool = True  # of a prevention: whether the failure was stopped
    detail: str = ""

    @property
    def is_milestone(self) -> bool:
        return self.kind in MILESTONES and self.succeeded


@dataclass(frozen=True)
class Timeline:
    """Everything that happened, the oldest first; what was only simulated stands apart."""

    events: tuple[Happening, ...]
    simulated: tuple[Happening, ...]

    @property
    def event_count(self) -> int:
        return len(self.events)

    @property
    def has_prevention(self) -> bool:
        return any(one.kind is Kind.PREVENTION and one.succeeded for one in self.events)

    @property
    def has_rollback(self) -> bool:
        return any(one.kind is Kind.ROLLBACK for one in self.events)

    @property
    def is_learning_proof(self) -> bool:
        return self.has_prevention

    @property
    def lesson(self) -> Lesson:
        if self.has_prevention:
            return Lesson.BOTH if self.has_rollback else Lesson.PREVENTION
        return Lesson.ROLLBACK if self.has_rollback else Lesson.NEITHER

    @property
    def told(self) -> str:
        """The lesson in a sentence or two."""
        return LESSONS[self.lesson]


def arrange(happenings: Iterable[Happening]) -> Timeline:
    """The timeline of these entries; what happened at one moment keeps the order it came in."""
    ordered = sorted(happenings, key=lambda one: one.at)
    return Timeline(
        events=tuple(one for one in ordered if not one.is_simulated),
        simulated=tuple(one for one in ordered if one.is_simulated),
    )
