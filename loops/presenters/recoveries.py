"""Recoveries as lists and pages show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from loops.domain.legible import json_text
from loops.models import (
    HumanCheckpoint,
    RecoveryCandidate,
    RecoveryExecution,
    RecoveryProvenance,
    SuggestionAction,
)
from loops.presenters.looks import (
    EXECUTIONS,
    RECOVERIES,
    VERIFICATIONS,
    look_of_execution,
    marks_of,
)
from m25console import keyset
from m25console.keyset import Order, Page, Place
from m25console.looks import Look
from m25console.models import Tenant

NEWEST: Final = Order("created_at")
SHOWN: Final = 20  # executions of one recovery
STEPS: Final = 100  # of its history
RATED: Final = 2000  # of a tenant's executions, the newest
FILTERS: Final[Mapping[str, Mapping[Any, Look]]] = {
    "status": RECOVERIES,
    "execution_status": EXECUTIONS,
    "verification": VERIFICATIONS,
}
LABELS: Final = {
    "status": "Decision",
    "execution_status": "Carried out",
    "verification": "Did it help",
}


@dataclass(frozen=True)
class Filter:
    """One way to narrow the list."""

    name: str
    label: str
    choices: Sequence[tuple[str, str, bool]]  # value, words, whether it is chosen


@dataclass(frozen=True)
class RecoveryRow:
    """One recovery in a list: what was decided, done, and whether it helped."""

    recovery: RecoveryCandidate
    marks: Sequence[Look]


@dataclass(frozen=True)
class ExecutionCard:
    """One execution: how it stands, and what was or will be sent."""

    execution: RecoveryExecution
    look: Look
    request: str
    result: str


@dataclass(frozen=True)
class RecoveryPage:
    """One recovery with what the rules said, its executions and its history."""

    recovery: RecoveryCandidate
    marks: Sequence[Look]
    findings: Sequence[Mapping[str, Any]]
    summary: Mapping[str, Any]
    executions: Sequence[ExecutionCard]
    history: Sequence[RecoveryProvenance]
    question: HumanCheckpoint | None  # that waits for an answer about it


@dataclass(frozen=True)
class ActionRow:
    """One action of the catalogue, and how it went for this tenant lately."""

    action: SuggestionAction
    tried: int
    succeeded: int


def chosen_from(query: Mapping[str, str]) -> dict[str, str]:
    """The filters an address names, without those nobody knows."""
    return {name: query[name] for name, looks in FILTERS.items() if query.get(name) in looks}


def filters(chosen: Mapping[str, str]) -> list[Filter]:
    return [
        Filter(
            name,
            LABELS[name],
            [(value, look.text, chosen.get(name) == value) for value, look in looks.items()],
        )
        for name, looks in FILTERS.items()
    ]


def recovery_list(
    tenant: Tenant, *, chosen: Mapping[str, str], place: Place
) -> tuple[Page[RecoveryCandidate], list[RecoveryRow]]:
    """A page of recoveries, the newest first: one query."""
    rows = RecoveryCandidate.objects.for_tenant(tenant).filter(**chosen)
    wanted = rows.select_related("source_incident", "selected_action")
    page = keyset.page(wanted, order=NEWEST, place=place)
    return page, [RecoveryRow(one, marks_of(one)) for one in page.rows]


def recovery_page(recovery: RecoveryCandidate) -> RecoveryPage:
    """A recovery in full: three queries, if its tenant is at hand."""
    waiting = HumanCheckpoint.objects.for_tenant(recovery.tenant).pending()
    executions = RecoveryExecution.objects.filter(recovery=recovery).select_related("action")
    history = RecoveryProvenance.objects.filter(recovery=recovery).oldest_first()
    *findings, summary = recovery.rules_evaluated or [{}]
    return RecoveryPage(
        recovery=recovery,
        marks=marks_of(recovery),
        findings=findings,
        summary=summary,
        executions=[_card(one) for one in executions.newest_first()[:SHOWN]],
        history=list(history[:STEPS]),
        question=waiting.filter(trace=recovery.trace_id, target_id=recovery.pk).first(),
    )


def _card(execution: RecoveryExecution) -> ExecutionCard:
    recorded = bool((execution.result or {}).get("recorded"))
    return ExecutionCard(
        execution=execution,
        look=look_of_execution(execution.status, recorded=recorded),
        request=json_text(execution.request),
        result=json_text(execution.result) if execution.result else "",
    )


def action_rows(tenant: Tenant) -> list[ActionRow]:
    """The catalogue with this tenant's latest executions by its endpoint: two queries."""
    rows = RecoveryExecution.objects.for_tenant(tenant).newest_first()
    latest = rows.values_list("action", "executor", "status", "is_dry_run")[:RATED]
    ended = [
        (action, status)
        for action, executor, status, is_dry_run in latest
        if executor == "webhook" and not is_dry_run and status in ("succeeded", "failed")
    ]
    return [
        ActionRow(
            action,
            sum(pk == action.pk for pk, _ in ended),
            sum(pk == action.pk and status == "succeeded" for pk, status in ended),
        )
        for action in SuggestionAction.objects.order_by("-priority", "action_code")
    ]
