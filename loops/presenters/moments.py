"""The lines of a loop's timeline: what each try of a stage came to, in one sentence."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from loops.domain.confidence import Band
from loops.domain.failures import EXPLANATIONS
from loops.domain.narrative import (
    MATCH_WORDS,
    MODE_WORDS,
    NOTED,
    RECOVERY_WORDS,
    reason_words,
)
from loops.domain.states import (
    EventStatus,
    FailureState,
    MatchType,
    PolicyMode,
    RecoveryStatus,
    Stage,
)
from loops.domain.story import Moment
from loops.models import LoopEvent

UNDER_WAY: Final = "Under way."


def moment_of(event: LoopEvent) -> Moment:
    """When this try ended, or began if it has not, and what became known."""
    stage = Stage(event.stage)
    return Moment(
        at=event.finished_at or event.created_at,
        stage=stage,
        fact=_fact(event, stage),
        band=Band(event.confidence_band) if event.confidence_band else None,
        requires_attention=event.status in (EventStatus.BLOCKED, EventStatus.FAILED),
    )


def _fact(event: LoopEvent, stage: Stage) -> str:
    result: dict[str, Any] = event.details.get("result") or {}
    match EventStatus(event.status):
        case EventStatus.CLAIMED:
            return UNDER_WAY
        case EventStatus.DONE:
            return _DONE[stage](result)
        case EventStatus.BLOCKED:
            return EXPLANATIONS[FailureState.HUMAN_CHECKPOINT_PENDING].what_happened
    assert event.failure_state
    told = EXPLANATIONS[FailureState(event.failure_state)].what_happened
    reason = str(result.get("note") or result.get("reason") or "").strip()
    return f"{told} {reason_words(reason)}" if reason else told


def _matched(result: Mapping[str, Any]) -> str:
    if result["is_new_pattern"]:
        return f"Not known before: pattern {result['pattern_id']} was begun."
    words = MATCH_WORDS[MatchType(result["match_type"])]
    return (
        f"Recognised as occurrence {result['occurrences']} of pattern "
        f"{result['pattern_id']}, by {words}."
    )


def _suggested(result: Mapping[str, Any]) -> str:
    suggestion = str(result["suggestion"]).rstrip(".")
    status, needed = RecoveryStatus(result["status"]), result["requires_confirmation"]
    words = RECOVERY_WORDS[status]
    if status is RecoveryStatus.PENDING:
        people = "a person's" if needed == 1 else f"{needed} people's"
        words = f"it needs {people} confirmation" if needed else NOTED
    return f"Recovery suggested: {suggestion[:1].lower()}{suggestion[1:]} — {words}."


def _learned(result: Mapping[str, Any]) -> str:
    if "policy_id" not in result:
        return f"No policy yet. {reason_words(result['reason'])}"
    verb = "was made" if result["is_new_policy"] else "gained evidence"
    mode = MODE_WORDS[PolicyMode(result["policy_mode"])]
    return f'Policy "{result["policy_name"]}" {verb}; {mode}.'


def _routed(result: Mapping[str, Any]) -> str:
    if not result["change"]:
        return str(result["note"])
    agents = ", ".join(one["agent_id"] for one in result["adjustments"])
    return f"Routing was adjusted for {agents}."


def _told(_result: Mapping[str, Any]) -> str:
    return "The loop was closed and its story written."


_DONE: Final[Mapping[Stage, Callable[[Mapping[str, Any]], str]]] = {
    Stage.INCIDENT_CREATED: _matched,
    Stage.PATTERN_MATCHED: _suggested,
    Stage.RECOVERY_SUGGESTED: _learned,
    Stage.POLICY_GENERATED: _routed,
    Stage.ROUTING_ADJUSTED: _told,
}
