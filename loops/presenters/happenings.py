"""From rows to the entries of a timeline, each a sentence with its moment."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from loops.domain.confidence import Band, band
from loops.domain.narrative import MATCH_WORDS, MODE_WORDS, RECOVERY_WORDS
from loops.domain.states import (
    ActivationPath,
    MatchType,
    PolicyMode,
    PreventionOutcome,
    RecoveryStatus,
    RegretType,
    Verification,
)
from loops.domain.timeline import SUCCESSES, Happening, Kind
from loops.models import (
    Incident,
    LoopEvent,
    LoopTrace,
    PolicyActivationAudit,
    PolicyConfirmation,
    PolicyRule,
    PreventionRecord,
    RecoveryAudit,
    RecoveryCandidate,
    RegretEvent,
)

OUTCOME_WORDS: Final = {
    PreventionOutcome.PREVENTED: "stopped a recurrence before it could fail",
    PreventionOutcome.MITIGATED: "slowed a recurrence down",
    PreventionOutcome.FAILED: "was in force, yet the failure came back",
    PreventionOutcome.NOT_APPLICABLE: "had nothing to prevent",
}
REGRET_WORDS: Final = {
    RegretType.FALSE_POSITIVE: "it stopped a good request",
    RegretType.PERF: "it slowed things down",
    RegretType.ESCALATION: "it bothered people for nothing",
    RegretType.USER_OVERRIDE: "somebody had to get around it",
    RegretType.CASCADE: "it made something else fail",
}
VERIFIED_WORDS: Final = {
    Verification.VERIFIED: "The recovery helped: the failure did not come back while it was "
    "watched.",
    Verification.FAILED: "The recovery did not help: the failure came back.",
    Verification.INCONCLUSIVE: "Whether the recovery helped is not known: nothing was heard of "
    "the agent.",
}
PATH_WORDS: Final[Mapping[str, str]] = {
    ActivationPath.AUTO: "by the console, on its evidence",
    ActivationPath.THRESHOLD: "by the last confirmation needed",
    ActivationPath.REGRET: "because it did too much harm",
    ActivationPath.PROMISE_BROKEN: "because it broke what its backtest had promised",
    ActivationPath.GRADUATION_LOST: "because the evidence behind it was lost",
    ActivationPath.REVERT: "because its loop was reverted",
}


def of_incident(incident: Incident) -> Happening:
    said = f"{incident.severity.capitalize()} incident: {incident.title.rstrip('.')}."
    return Happening(incident.created_at, Kind.INCIDENT_CREATED, said, incident.pk)


def of_match(event: LoopEvent) -> Happening:
    """The first stage, once it is done."""
    result = event.details["result"]
    pattern_id = result["pattern_id"]
    if result["is_new_pattern"]:
        said = f"Not known before: pattern {pattern_id} was begun."
    else:
        words = MATCH_WORDS[MatchType(result["match_type"])]
        said = f"Recognised as occurrence {result['occurrences']} of pattern {pattern_id}, {words}."
    at = event.finished_at or event.created_at
    if result["is_new_pattern"] or not event.confidence_band:
        return Happening(at, Kind.PATTERN_MATCHED, said, pattern_id)
    sure = Band(event.confidence_band)
    return Happening(at, Kind.PATTERN_MATCHED, said, pattern_id, sure, event.confidence)


def of_recovery(
    recovery: RecoveryCandidate, changes: Iterable[RecoveryAudit]
) -> Iterator[Happening]:
    """Suggested, decided, verified."""
    said = f"Recovery suggested: {recovery.suggestion.rstrip('.')}."
    sure = Band(recovery.confidence_band)
    yield Happening(
        recovery.created_at, Kind.RECOVERY_SUGGESTED, said, recovery.pk, sure, recovery.confidence
    )
    changed = list(changes)
    for one in changed:
        words = RECOVERY_WORDS[RecoveryStatus(one.new_decision)]
        told = f"The recovery was {words}, by {one.actor}."
        yield Happening(one.created_at, Kind.RECOVERY_DECIDED, told, recovery.pk)
    if recovery.decided_at and not changed:
        words = RECOVERY_WORDS[RecoveryStatus(recovery.status)]
        told = f"The recovery was {words} by the console itself."
        yield Happening(recovery.decided_at, Kind.RECOVERY_DECIDED, told, recovery.pk)
    if recovery.verified_at and recovery.verification:
        told = VERIFIED_WORDS[Verification(recovery.verification)]
        yield Happening(recovery.verified_at, Kind.RECOVERY_VERIFIED, told, recovery.pk)


def of_birth(policy: PolicyRule) -> Happening:
    said = f'Policy "{policy.name}" was drafted from this failure.'
    sure = policy.generation_confidence
    return Happening(policy.created_at, Kind.POLICY_BORN, said, policy.pk, band(sure), sure)


def of_confirmation(one: PolicyConfirmation) -> Happening:
    said = f'{one.reviewer} confirmed policy "{one.policy.name}".'
    return Happening(one.at, Kind.POLICY_CONFIRMED, said, one.policy_id)


def of_mode(one: PolicyActivationAudit) -> Happening:
    """A change of mode; taking an active policy out of force for harm is a rollback of its own."""
    mode = PolicyMode(one.new_mode)
    how = PATH_WORDS.get(one.approval_path, "by a person")
    if mode is PolicyMode.ACTIVE:
        said = f'Policy "{one.policy.name}" came into force, {how}.'
        return Happening(one.activated_at, Kind.POLICY_ACTIVATED, said, one.policy_id)
    said = f'Policy "{one.policy.name}" changed, {how}: {MODE_WORDS[mode]}.'
    return Happening(one.activated_at, Kind.POLICY_MODE, said, one.policy_id)


def of_prevention(one: PreventionRecord) -> Happening:
    outcome = PreventionOutcome(one.outcome)
    said = f'Policy "{one.policy.name}" {OUTCOME_WORDS[outcome]}, of pattern {one.pattern_id}.'
    return Happening(
        one.created_at,
        Kind.PREVENTION,
        said,
        one.pk,
        confidence=one.signature_match_confidence,
        is_simulated=one.is_simulated or one.is_synthetic,
        succeeded=outcome in SUCCESSES,
        detail=f"It would have been incident {one.blocked_incident_id}.",
    )


def of_regret(one: RegretEvent) -> Iterator[Happening]:
    """The harm, and the rollback it led to."""
    words = REGRET_WORDS[RegretType(one.regret_type)]
    said = f'Policy "{one.policy.name}" did harm (severity {one.severity} of 10): {words}.'
    yield Happening(one.created_at, Kind.REGRET, said, one.pk, is_simulated=one.is_simulated)
    if one.was_auto_rolled_back:
        told = f'Policy "{one.policy.name}" was taken out of force by itself, after this harm.'
        yield Happening(
            one.created_at, Kind.ROLLBACK, told, one.policy_id, is_simulated=one.is_simulated
        )


def of_revert(trace: LoopTrace) -> Iterator[Happening]:
    if trace.reverted_at is not None:
        reason = (trace.reverted_reason or "").rstrip(".")
        said = f"{trace.reverted_by} undid what this loop had changed: {reason}."
        yield Happening(trace.reverted_at, Kind.REVERT, said, trace.pk)
