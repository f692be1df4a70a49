"""How far a loop is trusted: three gates, the level they make, and how it is lost.

The numbers are those of loop mechanics 1.0.0. Rates are exact fractions, because a gate must not
open or close by rounding; scores are rounded to four places, in [0, 1].
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

from loops.domain.states import Capability, GateKey, GraduationLevel

WINDOW: Final = timedelta(days=30)
EVALUATED_EVERY: Final = timedelta(seconds=900)
STALE_AFTER_DAYS: Final = 14  # whole days without a prevention that are still good
GATES: Final = (GateKey.PREVENTION, GateKey.ROLLBACK, GateKey.TIMELINE)
MIN_PREVENTION_RATE: Final = Fraction(1, 2)
MAX_REGRET_RATE: Final = Fraction(3, 10)
LOST_PREVENTION_RATE: Final = Fraction(3, 10)
LOST_REGRET_RATE: Final = Fraction(1, 2)
FULL_PREVENTION_RATE: Final = Fraction(4, 5)  # from here on, full marks
FULL_PREVENTIONS: Final = 10
FULL_DEMOTIONS: Final = 3
FULL_VIEWS: Final = 5
REQUIRES: Final[Mapping[Capability, GateKey]] = {
    Capability.AUTO_APPLY_RECOVERY: GateKey.PREVENTION,
    Capability.AUTO_ACTIVATE_POLICY: GateKey.ROLLBACK,
    Capability.FULL_AUTO_ROUTING: GateKey.ALL,
}


def share(part: int, whole: int) -> Fraction:
    """The exact share of `part` in `whole`; 0 without any."""
    return Fraction(part, whole) if whole else Fraction(0)


@dataclass(frozen=True)
class Evidence:
    """What real rows of the last 30 days show. `regret_rate` is regrets by evaluations."""

    preventions: int = 0
    prevention_rate: Fraction = Fraction(0)
    demotions: int = 0
    regret_rate: Fraction = Fraction(0)
    views: int = 0  # of timelines, with a prevention on them
    last_prevention_at: datetime | None = None


@dataclass(frozen=True)
class Gate:
    """One proof: whether it holds, and how well, in [0, 1]."""

    key: GateKey
    passed: bool
    score: float


@dataclass(frozen=True)
class Previous:
    """What was computed last. `gates` is empty where that is not known."""

    level: GraduationLevel
    gates: Mapping[GateKey, bool] = field(default_factory=dict)
    degraded_from: GraduationLevel | None = None


@dataclass(frozen=True)
class Standing:
    """What the evidence amounts to."""

    level: GraduationLevel
    gates: Mapping[GateKey, Gate]
    degraded_from: GraduationLevel | None = None
    reason: str = ""  # why it is degraded

    @property
    def passed(self) -> int:
        return sum(gate.passed for gate in self.gates.values())

    @property
    def is_graduated(self) -> bool:
        return self.level is GraduationLevel.COMPLETE

    @property
    def is_degraded(self) -> bool:
        return self.level is GraduationLevel.DEGRADED

    @property
    def label(self) -> str:
        """What people call this standing."""
        if self.is_graduated:
            return "M25-COMPLETE (Loop-Proven)"
        if self.degraded_from is not None:
            return f"M25-DEGRADED (was {self.degraded_from.upper()})"
        return f"M25-{self.level.upper()} ({self.passed}/{len(GATES)} gates)"

    @property
    def unlocked(self) -> frozenset[Capability]:
        """What the loop may do alone. Degraded, it may do nothing alone."""
        if self.is_degraded:
            return frozenset()
        return frozenset(one for one, gate in REQUIRES.items() if self._opens(gate))

    def _opens(self, required: GateKey) -> bool:
        if required is GateKey.ALL:
            return self.is_graduated
        return self.gates[required].passed


def gates(evidence: Evidence) -> dict[GateKey, Gate]:
    """The three gates, in their order."""
    enough = evidence.prevention_rate >= MIN_PREVENTION_RATE
    calm = evidence.regret_rate <= MAX_REGRET_RATE
    prevention = _full(evidence.prevention_rate, FULL_PREVENTION_RATE) + _full(
        Fraction(evidence.preventions), Fraction(FULL_PREVENTIONS)
    )
    rollback = _full(Fraction(evidence.demotions), Fraction(FULL_DEMOTIONS)) + (
        1 - _full(evidence.regret_rate, MAX_REGRET_RATE)
    )
    views = _full(Fraction(evidence.views), Fraction(FULL_VIEWS))
    return {
        GateKey.PREVENTION: _gate(
            GateKey.PREVENTION, evidence.preventions >= 1 and enough, prevention / 2
        ),
        GateKey.ROLLBACK: _gate(GateKey.ROLLBACK, evidence.demotions >= 1 and calm, rollback / 2),
        GateKey.TIMELINE: _gate(GateKey.TIMELINE, evidence.views >= 1, views),
    }


def standing(evidence: Evidence, *, previous: Previous | None, now: datetime) -> Standing:
    """The level that the evidence makes, or degraded if it takes back what was proved before."""
    found = gates(evidence)
    level = _level(found)
    if previous is None or previous.level is GraduationLevel.ALPHA:
        return Standing(level, found)
    reason = _loss(evidence, found, previous, now=now)
    if not reason:
        return Standing(level, found)
    # A further loss does not make it "degraded from degraded".
    before = previous.degraded_from or previous.level
    return Standing(GraduationLevel.DEGRADED, found, before, reason)


def next_action(standing: Standing) -> str:
    """What the loop waits for, in a sentence."""
    if standing.is_degraded:
        return f"Degraded: {standing.reason}"
    if standing.is_graduated:
        return "Graduated: the loop has proved itself. Keep the evidence fresh."
    waits_for = {
        GateKey.PREVENTION: "Waiting for a prevention: a policy has to stop a recurrence.",
        GateKey.ROLLBACK: "Waiting for a rollback: a policy that does harm has to be disabled.",
        GateKey.TIMELINE: "Waiting for a view: somebody has to see a prevention on a timeline.",
    }
    return next(words for key, words in waits_for.items() if not standing.gates[key].passed)


def _gate(key: GateKey, passed: bool, score: Fraction) -> Gate:
    return Gate(key, passed, round(float(score), 4))


def _full(value: Fraction, full: Fraction) -> Fraction:
    return min(Fraction(1), value / full)


def _level(found: Mapping[GateKey, Gate]) -> GraduationLevel:
    if all(gate.passed for gate in found.values()):
        return GraduationLevel.COMPLETE
    if not found[GateKey.PREVENTION].passed:
        return GraduationLevel.ALPHA
    return GraduationLevel.CANDIDATE if found[GateKey.ROLLBACK].passed else GraduationLevel.BETA


def _loss(
    evidence: Evidence, found: Mapping[GateKey, Gate], previous: Previous, *, now: datetime
) -> str:
    """The first rule by which trust is lost, in words; empty if none applies."""
    if evidence.prevention_rate < LOST_PREVENTION_RATE:
        return (
            f"The prevention rate fell to {percent(evidence.prevention_rate)}, "
            f"below {percent(LOST_PREVENTION_RATE)}."
        )
    if evidence.regret_rate > LOST_REGRET_RATE:
        return (
            f"The regret rate rose to {percent(evidence.regret_rate)}, "
            f"above {percent(LOST_REGRET_RATE)}."
        )
    last = evidence.last_prevention_at
    if last is not None and (now - last).days > STALE_AFTER_DAYS:
        return f"The last prevention was {(now - last).days} days ago; {STALE_AFTER_DAYS} are good."
    lost = [key for key in GATES if previous.gates.get(key) and not found[key].passed]
    return f"The {lost[0]} gate passed before and fails now." if lost else ""


def percent(share: Fraction) -> str:
    """A share as people read it: "33.33%", without zeros that say nothing."""
    return f"{float(share) * 100:.2f}".rstrip("0").rstrip(".") + "%"
