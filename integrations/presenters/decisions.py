"""What limits said, as the list and the page of one decision show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from integrations.domain.decisions import Finding
from integrations.domain.enforcement import lets_through
from integrations.domain.states import Enforcement, FailMode
from integrations.models import EnforcementDecision, Integration
from integrations.presenters.looks import ANSWERS, FINDINGS
from integrations.templatetags.cents import dollars
from m25console import exports, keyset
from m25console.access import Actor
from m25console.exports import Column, Query, Table, field
from m25console.keyset import Order, Page, Place
from m25console.looks import Look
from m25console.models import Tenant

NEWEST: Final = Order("at")
SPANS: Final[Mapping[str, str]] = {"1": "The last day", "7": "The last week", "30": "30 days"}
FAIL_MODES: Final[Mapping[FailMode, str]] = {
    FailMode.OPEN: "lets calls through", FailMode.CLOSED: "stops calls",
}  # fmt: skip
LIMITS: Final[Mapping[str, str]] = {
    "budget": "Budget of the month",
    "tokens": "Tokens of the month",
    "rate": "Calls of the last 60 seconds",
}
COUNTERS: Final[Mapping[str, str]] = {
    "cus_usage_meters": "the month's meters",
    "cus_llm_usage": "the calls themselves",
}


@dataclass(frozen=True)
class DecisionLine:
    """One answer that was not a plain yes."""

    decision: EnforcementDecision
    integration: str
    look: Look
    would_be: Look | None  # where the limits only observe

    @property
    def sentence(self) -> str:
        return " ".join(one["message"] for one in self.decision.reasons)


@dataclass(frozen=True)
class LookedLine:
    """One limit as it stood at a decision, in words."""

    name: str
    look: Look
    used: str
    projected: str
    limit: str
    counter: str
    begins: datetime
    ends: datetime


@dataclass(frozen=True)
class DecisionPage:
    """One decision in full."""

    line: DecisionLine
    is_there: bool  # the integration it was about
    looked: Sequence[LookedLine]
    when_unread: str
    observed: bool


def chosen_from(query: Mapping[str, str]) -> dict[str, str]:
    """The filters an address names, without those nobody knows."""
    known: Mapping[str, Any] = {"result": set(Enforcement), "days": SPANS}
    chosen = {name: query[name] for name, values in known.items() if query.get(name) in values}
    asked = query.get("integration", "")
    return chosen | ({"integration": asked} if asked.isprintable() and asked else {})


def found_by(tenant: Tenant, chosen: Mapping[str, str], *, now: datetime) -> Any:
    """The decisions that pass the filters."""
    rows = EnforcementDecision.objects.for_tenant(tenant)
    if "result" in chosen:
        rows = rows.filter(result=chosen["result"])
    if "integration" in chosen:
        rows = rows.filter(integration_id=chosen["integration"])
    if "days" in chosen:
        rows = rows.filter(at__gt=now - timedelta(days=int(chosen["days"])))
    return rows


def decision_list(
    actor: Actor, *, chosen: Mapping[str, str], place: Place, now: datetime
) -> tuple[Page[EnforcementDecision], list[DecisionLine], Mapping[str, str]]:
    """A page of them, the newest first, and the integrations by id: two queries."""
    page = keyset.page(found_by(actor.tenant, chosen, now=now), order=NEWEST, place=place)
    mine = Integration.objects.for_tenant(actor.tenant).order_by("name", "id")
    names = dict(mine.values_list("pk", "name"))
    return page, lines_of(page.rows, names=names), names


def filters(
    chosen: Mapping[str, str], names: Mapping[str, str]
) -> list[tuple[str, str, list[tuple[str, str, bool]]]]:
    """Name, label, and the choices as value, words, whether it is chosen."""
    offered: Sequence[tuple[str, str, Mapping[Any, str]]] = (
        ("result", "Answer", {one: look.text for one, look in ANSWERS.items()}),
        ("integration", "Integration", names),
        ("days", "When", SPANS),
    )
    return [
        (name, label, [(one, words, chosen.get(name) == one) for one, words in choices.items()])
        for name, label, choices in offered
    ]


def lines_of(
    rows: Sequence[EnforcementDecision], *, names: Mapping[str, str]
) -> list[DecisionLine]:
    """Each decision as a line; an integration that is gone is told by its id."""
    return [_line(one, names.get(one.integration_id, one.integration_id)) for one in rows]


def decision_page(row: EnforcementDecision) -> DecisionPage:
    """One of them: one query besides its own."""
    mine = Integration.objects.filter(tenant_id=row.tenant_id, pk=row.integration_id)
    found = mine.values_list("name", "deleted_at").first()
    would_stop = not lets_through(Enforcement(row.would_be))
    return DecisionPage(
        line=_line(row, found[0] if found else row.integration_id),
        is_there=found is not None and found[1] is None,
        looked=[_looked(one) for one in row.looked],
        when_unread=FAIL_MODES[FailMode(row.fail_mode)],
        observed=would_stop and lets_through(Enforcement(row.result)),
    )


def table(actor: Actor, query: Query, now: datetime) -> Table[EnforcementDecision]:
    """What the filters let through, as a file."""
    chosen = chosen_from(query)
    columns: list[Column[EnforcementDecision]] = [
        field("decision_id", "id"), field("at"), field("integration_id"), field("result"),
        field("would_be"), field("degraded"), field("enforces"), field("wanted_cents"),
        field("wanted_tokens"), field("rules"), field("price_version"),
        Column("reasons", lambda row: "; ".join(one["code"] for one in row.reasons)),
    ]  # fmt: skip
    rows = found_by(actor.tenant, chosen, now=now)
    return exports.listed("decisions", rows, order=NEWEST, columns=columns, filters=chosen)


def _line(one: EnforcementDecision, name: str) -> DecisionLine:
    would_be = ANSWERS[Enforcement(one.would_be)] if one.would_be != one.result else None
    return DecisionLine(one, name, ANSWERS[Enforcement(one.result)], would_be)


def _looked(one: Mapping[str, Any]) -> LookedLine:
    words = dollars if one["limit_type"] == "budget" else _whole
    is_set = one["limit"] > 0
    return LookedLine(
        name=LIMITS[one["limit_type"]],
        look=FINDINGS[Finding(one["finding"])],
        used=words(one["used"]) if one["used"] is not None else "",
        projected=words(one["projected"]) if one["projected"] is not None else "",
        limit=words(one["limit"]) if is_set else "",
        counter=COUNTERS[one["counter"]] if one["used"] is not None else "",
        begins=datetime.fromisoformat(one["begins"]),
        ends=datetime.fromisoformat(one["ends"]),
    )


def _whole(number: float) -> str:
    return f"{number:,}"
