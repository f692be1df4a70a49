"""A loop told in sentences, for someone who has to understand it at once.

Times are UTC. A sentence appears only when its stage has a result.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from loops.domain.checkpoints import confidence_words
from loops.domain.failures import EXPLANATIONS
from loops.domain.policy import shadow_block_rate
from loops.domain.recovery import in_words
from loops.domain.states import (
    CheckpointType,
    FailureState,
    MatchType,
    PolicyAction,
    PolicyMode,
    RecoveryStatus,
    Resolution,
)
from loops.domain.story import (
    AdjustmentFact,
    DecisionFact,
    LoopFacts,
    MatchFact,
    Moment,
    PolicyFact,
    RecoveryFact,
)

MATCH_WORDS: Final[Mapping[MatchType, str]] = {
    MatchType.EXACT_HASH: "the same signature",
    MatchType.FUZZY: "similar fields",
    MatchType.NEW_PATTERN: "nothing similar before it",
    MatchType.MESSAGE_TEMPLATE: "the same message but for its variable parts",
}
RECOVERY_WORDS: Final[Mapping[RecoveryStatus, str]] = {
    RecoveryStatus.PENDING: "suggested, not applied yet",
    RecoveryStatus.APPROVED: "approved, not applied yet",
    RecoveryStatus.APPLIED: "applied",
    RecoveryStatus.REJECTED: "rejected",
    RecoveryStatus.ROLLED_BACK: "rolled back",
}
NOTED: Final = "noted; it needed nobody's confirmation, and nothing was executed"
POLICY_WORDS: Final[Mapping[PolicyAction, str]] = {
    PolicyAction.BLOCK: "block matching requests",
    PolicyAction.WARN: "warn about matching requests",
    PolicyAction.ESCALATE: "escalate matching requests to a person",
    PolicyAction.ROUTE_AWAY: "route matching requests to other agents",
    PolicyAction.RATE_LIMIT: "limit the rate of matching requests",
}
MODE_WORDS: Final[Mapping[PolicyMode, str]] = {
    PolicyMode.SHADOW: "it only observes (shadow)",
    PolicyMode.PENDING: "it waits for confirmations and does nothing yet",
    PolicyMode.ACTIVE: "it is enforced",
    PolicyMode.DISABLED: "it is disabled",
}
DECISION_WORDS: Final[Mapping[Resolution, str]] = {
    Resolution.APPROVE: "approved",
    Resolution.REJECT: "rejected",
    Resolution.MODIFY: "asked to change",
    Resolution.APPLY: "agreed to",
    Resolution.DEFER: "put off",
    Resolution.CANCEL: "cancelled",
    Resolution.CONFIRM_REVERT: "confirmed",
    Resolution.OVERRIDE: "overrode",
    Resolution.RESPECT: "kept to",
    Resolution.EXPIRED: "closed the question of",
}
SUBJECT_WORDS: Final[Mapping[CheckpointType, str]] = {
    CheckpointType.APPROVE_POLICY: "the policy",
    CheckpointType.APPROVE_RECOVERY: "the recovery",
    CheckpointType.SIMULATE_ROUTING: "the routing change",
    CheckpointType.REVERT_LOOP: "the revert",
    CheckpointType.OVERRIDE_GUARDRAIL: "the routing floor",
}
_COUNTED: Final = re.compile(r"(\d+) of (\d+) occurrences")
STILL_AT_WORK: Final = "Nothing to do: the loop is still at work."
ALL_DONE: Final = "Nothing to do: the loop is complete."


@dataclass(frozen=True)
class Narrative:
    """The story of a loop. Missing sentences belong to stages without a result."""

    what_happened: str
    what_we_learned: str | None
    what_we_changed: str
    next_step: str
    confidence_summary: str | None
    human_decisions: tuple[str, ...]
    before_after: str | None
    policy_origin: str | None
    agent_improvement: str | None
    timeline: tuple[Moment, ...]  # oldest first


def tell(facts: LoopFacts) -> Narrative:
    """The narrative of a loop as it stands; what is in effect "now" is as fresh as the facts."""
    match, policy = facts.match, facts.policy
    return Narrative(
        what_happened=_what_happened(facts),
        what_we_learned=_learned(match) if match else None,
        what_we_changed=_changed(facts),
        next_step=_next_step(facts),
        confidence_summary=_confidences(facts),
        human_decisions=tuple(_decision(one) for one in facts.decisions),
        before_after=(
            _before_after(match, incident_id=facts.incident.incident_id) if match else None
        ),
        policy_origin=_policy_origin(policy) if policy else None,
        agent_improvement=_improvement(facts),
        timeline=tuple(sorted(facts.moments, key=lambda moment: moment.at)),
    )


def moment_words(at: datetime) -> str:
    """A time to the minute, such as "2026-01-31 09:30 UTC"."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def signed_percent(share: Decimal) -> str:
    """A change of weight with its sign, such as "-20%" or "-7.5%"."""
    percent = (share * 100).quantize(Decimal("0.1"))
    return f"{percent.normalize():+f}%" if percent else "0%"


def reason_words(note: str) -> str:
    """A stored reason as a sentence; a bare count is of the occurrences that a policy needs."""
    counted = _COUNTED.fullmatch(note.strip())
    if counted is None:
        return _sentence(note)
    seen, needed = counted.groups()
    so_far = "there was 1" if seen == "1" else f"there were {seen}"
    return f"A policy is made after {needed} occurrences of a failure; so far {so_far}."


def _what_happened(facts: LoopFacts) -> str:
    incident = facts.incident
    agent = f" at agent {incident.agent_id}" if incident.agent_id else ""
    told = (
        f"{incident.severity.capitalize()} incident{agent} at "
        f"{moment_words(incident.occurred_at)}: {incident.title.rstrip('.')}."
    )
    if facts.failure_state is None:
        return told
    return f"{told} {EXPLANATIONS[facts.failure_state].what_happened}"


def _learned(match: MatchFact) -> str:
    if match.match_type is MatchType.NEW_PATTERN:
        return f"This failure was not known before; pattern {match.pattern_id} now tracks it."
    return (
        f"This is occurrence {match.occurrences} of pattern {match.pattern_id}, recognised by "
        f"{MATCH_WORDS[match.match_type]} ({confidence_words(match.confidence)})."
    )


def _changed(facts: LoopFacts) -> str:
    changes: list[str] = []
    if facts.recovery:
        changes.append(_recovery(facts.recovery))
    if facts.policy:
        changes.append(f'Policy "{facts.policy.name}": {MODE_WORDS[facts.policy.mode]}.')
    changes += [_adjustment(one) for one in facts.adjustments]
    observes = facts.policy is not None and facts.policy.mode is not PolicyMode.ACTIVE
    if facts.routing_note and not (facts.adjustments or observes):  # the mode said it already
        changes.append(reason_words(facts.routing_note))
    return " ".join(changes) or "Nothing was changed so far."


def _recovery(recovery: RecoveryFact) -> str:
    phrase = in_words(action_type=recovery.action_type, params=recovery.params)
    told = f"Recovery: {phrase[0].lower()}{phrase[1:]} —"
    if recovery.status is not RecoveryStatus.PENDING:
        return f"{told} {RECOVERY_WORDS[recovery.status]}."
    if not recovery.confirmations_required:
        return f"{told} {NOTED}."
    given = f"{recovery.confirmations} of {recovery.confirmations_required} confirmations"
    return f"{told} {RECOVERY_WORDS[recovery.status]}, {given}."


def _adjustment(adjustment: AdjustmentFact) -> str:
    told = f"Agent {adjustment.agent_id} was given {signed_percent(adjustment.magnitude)} of weight"
    if adjustment.rollback_reason:
        return f"{told}; taken back: {_sentence(adjustment.rollback_reason)}"
    if not adjustment.effective:
        return f"{told}; no longer in effect."
    until = moment_words(adjustment.expires_at) if adjustment.expires_at else "it is rolled back"
    return f"{told}; {signed_percent(adjustment.effective)} in effect now, until {until}."


def _next_step(facts: LoopFacts) -> str:
    state = FailureState.HUMAN_CHECKPOINT_PENDING if facts.is_blocked else facts.failure_state
    if state is not None:
        return EXPLANATIONS[state].what_to_do
    return ALL_DONE if facts.is_complete else STILL_AT_WORK


def _confidences(facts: LoopFacts) -> str | None:
    is_new = facts.match is not None and facts.match.match_type is MatchType.NEW_PATTERN
    # A new pattern is certainly new; that is no likeness to be sure of.
    likeness = None if is_new else facts.match
    stated = {"match": likeness, "recovery": facts.recovery, "policy": facts.policy}
    known = [f"{name} {confidence_words(fact.confidence)}" for name, fact in stated.items() if fact]
    return _sentence("; ".join(known).capitalize()) if known else None


def _decision(decision: DecisionFact) -> str:
    told = (
        f"{decision.who} {DECISION_WORDS[decision.resolution]} "
        f"{SUBJECT_WORDS[decision.checkpoint_type]} at {moment_words(decision.at)}"
    )
    return f"{told}: {_sentence(decision.note)}" if decision.note else f"{told}."


def _before_after(match: MatchFact, *, incident_id: str) -> str:
    before = f"Before, incident {incident_id} stood alone; now"
    if match.match_type is MatchType.NEW_PATTERN:
        return f"{before} a new pattern, {match.pattern_id}, tracks failures of this kind."
    return (
        f"{before} a known pattern, {match.pattern_id}, tracks failures of this kind: occurrence "
        f"{match.occurrences}, matched by {MATCH_WORDS[match.match_type]} "
        f"({confidence_words(match.confidence)})."
    )


def _policy_origin(policy: PolicyFact) -> str:
    needed = f"{policy.confirmations_required} confirmations"
    sure = (
        f"needing {needed}"
        if policy.confirmations is None
        else (f"with {policy.confirmations} of {needed}")
    )
    told = (
        f'Policy "{policy.name}" was learned from this failure. It is meant to '
        f"{POLICY_WORDS[policy.action]}; {MODE_WORDS[policy.mode]}, {sure}."
    )
    if not policy.shadow_evaluations:
        return told
    rate = shadow_block_rate(
        would_block=policy.shadow_would_block, evaluations=policy.shadow_evaluations
    )
    return (
        f"{told} In shadow it would have acted on {policy.shadow_would_block} of "
        f"{policy.shadow_evaluations} requests ({rate * 100:.0f}%)."
    )


def _improvement(facts: LoopFacts) -> str | None:
    if facts.adjustments:
        return " ".join(_adjustment(one) for one in facts.adjustments)
    return reason_words(facts.routing_note) if facts.routing_note else None


def _sentence(text: str) -> str:
    """The text with one full stop at its end, unless it has a mark of its own."""
    kept = text.strip()
    return kept if kept.endswith((".", "!", "?")) else f"{kept}."
