"""How much of the past a condition would have met: counted while somebody writes it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from loops.domain.conditions import compile_condition
from loops.domain.evaluation import PATTERN
from loops.engine.backtests import INCIDENT_COLUMNS, features_of_incident
from loops.models import Incident, PolicyEvaluation

WINDOW: Final = timedelta(days=30)
LOOKED_AT: Final = 1000  # incidents and as many requests, the newest
EXAMPLES: Final = 5


@dataclass(frozen=True)
class Met:
    """An incident or a request that the condition applies to."""

    told: str
    at: datetime
    incident_id: str = ""
    evaluation_id: str = ""


@dataclass(frozen=True)
class History:
    """What a condition applies to in WINDOW; a lower bound where there was more to look at."""

    incidents: int
    incidents_cut: bool
    requests: int
    requests_cut: bool
    examples: tuple[Met, ...]


def history_of(condition: Any, *, tenant_id: str, now: datetime) -> History:
    """What of the last 30 days this condition applies to; two queries, of bounded size.

    Raises ConditionFault.
    """
    applies = compile_condition(condition).applies
    since = now - WINDOW
    incidents = list(_incidents(tenant_id, since))
    requests = list(_requests(tenant_id, since))
    met = [one for one, features in incidents[:LOOKED_AT] if applies(features) is True]
    asked = [one for one, features in requests[:LOOKED_AT] if applies(features) is True]
    return History(
        incidents=len(met),
        incidents_cut=len(incidents) > LOOKED_AT,
        requests=len(asked),
        requests_cut=len(requests) > LOOKED_AT,
        examples=tuple(islice((*met, *asked), EXAMPLES)),
    )


def _incidents(tenant_id: str, since: datetime) -> Iterator[tuple[Met, dict[str, Any]]]:
    newest = Incident.objects.filter(tenant=tenant_id, created_at__gte=since, is_synthetic=False)
    for one in newest.only(*INCIDENT_COLUMNS).newest_first()[: LOOKED_AT + 1]:
        told = features_of_incident(one) | {PATTERN: one.matched_pattern_id}
        yield Met(one.title, one.created_at, incident_id=one.pk), told


def _requests(tenant_id: str, since: datetime) -> Iterator[tuple[Met, dict[str, Any]]]:
    asked = PolicyEvaluation.objects.filter(tenant=tenant_id, created_at__gte=since)
    columns = ("features", "pattern_id", "created_at")
    for one in asked.only(*columns).order_by("-created_at", "-id")[: LOOKED_AT + 1]:
        told = one.features | ({PATTERN: one.pattern_id} if one.pattern_id else {})
        said = told.get("message") or told["error_type"]
        yield Met(said, one.created_at, evaluation_id=one.pk), told
