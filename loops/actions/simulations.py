"""Demonstrations of what evidence looks like. They are flagged, and count for nothing."""

from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

from django.db import models, transaction

from loops.domain.learning import MAX_SEVERITY, MIN_SEVERITY
from loops.domain.states import PreventionOutcome, RegretType
from loops.models import (
    FailurePattern,
    Incident,
    PolicyRule,
    PreventionRecord,
    RegretEvent,
    TimelineView,
)
from m25console import audit
from m25console.access import Actor, check_reviews
from m25console.refusals import InvalidInput, NotFound, TooMany

WARNING: Final = "Simulated. It counts toward no gate, no rate and no level, and changes no policy."
MOST_A_DAY: Final = 100  # of a kind and tenant: rows of history are kept for good
LEAST_CONFIDENCE: Final = 0.6  # as for a real prevention


def check_simulate(actor: Actor) -> None:
    """Whether this actor may simulate evidence."""
    check_reviews(actor)


@transaction.atomic
def prevention(
    *,
    policy_id: str,
    by: Actor,
    now: datetime,
    pattern_id: str = "",
    original_incident_id: str = "",
    confidence: float = 0.92,
) -> PreventionRecord:
    """A prevention by this policy, of its own pattern and incident unless others are named.
    Raises NotFound, InvalidInput (pattern or confidence), NotPermitted or TooMany."""
    policy = _policy(policy_id, by=by)
    _check_quota(PreventionRecord.objects.for_tenant(by.tenant), now=now)
    pattern_id = pattern_id or policy.source_pattern_id or ""
    incident_id = original_incident_id or policy.source_incident_id or ""
    _check_likeness(pattern_id, incident_id, confidence=confidence, by=by)
    made = PreventionRecord.objects.create(
        id=_new_id("prev_sim"),
        tenant=by.tenant,
        policy=policy,
        pattern_id=pattern_id,
        original_incident_id=incident_id,
        blocked_incident_id=_new_id("inc_sim_prevented"),
        outcome=PreventionOutcome.PREVENTED,
        signature_match_confidence=confidence,
        is_simulated=True,
        created_at=now,
    )
    return _audited(made, by=by, now=now)


def _check_likeness(pattern_id: str, incident_id: str, *, confidence: float, by: Actor) -> None:
    if not pattern_id or not LEAST_CONFIDENCE <= confidence <= 1:
        raise InvalidInput("Name a pattern, and a confidence from 0.60 to 1.")
    _mine(FailurePattern.objects.for_tenant(by.tenant), pattern_id, noun="pattern", by=by)
    if incident_id:
        _mine(Incident.objects.for_tenant(by.tenant), incident_id, noun="incident", by=by)


@transaction.atomic
def regret(
    *,
    policy_id: str,
    by: Actor,
    now: datetime,
    regret_type: RegretType = RegretType.FALSE_POSITIVE,
    severity: int = 7,
    description: str = "",
) -> RegretEvent:
    """A report of harm that this policy does not pay for.

    Raises NotFound, InvalidInput (severity), NotPermitted or TooMany.
    """
    policy = _policy(policy_id, by=by)
    _check_quota(RegretEvent.objects.for_tenant(by.tenant), now=now)
    if not MIN_SEVERITY <= severity <= MAX_SEVERITY:
        raise InvalidInput("The severity is 1 to 10.")
    made = RegretEvent.objects.create(
        id=_new_id("regret_sim"),
        tenant=by.tenant,
        policy=policy,
        regret_type=regret_type,
        severity=severity,
        description=description,
        reported_by=by.label,
        is_simulated=True,
        created_at=now,
    )
    return _audited(made, by=by, now=now)


@transaction.atomic
def timeline_view(*, incident_id: str, by: Actor, now: datetime) -> TimelineView:
    """A view of this incident's timeline as if a prevention were on it.

    Raises NotFound, NotPermitted or TooMany.
    """
    incident = _mine(Incident.objects.for_tenant(by.tenant), incident_id, noun="incident", by=by)
    _check_quota(TimelineView.objects.filter(tenant=by.tenant), now=now, moment="viewed_at")
    made = TimelineView.objects.create(
        id=_new_id("tv_sim"),
        tenant=by.tenant,
        incident=incident,
        user=by.user,
        viewed_on=now.astimezone(UTC).date(),
        viewed_at=now,
        has_prevention=True,
        is_simulated=True,
    )
    return _audited(made, by=by, now=now)


def _policy(policy_id: str, *, by: Actor) -> PolicyRule:
    return _mine(PolicyRule.objects.for_tenant(by.tenant), policy_id, noun="policy", by=by)


def _mine[M: models.Model](rows: models.QuerySet[M], object_id: str, *, noun: str, by: Actor) -> M:
    check_simulate(by)
    found = rows.filter(pk=object_id).first()
    if found is None:
        raise NotFound(f"There is no such {noun}.")
    return found


def _check_quota[M: models.Model](
    rows: models.QuerySet[M], *, now: datetime, moment: str = "created_at"
) -> None:
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    made = rows.filter(**{"is_simulated": True, f"{moment}__gte": today})
    if made[:MOST_A_DAY].count() >= MOST_A_DAY:
        raise TooMany("That is enough simulation for today.", retry_after=3600)


def _audited[M: models.Model](made: M, *, by: Actor, now: datetime) -> M:
    audit.record(by=by, action="graduation.simulated", about=made, note=WARNING, now=now)
    return made


def _new_id(prefix: str) -> str:
    return f"{prefix}_{uuid4().hex[:12]}"
