"""When a person must decide, what they may answer, how soon, and what exactly they decided on."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from loops.domain.confidence import Band, band
from loops.domain.payload import digest, jsonable
from loops.domain.recovery import Suggestion, in_words
from loops.domain.states import (
    CheckpointPriority,
    CheckpointType,
    PolicyMode,
    PolicyScope,
    Resolution,
    Silence,
    Stage,
)

AUTO_APPROVE_CONFIDENCE: Final = 0.95
AUTO_DISMISS_HOURS: Final = 48
MAX_PENDING: Final = 10

OPTIONS: Final[Mapping[CheckpointType, tuple[Resolution, ...]]] = {
    CheckpointType.APPROVE_POLICY: (Resolution.APPROVE, Resolution.REJECT, Resolution.MODIFY),
    CheckpointType.APPROVE_RECOVERY: (Resolution.APPLY, Resolution.REJECT, Resolution.DEFER),
    CheckpointType.SIMULATE_ROUTING: (Resolution.APPLY, Resolution.CANCEL),
    CheckpointType.REVERT_LOOP: (Resolution.CONFIRM_REVERT, Resolution.CANCEL),
    CheckpointType.OVERRIDE_GUARDRAIL: (Resolution.OVERRIDE, Resolution.RESPECT),
}
DEFAULT_PRIORITY: Final[Mapping[CheckpointType, CheckpointPriority]] = {
    CheckpointType.APPROVE_POLICY: CheckpointPriority.HIGH,
    CheckpointType.APPROVE_RECOVERY: CheckpointPriority.NORMAL,
    CheckpointType.SIMULATE_ROUTING: CheckpointPriority.LOW,
    CheckpointType.REVERT_LOOP: CheckpointPriority.CRITICAL,
    CheckpointType.OVERRIDE_GUARDRAIL: CheckpointPriority.CRITICAL,
}
# Whether the tenant's other work waits too; the loop that asked always does.
BLOCKS_TENANT: Final = frozenset({CheckpointType.APPROVE_POLICY, CheckpointType.OVERRIDE_GUARDRAIL})
# Never switched off, and never answered by a confidence.
MANDATORY: Final = BLOCKS_TENANT | {CheckpointType.REVERT_LOOP}
GOES_ON: Final = frozenset(
    {Resolution.APPROVE, Resolution.APPLY, Resolution.CONFIRM_REVERT, Resolution.OVERRIDE}
)
# What stops something or crosses a limit helps nobody later without its why.
REASON_REQUIRED: Final = frozenset(
    {Resolution.REJECT, Resolution.OVERRIDE, Resolution.CONFIRM_REVERT}
)
MAX_NOTE: Final = 4000  # characters of a reason
DECIDE_WITHIN: Final[Mapping[CheckpointPriority, timedelta | None]] = {
    CheckpointPriority.CRITICAL: timedelta(0),  # before anything else
    CheckpointPriority.HIGH: timedelta(hours=1),
    CheckpointPriority.NORMAL: timedelta(hours=24),
    CheckpointPriority.LOW: None,
    CheckpointPriority.ADVISORY: None,
}
EXPIRING: Final = frozenset({CheckpointPriority.LOW, CheckpointPriority.ADVISORY})
BAND_WORDS: Final[Mapping[Band, str]] = {
    Band.STRONG: "strong",
    Band.WEAK: "weak",
    Band.NOVEL: "novel",
}


@dataclass(frozen=True)
class Need:
    """A decision that is wanted: of what kind, about what, by how many people, in which words."""

    checkpoint_type: CheckpointType
    stage: Stage
    target_id: str
    sentence: str
    approvals: int = 1
    confidence: float | None = None  # of the thing to be decided
    advice_suffices: bool = False  # whether a tenant may let its confidence answer

    @property
    def band(self) -> Band | None:
        return None if self.confidence is None else band(self.confidence)


@dataclass(frozen=True)
class Matched:
    """What bridge 1 found, as far as a person has to judge it."""

    pattern_id: str
    confidence: float


@dataclass(frozen=True)
class Suggested:
    """What bridge 2 suggests."""

    recovery_id: str
    suggestion: Suggestion
    occurrences: int


@dataclass(frozen=True)
class Routed:
    """What bridge 4 would do. `floor_refusal` is the guardrail's reason, if it refused it all."""

    policy_id: str
    policy_name: str
    mode: PolicyMode
    full_auto_routing: bool
    agents: int
    floor_refusal: str | None = None
    scope: PolicyScope = PolicyScope.TENANT

    @property
    def asks_first(self) -> bool:
        """Whether a person must see it before: always for a policy that reaches everyone."""
        return not self.full_auto_routing or self.scope is PolicyScope.GLOBAL


def needed(
    *,
    stage: Stage,
    subject: Matched | Suggested | Routed,
    decided: Collection[tuple[Stage, CheckpointType]],
    ask_when_weak: bool = True,
    ask_when_novel: bool = True,
) -> Need | None:
    """The decision that must be taken before this stage's bridge may act, if any.

    `decided` names the checkpoints of this loop that were already answered with a resolution in
    GOES_ON. The two flags are settings that govern matches and suggestions; a suggestion's own
    confirmations are never waived by them.
    """
    match subject:
        case Matched():
            asks = {Band.STRONG: False, Band.WEAK: ask_when_weak, Band.NOVEL: ask_when_novel}
            need = _confirm_match(subject, stage) if asks[band(subject.confidence)] else None
        case Suggested():
            asked = subject.suggestion.confirmations_required > 0
            need = _approve_recovery(subject, stage) if asked else None
        case Routed():
            return _routing_need(subject, stage=stage, decided=decided)
    return need if need and (stage, need.checkpoint_type) not in decided else None


def priority(
    *,
    checkpoint_type: CheckpointType,
    confidence: float | None,
    overrides: Mapping[str, str] | None = None,
    auto_approve_confidence: float = AUTO_APPROVE_CONFIDENCE,
) -> CheckpointPriority:
    """The tenant's override, else advisory for what is nearly certain, else the type's default."""
    stated = (overrides or {}).get(checkpoint_type)
    if stated is not None:
        return CheckpointPriority(stated)
    if confidence is not None and confidence >= auto_approve_confidence:
        return CheckpointPriority.ADVISORY
    return DEFAULT_PRIORITY[checkpoint_type]


def is_enabled(*, checkpoint_type: CheckpointType, enabled: Collection[str]) -> bool:
    """Whether a tenant asks for this decision. If not, the thing is not done: never approved."""
    return checkpoint_type in MANDATORY or checkpoint_type in enabled


def expires_at(
    *, silence: Silence, created_at: datetime, hours: float = AUTO_DISMISS_HOURS
) -> datetime | None:
    """When a decision nobody takes is dismissed; None for those that wait for ever."""
    return created_at + timedelta(hours=hours) if silence is Silence.LAPSE else None


def dismisses_itself(
    *,
    priority: CheckpointPriority,
    created_at: datetime,
    now: datetime,
    checkpoint_type: CheckpointType,
    hours: float = AUTO_DISMISS_HOURS,
) -> bool:
    """Advisory ones always, low ones once they are older than `hours`, others never; and never
    what only people may answer."""
    if checkpoint_type in MANDATORY:
        return False
    if priority is CheckpointPriority.LOW:
        return now - created_at > timedelta(hours=hours)
    return priority is CheckpointPriority.ADVISORY


def contract(
    *,
    checkpoint_type: CheckpointType,
    target_id: str,
    confidence: float | None,
    approvals: int,
    subject: Mapping[str, Any],
) -> dict[str, Any]:
    """What a person agrees to when they decide: stored with the checkpoint and shown to them.

    `subject` holds the fields of the target that matter, such as action and parameters. Raises
    TypeError if one of them cannot be written as JSON.
    """
    return {
        "checkpoint_type": checkpoint_type.value,
        "target_id": target_id,
        "confidence": confidence,
        "band": None if confidence is None else band(confidence).value,
        "approvals": approvals,
        "options": [option.value for option in OPTIONS[checkpoint_type]],
        "subject": jsonable(subject, path="subject"),
    }


def contract_digest(contract: Mapping[str, Any]) -> str:
    """SHA-256 in hex of a contract; it differs as soon as what is decided on has changed."""
    return digest(dict(contract))


def confidence_words(confidence: float) -> str:
    """A confidence as people read it, such as "70% confidence, weak"."""
    return f"{confidence:.0%} confidence, {BAND_WORDS[band(confidence)]}"


def _confirm_match(matched: Matched, stage: Stage) -> Need:
    return Need(
        CheckpointType.APPROVE_RECOVERY,
        stage,
        matched.pattern_id,
        f"This incident resembles pattern {matched.pattern_id} "
        f"({confidence_words(matched.confidence)}). Treat it as the same failure?",
        confidence=matched.confidence,
        advice_suffices=True,  # nothing is done because of a likeness alone
    )


def _approve_recovery(suggested: Suggested, stage: Stage) -> Need:
    suggestion = suggested.suggestion
    action = suggestion.action
    phrase = in_words(action_type=action.action_type, params=action.params)
    seen = "once" if suggested.occurrences == 1 else f"{suggested.occurrences} times"
    people = "Two different people" if suggestion.confirmations_required > 1 else "One person"
    return Need(
        CheckpointType.APPROVE_RECOVERY,
        stage,
        suggested.recovery_id,
        f"{phrase}? This remedy has {confidence_words(suggestion.confidence.final)}; its pattern "
        f"was seen {seen}. {people} must agree.",
        approvals=suggestion.confirmations_required,
        confidence=suggestion.confidence.final,
    )


def _routing_need(
    routed: Routed, *, stage: Stage, decided: Collection[tuple[Stage, CheckpointType]]
) -> Need | None:
    agents = "one agent" if routed.agents == 1 else f"{routed.agents} agents"
    if routed.mode is not PolicyMode.ACTIVE or not routed.agents:
        return None
    if routed.asks_first and (stage, CheckpointType.SIMULATE_ROUTING) not in decided:
        text = f'Policy "{routed.policy_name}" would move traffic away from {agents}. Do it?'
        return Need(CheckpointType.SIMULATE_ROUTING, stage, routed.policy_id, text)
    if routed.floor_refusal and (stage, CheckpointType.OVERRIDE_GUARDRAIL) not in decided:
        text = f"{routed.floor_refusal} Cross it once, or respect the floor?"
        return Need(CheckpointType.OVERRIDE_GUARDRAIL, stage, routed.policy_id, text)
    return None
