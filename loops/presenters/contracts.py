"""What exactly is decided, field by field, and which fields changed since it was asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.urls import reverse

from loops.actions.contracts import Subject, subject_now
from loops.domain.condition_words import condition_words
from loops.domain.legible import leaves
from loops.domain.narrative import POLICY_WORDS, signed_percent
from loops.domain.payload import jsonable
from loops.domain.recovery import PHRASES
from loops.domain.states import SuggestionType
from loops.models import HumanCheckpoint
from loops.presenters.patterns import names_around
from loops.presenters.wordings import SCOPE_WORDS

LABELS: Final[Mapping[str, str]] = {
    "policy_name": "Policy",
    "policy_action": "What it does",
    "conditions": "When",
    "action_type": "Action",
    "suggestion_type": "Taken from",
    "pattern_id": "Pattern",
    "incident_id": "Incident",
    "policy_id": "Policy id",
    "scope_type": "Concerns",
    "scope_id": "Of",
    "magnitude": "Change of weight",
    "loop_id": "Loop",
    "asked_by": "Asked by",
    "reason": "Reason",
}
UNSEEN: Final = frozenset({"asked_by_id"})  # the name is shown instead
PAGES: Final[Mapping[str, str]] = {
    "pattern_id": "loops:pattern",
    "incident_id": "loops:incident",
    "policy_id": "loops:policy",
    "loop_id": "loops:loop-revert",
}
SOURCES: Final[Mapping[str, str]] = {
    SuggestionType.TEMPLATE: "the pattern's own template",
    SuggestionType.GENERATED: "the usual remedy for its error type",
    SuggestionType.NONE: "nowhere",
}
WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "action_type": dict(PHRASES.items()),
    "action_params.reason": {"unknown_error": "its type of error is not known"},
    "policy_action": {action: words.capitalize() for action, words in POLICY_WORDS.items()},
    "scope_type": dict(SCOPE_WORDS.items()),
    "suggestion_type": SOURCES,
}


@dataclass(frozen=True)
class Term:
    """One field of a contract."""

    label: str
    value: str
    url: str = ""
    id: str = ""  # of what the value names


@dataclass(frozen=True)
class Change:
    """A field that is not what it was when the decision was asked for; a dash: it was not there."""

    label: str
    asked: str
    now: str


def terms_of(checkpoint: HumanCheckpoint, about: Subject | None) -> list[Term]:
    """What an approval would approve now, every value in full. `about` is the target, if it can
    change."""
    names = names_around(checkpoint.incident)
    return terms_in(
        subject_told(checkpoint, about), people=checkpoint.approvers_required, names=names
    )


def terms_in(
    subject: Mapping[str, Any], *, people: int, names: Mapping[str, str] | None = None
) -> list[Term]:
    """The fields of a subject in words; `names` calls what an id stands for by its name."""
    order = list(LABELS)
    values = _values(subject)
    paths = sorted(
        values.keys() - UNSEEN, key=lambda path: order.index(path) if path in order else len(order)
    )
    terms = [_term(path, values, names or {}) for path in paths]
    needed = "one person" if people == 1 else f"{people} different people"
    return [*terms, Term("Who must agree", needed)]


def changes_of(checkpoint: HumanCheckpoint, about: Subject | None) -> list[Change]:
    """The fields that differ from those the decision was asked about."""
    asked = checkpoint.contract.get("subject", {})
    return differences(asked, subject_told(checkpoint, about))


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """The fields in which two subjects differ."""
    asked, present = _values(before), _values(after)
    return [
        Change(_label(path), _told(path, asked), _told(path, present))
        for path in sorted(asked.keys() | present.keys())
        if asked.get(path) != present.get(path)
    ]


def _term(path: str, subject: Mapping[str, str], names: Mapping[str, str]) -> Term:
    value, url = _value(path, subject[path]), _url(path, subject)
    if value not in names:
        return Term(_label(path), value, url)
    return Term(_label(path), names[value], url, id=value)


def subject_told(checkpoint: HumanCheckpoint, about: Subject | None) -> Mapping[str, Any]:
    """What would be decided now, as JSON holds it."""
    return jsonable(subject_now(checkpoint, about), path="subject")  # type: ignore[return-value]


def _values(subject: Mapping[str, Any]) -> dict[str, str]:
    """The values by their paths; a condition is one value, told in words."""
    told = {leaf.path: leaf.value for leaf in leaves({**subject, "conditions": None})}
    del told["conditions"]
    if "conditions" in subject:
        told["conditions"] = condition_words(subject["conditions"])
    return told


def _label(path: str) -> str:
    if path in LABELS:
        return LABELS[path]
    name = path.removeprefix("action_params.").removeprefix("action_")
    if name.startswith("agents["):
        return "Agent"
    if name.startswith("undoes["):
        return "Would undo"
    return name.replace("_", " ").capitalize()


def _told(path: str, values: Mapping[str, str]) -> str:
    return _value(path, values[path]) if path in values else "—"


def _value(path: str, value: str) -> str:
    if path == "magnitude":
        try:
            return signed_percent(Decimal(value))
        except InvalidOperation:
            return value
    told = WORDS.get(path, {}).get(value, value)
    return "none" if told in ("{}", "[]", "null") else told


def _url(path: str, subject: Mapping[str, str]) -> str:
    known = path in PAGES and subject[path] not in ("", "null")
    return reverse(PAGES[path], args=[subject[path]]) if known else ""
