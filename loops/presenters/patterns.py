"""Patterns as lists and pages show them."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db.models import QuerySet

from loops.domain.legible import json_text
from loops.domain.matching import VERSION as MESSAGE_VERSION
from loops.domain.recovery import in_words
from loops.domain.signature import NORMALISED, V1
from loops.domain.states import ActionType, PolicyMode
from loops.models import FailurePattern, Incident, LoopEvent, PolicyRule, RecoveryCandidate
from loops.opinions import hides_opinions
from loops.presenters.agreement import AgreementPanel, agreement_with
from loops.presenters.calibrations import ReliabilityTable, table_of
from loops.presenters.incidents import IncidentRow, rows_from
from loops.presenters.looks import MODES, NOTED, RECOVERIES, look_of_recovery, marks_of
from loops.presenters.matches import FIELD_WORDS, matchings_of, reasons_from
from loops.presenters.occurrences import PAGE_LIMIT, Chart, charts
from m25console import keyset
from m25console.keyset import Order, Page, Place
from m25console.looks import Look
from m25console.models import Tenant
from m25console.together import fetch_together

WILD: Final = "<*>"
PAGE_SIZE: Final = 25
INCIDENTS_SHOWN: Final = 20
RECOVERIES_SHOWN: Final = 10
RECOVERIES_COUNTED: Final = 1000
FREQUENT: Final = "frequent"
LATEST: Final = "latest"
ORDERS: Final[Mapping[str, Order]] = {
    FREQUENT: Order("occurrence_count", kind=int),
    LATEST: Order("last_occurrence_at"),
}
ORDER_WORDS: Final[Mapping[str, str]] = {FREQUENT: "Most frequent", LATEST: "Latest"}
_ROW_COLUMNS: Final = (
    "tenant_id", "error_type", "signature", "signature_version", "template_text",
    "occurrence_count", "created_at", "last_occurrence_at",
)  # fmt: skip
_NO_CAUSE: Final = "they say when and how badly it failed, not what failed"
_IGNORED_BY_MESSAGE: Final[Mapping[str, str]] = {
    "Values in the places marked <*>": "they differ from one occurrence to the next",
    "Endpoint, status code, agent, capability, context": "the message says more than they do",
    "Severity, time and run": _NO_CAUSE,
}
_IGNORED_BY_FIELDS: Final[Mapping[str, str]] = {
    "Values in the context": "they differ from one occurrence to the next; its names take part",
    "Title and agent": "any agent may meet the same failure",
    "Severity, time and run": _NO_CAUSE,
}


@dataclass(frozen=True)
class Piece:
    """A stretch of a template: constant text, or a place that varies."""

    text: str
    varies: bool


@dataclass(frozen=True)
class PatternRow:
    """One pattern in a list."""

    pattern: FailurePattern
    pieces: Sequence[Piece]
    chart: Chart
    mode: Look | None


@dataclass(frozen=True)
class Part:
    """One part of a signature."""

    name: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class RecoveryLine:
    """A recovery suggested for the pattern, and what became of it."""

    recovery: RecoveryCandidate
    marks: Sequence[Look]


@dataclass(frozen=True)
class Tally:
    look: Look
    times: int


@dataclass(frozen=True)
class PatternPage:
    """One pattern with everything it led to."""

    pattern: FailurePattern
    pieces: Sequence[Piece]
    contributing: Sequence[Part]
    ignored: Mapping[str, str]  # why, by what is not looked at
    by_message: bool
    outdated: str  # the rules in use now, if it was signed by earlier ones
    chart: Chart
    incidents: Sequence[IncidentRow]
    recoveries: Sequence[RecoveryLine]
    tallies: Sequence[Tally]  # of the last RECOVERIES_COUNTED
    policy: PolicyRule | None
    mode: Look | None
    agreement: AgreementPanel
    reliability: ReliabilityTable
    remedy: str
    remedy_params: str


def order_from(query: Mapping[str, str]) -> str:
    """The name of the order an address wants."""
    wanted = query.get("order", FREQUENT)
    return wanted if wanted in ORDERS else FREQUENT


def pattern_list(
    tenant: Tenant, *, order: str, place: Place, now: datetime
) -> tuple[Page[FailurePattern], list[PatternRow]]:
    """A page of patterns: three queries."""
    known = FailurePattern.objects.for_tenant(tenant).known().only(*_ROW_COLUMNS)
    page = keyset.page(known, order=ORDERS[order], place=place, size=PAGE_SIZE)
    ids = [one.pk for one in page.rows]
    drawn = charts(tenant=tenant, pattern_ids=ids, now=now)
    rules = PolicyRule.objects.for_tenant(tenant).live().filter(source_pattern__in=ids)
    modes = {rule.source_pattern_id: rule.mode for rule in rules.only("source_pattern", "mode")}
    rows = [
        PatternRow(
            pattern=one,
            pieces=pieces(one),
            chart=drawn[one.pk],
            mode=MODES[PolicyMode(modes[one.pk])] if one.pk in modes else None,
        )
        for one in page.rows
    ]
    return page, rows


def pattern_page(pattern: FailurePattern, *, now: datetime) -> PatternPage:
    """A pattern in full, loaded with its calibration: four queries."""
    tenant = pattern.tenant
    lists = _lists_of(pattern)
    rule = _standing(lists.rules)
    by_message = pattern.signature_version == MESSAGE_VERSION
    template = pattern.recovery_template or {}
    return PatternPage(
        pattern=pattern,
        pieces=pieces(pattern),
        contributing=_contributing(pattern, by_message=by_message),
        ignored=_IGNORED_BY_MESSAGE if by_message else _IGNORED_BY_FIELDS,
        by_message=by_message,
        outdated=NORMALISED if pattern.signature_version == V1 else "",
        chart=charts(tenant=tenant, pattern_ids=[pattern.pk], now=now, limit=PAGE_LIMIT)[
            pattern.pk
        ],
        incidents=rows_from(lists.incidents, reasons_from(lists.matchings)),
        recoveries=[RecoveryLine(one, marks_of(one)) for one in lists.recoveries],
        tallies=_tallies(lists.counted),
        policy=rule,
        mode=MODES[PolicyMode(rule.mode)] if rule else None,
        agreement=agreement_with(pattern),
        reliability=table_of(pattern),
        remedy=_remedy(template),
        remedy_params=json_text(template["action_params"]) if template.get("action_params") else "",
    )


class _Lists(NamedTuple):
    """The rows around one pattern, each list in the order it is shown."""

    rules: QuerySet[PolicyRule]
    incidents: QuerySet[Incident]
    matchings: QuerySet[LoopEvent]  # of these incidents
    recoveries: QuerySet[RecoveryCandidate]
    counted: QuerySet[RecoveryCandidate]


def _lists_of(pattern: FailurePattern) -> _Lists:
    """All of them; one query."""
    seen = Incident.objects.for_tenant(pattern.tenant).of_pattern(pattern.pk).newest_first()
    made = RecoveryCandidate.objects.for_tenant(pattern.tenant).filter(source_pattern=pattern)
    lists = _Lists(
        rules=_rules_against(pattern),
        incidents=seen.select_related("matched_pattern", "loop").defer(
            "error_message", "context", "matched_pattern__message_template"
        )[:INCIDENTS_SHOWN],
        matchings=matchings_of(pattern.tenant, seen.values("pk")[:INCIDENTS_SHOWN]),
        recoveries=made.newest_first()[:RECOVERIES_SHOWN],
        counted=made.order_by("-created_at").only("status", "requires_confirmation")[
            :RECOVERIES_COUNTED
        ],
    )
    fetch_together(*lists)
    return lists


def pieces(pattern: FailurePattern) -> list[Piece]:
    """What the pattern is recognised by, in one line, with the varying places apart."""
    text = name_of(pattern)
    return [Piece(one, one == WILD) for one in re.split(f"({re.escape(WILD)})", text) if one]


def name_of(pattern: FailurePattern) -> str:
    """What people read where machines have the pattern's id."""
    return pattern.template_text or described(pattern)


def names_around(incident: Incident) -> dict[str, str]:
    """The names of an incident and its pattern, by id."""
    return {incident.pk: incident.title} | named(incident.matched_pattern)


def named(pattern: FailurePattern | None) -> dict[str, str]:
    """The name of a pattern by its id, as sentences that mention it want it."""
    return {pattern.pk: name_of(pattern)} if pattern else {}


def described(pattern: FailurePattern) -> str:
    """A pattern without messages, by the fields it compares."""
    fields: Mapping[str, Any] = pattern.signature
    known = [
        f"{words} {fields[name]}"
        for name, words in FIELD_WORDS.items()
        if name != "error_type" and fields.get(name) is not None
    ]
    return ", ".join([pattern.error_type, *known])


def _contributing(pattern: FailurePattern, *, by_message: bool) -> list[Part]:
    fields: Mapping[str, Any] = pattern.signature
    if by_message:
        return [
            Part("Error type", pattern.error_type, "must be equal"),
            Part("Error code", fields.get("error_code") or "none", "must be equal"),
            Part("Message", pattern.template_text, "its constant words, in their order"),
        ]
    parts = [
        Part(words.capitalize(), _value(fields.get(name)), "compared")
        for name, words in FIELD_WORDS.items()
    ]
    keys = ", ".join(fields.get("context_keys", ())) or "none"
    return [*parts, Part("Names in the context", keys, "for an exact match only")]


def _value(value: object) -> str:
    return "none" if value is None else str(value)


def policy_against(pattern: FailurePattern) -> PolicyRule | None:
    """The live policy against a pattern, else the last one; one query."""
    return _standing(_rules_against(pattern))


def _rules_against(pattern: FailurePattern) -> QuerySet[PolicyRule]:
    rules = PolicyRule.objects.filter(tenant=pattern.tenant_id, source_pattern=pattern)
    rules = rules.annotate(hides_opinions=hides_opinions())
    return rules.newest_first()[:RECOVERIES_SHOWN]


def _standing(rules: Iterable[PolicyRule]) -> PolicyRule | None:
    newest = list(rules)
    live = [rule for rule in newest if rule.mode != PolicyMode.DISABLED]
    return next(iter(live or newest), None)


def _tallies(made: Iterable[RecoveryCandidate]) -> list[Tally]:
    counted = Counter(look_of_recovery(one) for one in made)
    return [Tally(look, counted[look]) for look in (NOTED, *RECOVERIES.values()) if counted[look]]


def _remedy(template: Mapping[str, Any]) -> str:
    """The pattern's own remedy in words; empty when it has none."""
    action = str(template.get("action_type", ""))
    if action not in ActionType:
        return action
    return in_words(action_type=ActionType(action), params=template.get("action_params") or {})
