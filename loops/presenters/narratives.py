"""A loop's story as it stands now, told from its rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from loops.domain.narrative import Narrative, tell
from loops.engine.telling import decision_fact, loop_facts
from loops.models import (
    HumanCheckpoint,
    Incident,
    LoopEvent,
    LoopTrace,
    PolicyRule,
    RecoveryCandidate,
    RoutingAdjustment,
)
from loops.opinions import hides_opinions
from loops.presenters.moments import moment_of
from m25console.together import fetch_together


@dataclass(frozen=True)
class LoadedStory:
    """A loop with all its rows, and the narrative they tell."""

    trace: LoopTrace
    incident: Incident
    events: tuple[LoopEvent, ...]  # in their order
    recovery: RecoveryCandidate | None
    policy: PolicyRule | None
    adjustments: tuple[RoutingAdjustment, ...]
    checkpoints: tuple[HumanCheckpoint, ...]  # oldest first, with their resolvers
    payload: dict[str, Any]
    narrative: Narrative


def load_story(
    trace: LoopTrace, *, now: datetime, along: Sequence[QuerySet[Any]] = ()
) -> LoadedStory:
    """The story of a loop the caller may read: two queries, and one for an incident not loaded.

    `along` are lists that the caller goes through afterwards, read in the same statement.
    """
    told = trace.events.in_order()
    suggested = RecoveryCandidate.objects.filter(trace=trace)
    changed = trace.adjustments.order_by("created_at", "pk")
    asked = trace.checkpoints.select_related("resolved_by").order_by("created_at", "pk")
    fetch_together(told, suggested, changed, asked, *along)
    events, checkpoints = tuple(told), tuple(asked)
    payload = latest_payload(events)
    rows: dict[str, Any] = {
        "trace": trace,
        "incident": trace.incident,
        "recovery": next(iter(suggested), None),
        "policy": _policy(trace, payload),
        "adjustments": tuple(changed),
        "payload": payload,
    }
    facts = loop_facts(
        **rows,
        decisions=[decision_fact(one) for one in _by_decision(checkpoints)],
        now=now,
        moments=[moment_of(one) for one in events],
    )
    return LoadedStory(**rows, events=events, checkpoints=checkpoints, narrative=tell(facts))


def latest_payload(events: Sequence[LoopEvent]) -> dict[str, Any]:
    """What the stages have handed on so far; `events` are a loop's, in their order."""
    carried: dict[str, Any] = events[-1].details.get("payload", {}) if events else {}
    return carried


def _policy(trace: LoopTrace, payload: dict[str, Any]) -> PolicyRule | None:
    if "policy_id" not in payload:
        return None
    mine = PolicyRule.objects.filter(tenant=trace.tenant_id, pk=payload["policy_id"])
    # The story is the same for everybody, so it tells nobody what is blind to anybody.
    return mine.annotate(hides_opinions=hides_opinions()).first()


def _by_decision(checkpoints: Sequence[HumanCheckpoint]) -> list[HumanCheckpoint]:
    resolved = [(one.resolved_at, one.pk, one) for one in checkpoints if one.resolved_at]
    return [one for _, _, one in sorted(resolved, key=lambda entry: entry[:2])]
