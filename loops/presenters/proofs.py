"""The rows a gate rests on, in words and with the way to each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import F, QuerySet, Value, Window
from django.db.models.functions import Lag
from django.urls import reverse
from django.utils.text import Truncator

from loops.domain.graduation import WINDOW
from loops.domain.states import GateKey, GraduationLevel
from loops.models import GraduationHistory, PreventionRecord, RegretEvent, TimelineView
from m25console.looks import Look
from m25console.models import Tenant
from m25console.together import fetch_together

LEVELS: Final[Mapping[GraduationLevel, Look]] = {
    GraduationLevel.ALPHA: Look("Alpha", "idle", "circle-dashed"),
    GraduationLevel.BETA: Look("Beta", "info", "circle-dot"),
    GraduationLevel.CANDIDATE: Look("Candidate", "accent", "circle"),
    GraduationLevel.COMPLETE: Look("Complete", "ok", "circle-check"),
    GraduationLevel.DEGRADED: Look("Degraded", "bad", "alert-triangle"),
}
CHANGES_SHOWN: Final = 50
CHART_WIDTH: Final = 600
TITLE_CHARACTERS: Final = 80


@dataclass(frozen=True)
class Proof:
    """One row of evidence. `words` is empty if the row is gone."""

    id: str
    at: datetime
    seal: str
    words: str
    url: str


@dataclass(frozen=True)
class Spell:
    """A time at one level; `x` and `width` place it in a chart of CHART_WIDTH."""

    look: Look
    begins: datetime
    ends: datetime | None  # None: it lasts
    reason: str
    x: float
    width: float


def proofs_of(
    kept: Mapping[GateKey, Sequence[Sequence[str]]], *, tenant: Tenant
) -> dict[GateKey, list[Proof]]:
    """The rows a computation named, by gate, the newest first; one query."""
    rows = {
        key: _ROWS[key].filter(tenant=tenant, pk__in=[name for name, *_ in named])
        for key, named in kept.items()
    }
    fetch_together(*rows.values())
    told = {key: {one.pk: _WORDS[key](one) for one in rows[key]} for key in kept}
    return {
        key: [
            Proof(name, datetime.fromisoformat(at), sealed, *told[key].get(name, ("", "")))
            for name, at, sealed in named
        ]
        for key, named in kept.items()
    }


def spells_of(tenant: Tenant, *, now: datetime) -> list[Spell]:
    """The levels of the last 30 days, the latest first; one query."""
    since = now - WINDOW
    changed = (
        GraduationHistory.objects.filter(tenant=tenant, computed_at__gt=since)
        .annotate(
            before=Window(Lag("level", default=Value("")), order_by=[F("computed_at"), F("id")])
        )
        .exclude(level=F("before"))
        .order_by("-computed_at", "-id")
    )
    spells: list[Spell] = []
    ends: datetime | None = None
    for row in changed[:CHANGES_SHOWN]:
        spells.append(_spell(row, ends, since=since, now=now))
        ends = row.computed_at
    return spells


def _spell(
    row: GraduationHistory, ends: datetime | None, *, since: datetime, now: datetime
) -> Spell:
    x = (row.computed_at - since) / WINDOW * CHART_WIDTH
    until = ((ends or now) - since) / WINDOW * CHART_WIDTH
    return Spell(
        look=LEVELS[GraduationLevel(row.level)],
        begins=row.computed_at,
        ends=ends,
        reason=row.degradation_reason,
        x=round(x, 1),
        width=round(max(3.0, until - x), 1),
    )


def _of_prevention(one: PreventionRecord) -> tuple[str, str]:
    return (
        f"{one.policy.name} stopped a recurrence",
        reverse("loops:prevention", args=[one.pk]),
    )


def _of_demotion(one: RegretEvent) -> tuple[str, str]:
    return (
        f"{one.policy.name} was disabled for harm of severity {one.severity}",
        f"{reverse('loops:policy-regret', args=[one.policy_id])}#{one.pk}",
    )


def _of_view(one: TimelineView) -> tuple[str, str]:
    title = Truncator(one.incident.title).chars(TITLE_CHARACTERS)
    return f"{one.user} read “{title}”", reverse("loops:timeline", args=[one.incident_id])


_ROWS: Final[Mapping[GateKey, QuerySet[Any]]] = {
    GateKey.PREVENTION: PreventionRecord.objects.select_related("policy"),
    GateKey.ROLLBACK: RegretEvent.objects.select_related("policy"),
    GateKey.TIMELINE: TimelineView.objects.select_related("user", "incident").defer(
        "incident__context", "incident__error_message"
    ),
}
# What one of them says, and the address that it leads to.
_WORDS: Final[Mapping[GateKey, Any]] = {
    GateKey.PREVENTION: _of_prevention,
    GateKey.ROLLBACK: _of_demotion,
    GateKey.TIMELINE: _of_view,
}
