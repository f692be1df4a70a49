"""Builders of what a tenant learned: policies in force, what they stopped, and who saw it."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from loops.domain.states import (
    PolicyCategory,
    PolicyDecision,
    PolicyMode,
    PolicySource,
    PreventionOutcome,
    RegretType,
)
from loops.models import (
    Incident,
    PolicyEvaluation,
    PolicyRule,
    PreventionRecord,
    RegretEvent,
    TimelineView,
)
from m25console.models import Tenant
from tests import factories

_numbers = count(1)


def policy_in_force(tenant: Tenant, **fields: Any) -> PolicyRule:
    """A policy that a person activated two months ago, for a pattern of its own."""
    number = next(_numbers)
    since = timezone.now() - timedelta(days=60)
    defaults = {
        "tenant": tenant,
        "name": f"Policy {number}",
        "rule_type": PolicyCategory.OPERATIONAL,
        "conditions": {"all": [{"field": "error_type", "operator": "equals", "value": "timeout"}]},
        "actions": {"type": "block", "params": {}},
        "mode": PolicyMode.ACTIVE,
        "activated_at": since,
        "scope_id": tenant.pk,
        "source_type": PolicySource.MANUAL,
        "source_pattern": factories.make_pattern(tenant, error_code=f"E{number}"),
        "generation_confidence": 0.9,
        "confidence_version": "CONFIDENCE_V1",
        "created_at": since,
    }
    return PolicyRule.objects.create(**defaults | fields)


def decided_by(policy: PolicyRule, **fields: Any) -> PolicyEvaluation:
    """A request that this policy decided by blocking it; `matched` names all that matched."""
    matched: list[PolicyRule] = fields.pop("matched", [policy])
    decision = fields.get("decision", PolicyDecision.BLOCK)
    defaults = {
        "tenant": policy.tenant,
        "features": {"error_type": "timeout"},
        "decision": decision,
        "policy": None if decision == PolicyDecision.ALLOW else policy,
        "matched": [{"policy_id": one.pk, "mode": one.mode} for one in matched],
        "book_version": 1,
    }
    return PolicyEvaluation.objects.create(**defaults | fields)


def prevention_by(policy: PolicyRule, **fields: Any) -> PreventionRecord:
    """A recurrence that this policy stopped just now, unless told otherwise."""
    number = next(_numbers)
    at: datetime = fields.pop("at", timezone.now())
    defaults = {
        "tenant": policy.tenant,
        "policy": policy,
        "pattern": policy.source_pattern,
        "evaluation": decided_by(policy, created_at=at),
        "original_incident_id": "inc_original",
        "blocked_incident_id": f"inc_prevented_{number}",
        "outcome": PreventionOutcome.PREVENTED,
        "signature_match_confidence": 0.95,
        "created_at": at,
    }
    return PreventionRecord.objects.create(**defaults | fields)


def regret_of(policy: PolicyRule, **fields: Any) -> RegretEvent:
    """Harm this policy did, as a row: nothing follows from it."""
    defaults = {
        "tenant": policy.tenant,
        "policy": policy,
        "regret_type": RegretType.FALSE_POSITIVE,
        "severity": 3,
        "reported_by": "somebody",
    }
    return RegretEvent.objects.create(**defaults | fields)


def view_of(incident: Incident, **fields: Any) -> TimelineView:
    """Somebody saw a prevention on this incident's timeline."""
    at: datetime = fields.pop("at", timezone.now())
    defaults = {
        "tenant": incident.tenant,
        "incident": incident,
        "user": factories.make_user(),
        "viewed_on": at.date(),
        "viewed_at": at,
        "has_prevention": True,
    }
    return TimelineView.objects.create(**defaults | fields)
