"""What of the past an editor's text would have met, beside it while it is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.urls import reverse

from loops.actions.remedies import Remedy
from loops.domain.conditions import ConditionFault
from loops.engine.matching_history import EXAMPLES, LOOKED_AT, WINDOW, Met, history_of
from loops.models import FailurePattern, Incident, RecoveryCandidate
from loops.presenters.looks import look_of_recovery
from m25console.looks import Look
from m25console.models import Tenant

NOT_YET: Final = "This is no condition yet: {}"


@dataclass(frozen=True)
class Example:
    """One thing of the past that would be met."""

    told: str
    url: str
    at: datetime
    look: Look | None = None


@dataclass(frozen=True)
class Matching:
    """How much would be met, in words, and a few examples; or why that cannot be said."""

    told: str
    examples: Sequence[Example] = ()
    fault: str = ""


def of_condition(condition: Any, *, tenant: Tenant, now: datetime) -> Matching:
    """What a condition would have met in the last 30 days; two queries."""
    try:
        found = history_of(condition, tenant_id=tenant.pk, now=now)
    except ConditionFault as fault:
        return Matching("", fault=NOT_YET.format(fault))
    told = (
        f"In the last {WINDOW.days} days it met "
        f"{_counted(found.incidents, 'incident', cut=found.incidents_cut)} and "
        f"{_counted(found.requests, 'request', cut=found.requests_cut)}."
    )
    return Matching(told, [_example(one) for one in found.examples])


def of_remedy(pattern: FailurePattern, remedy: Remedy | None, *, now: datetime) -> Matching:
    """For how many incidents it would have been suggested in the last 30 days, and how often it
    was; two queries."""
    since = now - WINDOW
    mine = Incident.objects.filter(
        tenant=pattern.tenant_id, matched_pattern=pattern, created_at__gte=since
    )
    incidents = mine.values("pk")[: LOOKED_AT + 1].count()
    told = (
        f"In the last {WINDOW.days} days it would have been suggested for "
        f"{_counted(min(incidents, LOOKED_AT), 'incident', cut=incidents > LOOKED_AT)}"
    )
    if remedy is None or remedy.action is None:
        return Matching(f"{told}, by error type.")
    suggested = RecoveryCandidate.objects.filter(
        tenant=pattern.tenant_id, source_pattern=pattern, created_at__gte=since
    ).order_by("-created_at")[: LOOKED_AT + 1]
    rows = list(suggested.select_related("source_incident"))
    same = [
        one
        for one in rows[:LOOKED_AT]
        if (one.action_type, one.action_params) == (remedy.action, dict(remedy.params))
    ]
    times = _counted(len(same), "time", cut=len(rows) > LOOKED_AT)
    return Matching(
        f"{told}; it was, just so, {times}.", [_suggested(one) for one in same[:EXAMPLES]]
    )


def _counted(number: int, noun: str, *, cut: bool) -> str:
    return f"{'at least ' if cut else ''}{number:,} {noun}{'' if number == 1 else 's'}"


def _example(one: Met) -> Example:
    if one.incident_id:
        return Example(one.told, reverse("loops:incident", args=[one.incident_id]), one.at)
    return Example(one.told, reverse("loops:evaluation", args=[one.evaluation_id]), one.at)


def _suggested(one: RecoveryCandidate) -> Example:
    url = reverse("loops:recovery", args=[one.pk])
    return Example(one.source_incident.title, url, one.created_at, look_of_recovery(one))
