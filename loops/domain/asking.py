"""How a tenant wants its people to be asked. Without a word of theirs, loop mechanics 1.0.0."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from loops.domain.checkpoints import (
    AUTO_APPROVE_CONFIDENCE,
    AUTO_DISMISS_HOURS,
    BLOCKS_TENANT,
    MANDATORY,
    MAX_PENDING,
    Need,
    expires_at,
    is_enabled,
    priority,
)
from loops.domain.claims import CLAIM_MINUTES
from loops.domain.confidence import WEAK
from loops.domain.quiet import QuietHours
from loops.domain.quiet import faults_of as faults_of_quiet
from loops.domain.risk import risk_of
from loops.domain.silence import ESCALATE_AFTER, allowed_silences, patience_of, usual_silence
from loops.domain.states import CheckpointPriority, CheckpointType, Risk, Silence

URGENT: Final = tuple(ESCALATE_AFTER)
MOST_HOURS: Final = 24 * 365
MOST_PENDING: Final = 10_000
MOST_HOLD: Final = 300  # seconds
MOST_CLAIM: Final = 24 * 60  # minutes
TWO_PEOPLE: Final = 2


@dataclass(frozen=True)
class Rules:
    """One tenant's rules for its checkpoints."""

    enabled_types: Collection[str] = frozenset(CheckpointType)
    priority_overrides: Mapping[str, str] = field(default_factory=dict)
    blocking_checkpoints: Collection[str] = BLOCKS_TENANT
    auto_approve_confidence: float = AUTO_APPROVE_CONFIDENCE
    auto_dismiss_after_hours: int = AUTO_DISMISS_HOURS
    max_pending_checkpoints: int = MAX_PENDING
    hold_seconds: int = 0
    two_people_from: Risk | None = None
    blind_second_opinion: bool = False
    claim_minutes: int = CLAIM_MINUTES
    silence: Mapping[str, str] = field(default_factory=dict)  # by kind, where not as usual
    quiet_hours: Mapping[str, Any] | None = None  # as QuietHours.as_json has them

    @property
    def quiet(self) -> QuietHours | None:
        """When people are not to be disturbed, and clocks rest."""
        return QuietHours.of(self.quiet_hours) if self.quiet_hours else None

    def silence_of(self, need: Need) -> Silence:
        """What it means that nobody answers this: the tenant's word, else what its priority has."""
        kind = need.checkpoint_type
        told = self.silence.get(kind)
        if told is not None and told in allowed_silences(kind):
            return Silence(told)
        return usual_silence(kind=kind, priority=self.priority_of(need))

    def asks(self, kind: CheckpointType) -> bool:
        """Whether people are asked this at all. If not, the thing is not done."""
        return is_enabled(checkpoint_type=kind, enabled=self.enabled_types)

    def priority_of(self, need: Need) -> CheckpointPriority:
        """How soon this decision is wanted.

        Where only people's agreement counts, no confidence makes a question mere advice, and a
        tenant that calls it advice gets the least urgent question there is.
        """
        kind = need.checkpoint_type
        mere_advice = need.advice_suffices or kind in MANDATORY
        found = priority(
            checkpoint_type=kind,
            confidence=need.confidence if mere_advice else None,
            overrides=self.priority_overrides,
            auto_approve_confidence=self.auto_approve_confidence,
        )
        if found is CheckpointPriority.ADVISORY and not mere_advice:
            return CheckpointPriority.LOW
        return found

    def settles(self, need: Need) -> bool:
        """Whether the stage goes on without waiting, the question kept for information only."""
        return need.advice_suffices and self.priority_of(need) is CheckpointPriority.ADVISORY

    def with_people(self, need: Need) -> Need:
        """The need, asking at least two people where its risk wants that.

        A revert is not counted anew: whoever asks for it and whoever confirms it are two already.
        """
        kind = need.checkpoint_type
        risk = risk_of(checkpoint_type=kind, band=need.band, is_likeness=need.advice_suffices)
        waived = self.two_people_from is None or kind is CheckpointType.REVERT_LOOP
        if waived or need.approvals >= TWO_PEOPLE or risk < (self.two_people_from or 0):
            return need
        sentence = need.sentence.replace("One person must agree", "Two different people must agree")
        return replace(need, approvals=TWO_PEOPLE, sentence=sentence)

    def hides_answers(self, need: Need) -> bool:
        """Whether those who answer see nobody else's answer before they gave their own."""
        return self.blind_second_opinion and need.approvals >= TWO_PEOPLE

    def expiry(self, need: Need, *, created_at: datetime) -> datetime | None:
        """When silence ends the question; None for what only people may end."""
        return expires_at(
            silence=self.silence_of(need),
            created_at=created_at,
            hours=self.auto_dismiss_after_hours,
        )

    def in_force(self, need: Need) -> dict[str, Any]:
        """What of these rules governs a question, kept with it as it was when it was raised."""
        kind, found, silence = need.checkpoint_type, self.priority_of(need), self.silence_of(need)
        patience = patience_of(priority=found, silence=silence)
        lapses = silence is Silence.LAPSE
        return {
            "priority": found.value,
            "priority_is_override": kind in self.priority_overrides,
            "silence": silence.value,
            "escalates_after_minutes": int(patience.total_seconds() // 60) if patience else None,
            "dismissed_after_hours": self.auto_dismiss_after_hours if lapses else None,
            "quiet_hours": self.quiet.in_words if self.quiet else None,
            "is_mandatory": kind in MANDATORY,
            "approvals": need.approvals,
            "is_blind": self.hides_answers(need),
        }


def faults_of(rules: Rules) -> dict[str, list[str]]:
    """What is wrong with rules somebody wants, by field; empty if nothing is."""
    wrong: dict[str, list[str]] = {}
    off = sorted(set(MANDATORY) - set(rules.enabled_types))
    if off:
        wrong["enabled_types"] = [f"These cannot be switched off: {', '.join(off)}."]
    for kind, wanted in rules.priority_overrides.items():
        if wanted not in {one.value for one in allowed_priorities(CheckpointType(kind))}:
            told = f"{kind} cannot have priority {wanted}."
            wrong.setdefault("priority_overrides", []).append(told)
    if not WEAK <= rules.auto_approve_confidence <= 1:
        wrong["auto_approve_confidence"] = [f"Choose a confidence from {WEAK:.0%} to 100%."]
    if not 1 <= rules.auto_dismiss_after_hours <= MOST_HOURS:
        wrong["auto_dismiss_after_hours"] = ["Choose from an hour to a year."]
    if not 1 <= rules.max_pending_checkpoints <= MOST_PENDING:
        wrong["max_pending_checkpoints"] = [f"Choose from 1 to {MOST_PENDING:,}."]
    for kind, told in rules.silence.items():
        if told not in {one.value for one in allowed_silences(CheckpointType(kind))}:
            wrong["silence"] = [f"{kind} cannot {told} when nobody answers."]
    if not 0 <= rules.hold_seconds <= MOST_HOLD:
        wrong["hold_seconds"] = [f"Choose from 0 to {MOST_HOLD} seconds."]
    if not 1 <= rules.claim_minutes <= MOST_CLAIM:
        wrong["claim_minutes"] = ["Choose from a minute to a day."]
    return wrong | _faults_of_quiet(rules)


def _faults_of_quiet(rules: Rules) -> dict[str, list[str]]:
    try:
        found = faults_of_quiet(rules.quiet) if rules.quiet else []
    except (KeyError, TypeError, ValueError):
        found = ["Quiet hours have days, a beginning, an end and a time zone."]
    return {"quiet_hours": found} if found else {}


def allowed_priorities(kind: CheckpointType) -> tuple[CheckpointPriority, ...]:
    """The priorities a tenant may give a kind of question: what only people may answer never
    lapses, and only a likeness can be mere advice."""
    if kind in MANDATORY:
        return URGENT
    if kind is CheckpointType.APPROVE_RECOVERY:
        return tuple(CheckpointPriority)
    return (*URGENT, CheckpointPriority.LOW)
