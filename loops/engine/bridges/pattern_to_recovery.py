"""Bridge 2: what usually mends it?"""

from dataclasses import asdict
from datetime import datetime

from loops.actions import executions
from loops.domain import recovery, recovery_matching, recovery_rules
from loops.domain.confidence import VERSION, Band, RecoveryConfidence
from loops.domain.states import (
    ActionType,
    Capability,
    FailureState,
    RecoveryStatus,
    SuggestionType,
)
from loops.engine.loop import Loop, Outcome
from loops.engine.workset import Workset
from loops.models import FailurePattern, RecoveryCandidate, RecoveryExecution
from loops.models.ids import new_recovery_id


def run(loop: Loop, work: Workset, now: datetime) -> Outcome:
    """Suggest a recovery; it is applied at once only where the tenant's loop has earned that."""
    pattern = work.catalogue.get(loop.payload.get("pattern_id"))
    if pattern is None:
        return Outcome(
            result={"reason": "The pattern of this incident no longer exists."},
            failure_state=FailureState.RECOVERY_NOT_APPLICABLE,
        )
    suggestion = recovery.suggest(
        error_type=pattern.error_type,
        match_band=Band(loop.payload["match_band"]),
        occurrences=loop.payload["occurrences"],
        template=pattern.recovery_template,
    )
    status = recovery.initial_status(
        suggestion=suggestion,
        pattern_auto_applies=pattern.auto_apply_recovery,
        capability_unlocked=work.may(loop.trace.tenant_id, Capability.AUTO_APPLY_RECOVERY),
    )
    loop.recovery = _candidate(loop, pattern, suggestion, status, now)
    _judge(loop.recovery, loop, work)
    work.recoveries.append(loop.recovery)
    if status is RecoveryStatus.APPLIED:
        work.executions.append(_execution(loop, loop.recovery, work, now))
    return _outcome(loop.recovery, suggestion)


def _judge(candidate: RecoveryCandidate, loop: Loop, work: Workset) -> None:
    """Ask the rules which action of the catalogue would carry the recovery out.

    The first incident of a pattern has no history; every later one was found in the catalogue.
    """
    code = recovery_matching.code_of(
        error_type=loop.incident.error_type, error_code=loop.incident.error_code
    )
    past = work.remedies.past_of(candidate.source_pattern_id)
    occurrences = candidate.occurrence_count
    facts = recovery_rules.Facts(code, occurrences, past.tried, past.succeeded, past.usual_action)
    selection = recovery_rules.select(
        recovery_rules.judge(facts),
        matcher=recovery_matching.matcher_confidence(
            ages_days=(), occurrences=occurrences, in_catalogue=occurrences > 1
        ),
    )
    candidate.rules_evaluated = selection.as_json()
    candidate.selected_action = work.remedies.actions.get(selection.action or "")


def _execution(
    loop: Loop, candidate: RecoveryCandidate, work: Workset, now: datetime
) -> RecoveryExecution:
    """The execution of a recovery that is applied without a person."""
    goes_out = loop.trace.tenant_id in work.remedies.endpoints
    return executions.wanted(
        candidate,
        incident=loop.incident,
        executor=executions.executor_for(has_endpoint=goes_out, by_person=False),
        requested_by="the loop",
        reason=executions.NOT_ALONE if goes_out else executions.NO_ENDPOINT,
        now=now,
    )


def _outcome(candidate: RecoveryCandidate, suggestion: recovery.Suggestion) -> Outcome:
    action = candidate.selected_action
    return Outcome(
        result={
            "recovery_id": candidate.pk,
            "suggestion_type": suggestion.suggestion_type,
            "suggestion": candidate.suggestion,
            "action_type": candidate.action_type,
            "action_params": candidate.action_params,
            "status": candidate.status,
            "requires_confirmation": suggestion.confirmations_required,
            "confidence": asdict(suggestion.confidence),
            "would_execute": action.action_code if action else None,
        },
        carry={
            "recovery_id": candidate.pk,
            "confidence": suggestion.confidence.final,
            "band": suggestion.band,
        },
        confidence=suggestion.confidence.final,
        band=suggestion.band,
    )


def suggestion_of(candidate: RecoveryCandidate) -> recovery.Suggestion:
    """The suggestion as it was when the candidate was stored."""
    return recovery.Suggestion(
        SuggestionType(candidate.suggestion_type),
        recovery.Action(ActionType(candidate.action_type), candidate.action_params),
        RecoveryConfidence(**candidate.explain),
        candidate.requires_confirmation,
    )


def _candidate(
    loop: Loop,
    pattern: FailurePattern,
    suggestion: recovery.Suggestion,
    status: RecoveryStatus,
    now: datetime,
) -> RecoveryCandidate:
    action = suggestion.action
    return RecoveryCandidate(
        id=new_recovery_id(),
        tenant_id=loop.trace.tenant_id,
        trace_id=loop.trace.pk,
        source_incident_id=loop.incident.pk,
        source_pattern_id=pattern.pk,
        suggestion_type=suggestion.suggestion_type,
        suggestion=recovery.in_words(action_type=action.action_type, params=action.params),
        action_type=action.action_type,
        action_params=dict(action.params),
        status=status,
        confidence=suggestion.confidence.final,
        confidence_band=suggestion.band,
        confidence_version=VERSION,
        explain=asdict(suggestion.confidence),
        requires_confirmation=suggestion.confirmations_required,
        occurrence_count=loop.payload["occurrences"],
        error_code=loop.incident.error_code,
        error_signature=pattern.signature_hash,
        decided_at=None if status is RecoveryStatus.PENDING else now,
        **dict.fromkeys(("created_at", "updated_at", "last_occurrence_at"), now),
    )
