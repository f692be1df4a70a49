"""Bridge 3: can the next one be prevented?"""

from datetime import datetime

from loops.actions import policy_modes
from loops.domain import policy
from loops.domain.confidence import VERSION, band
from loops.domain.states import ActionType, ActivationPath, PolicyMode, RecoveryStatus
from loops.engine.loop import Loop, Outcome
from loops.engine.settings import loop_settings
from loops.engine.workset import Workset
from loops.models import FailurePattern, PolicyRule, RecoveryCandidate
from loops.models.ids import new_policy_id


def run(loop: Loop, work: Workset, now: datetime) -> Outcome:
    """Draft a policy from a settled recovery, or strengthen the one its pattern has already."""
    pattern = work.catalogue.get(loop.payload.get("pattern_id"))
    drafted = policy.draft(
        recovery=_recovery_facts(loop.recovery) if loop.recovery else None,
        pattern=_pattern_facts(pattern) if pattern else None,
        tenant_id=loop.trace.tenant_id,
        confirmations_required=loop_settings().policy_confirmations,
    )
    if isinstance(drafted, policy.NoPolicy):
        note = {"reason": drafted.reason, "skipped": drafted.failure_state is None}
        return Outcome(
            result=note,
            carry={"no_policy": drafted.reason},
            failure_state=drafted.failure_state,
        )
    known = work.policies.get(drafted.source_pattern_id)
    rule = (
        _strengthened(loop, known, drafted, work, now)
        if known
        else _stored(loop, drafted, work, now)
    )
    return _outcome(rule, is_new=known is None)


def _outcome(rule: PolicyRule, *, is_new: bool) -> Outcome:
    return Outcome(
        result={
            "policy_id": rule.pk,
            "policy_name": rule.name,
            "policy_mode": rule.mode,
            "is_new_policy": is_new,
            "action": rule.actions,
            "conditions": rule.conditions,
            "confirmations": [rule.confirmations_received, rule.confirmations_required],
        },
        carry={
            "policy_id": rule.pk,
            "policy_mode": rule.mode,
            "confidence": rule.generation_confidence,
            "band": band(rule.generation_confidence),
        },
        confidence=rule.generation_confidence,
        band=band(rule.generation_confidence),
    )


def _recovery_facts(one: RecoveryCandidate) -> policy.RecoveryFacts:
    return policy.RecoveryFacts(
        recovery_id=one.pk,
        status=RecoveryStatus(one.status),
        action_type=ActionType(one.action_type),
        action_params=one.action_params,
        confidence=one.confidence,
        confirmations_required=one.requires_confirmation,
    )


def _pattern_facts(pattern: FailurePattern) -> policy.PatternFacts:
    return policy.PatternFacts(
        pattern_id=pattern.pk,
        error_type=pattern.error_type,
        api_endpoint=pattern.signature.get("api_endpoint"),
        occurrences=pattern.occurrence_count,
        template=pattern.template_text,
    )


def _strengthened(
    loop: Loop, rule: PolicyRule, drafted: policy.PolicyDraft, work: Workset, now: datetime
) -> PolicyRule:
    """The pattern's live policy, with the new evidence taken up."""
    mode, confidence = policy.strengthened(
        mode=PolicyMode(rule.mode),
        confidence=rule.generation_confidence,
        evidence=drafted.confidence,
    )
    if (mode, confidence) == (rule.mode, rule.generation_confidence):
        return rule
    rule.generation_confidence, rule.updated_at = confidence, now
    if mode != rule.mode:
        row = policy_modes.moved(
            rule,
            to=mode,
            path=ActivationPath.AUTO,
            now=now,
            note="Another recovery of its pattern raised its confidence.",
            loop_trace_id=loop.trace.pk,
        )
        work.mode_changes.append(row)
    work.changed_policies[rule.pk] = rule
    return rule


def _stored(loop: Loop, drafted: policy.PolicyDraft, work: Workset, now: datetime) -> PolicyRule:
    rule = PolicyRule(
        id=new_policy_id(),
        tenant_id=loop.trace.tenant_id,
        name=drafted.name,
        description=drafted.description,
        rule_type=drafted.category,
        conditions=drafted.condition,
        actions=drafted.action,
        priority=drafted.priority,
        mode=drafted.mode,
        mode_since=now,
        scope_type=drafted.scope,
        scope_id=drafted.scope_id,
        source_type=drafted.source,
        source_pattern_id=drafted.source_pattern_id,
        source_recovery_id=drafted.source_recovery_id,
        source_incident_id=loop.incident.pk,
        generation_confidence=drafted.confidence,
        confidence_version=VERSION,
        confirmations_required=drafted.confirmations_required,
        created_at=now,
        updated_at=now,
    )
    work.policies[drafted.source_pattern_id] = rule
    work.new_policies.append(rule)
    return rule
