"""The forms in which a policy's condition is written: what they begin with, and their faults."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from loops.actions.policy_edits import Rewritten
from loops.actions.policy_votes import votes_on
from loops.domain.condition_rows import Row, rows_of
from loops.domain.condition_words import FIELD_NAMES, OPERATOR_WORDS
from loops.domain.conditions import CONTEXT, MAX_CLAUSES, Condition
from loops.domain.legible import json_text
from loops.domain.narrative import POLICY_WORDS
from loops.domain.rule_edit import EDITABLE_SCOPES
from loops.domain.states import Operator, PolicyAction, PolicyScope
from loops.models import PolicyRule
from loops.opinions import confirmations_told
from loops.presenters.wordings import SCOPE_WORDS
from m25console.refusals import InvalidInput

BLANK_ROWS: Final = 3  # to write into; saving gives more
ACTIONS: Final[Mapping[PolicyAction, str]] = {
    action: words[0].upper() + words[1:] for action, words in POLICY_WORDS.items()
}
SCOPES: Final[Mapping[PolicyScope, str]] = {
    scope: SCOPE_WORDS[scope][0].upper() + SCOPE_WORDS[scope][1:] for scope in EDITABLE_SCOPES
}
FIELDS: Final = [*FIELD_NAMES.items(), (CONTEXT, "context…")]
OPERATORS: Final = [(one.value, OPERATOR_WORDS[one]) for one in Operator]
# Where a form shows the faults of what an action refused.
PLACES: Final = ("name", "action_type", "action_params", "scope_type", "reason")


@dataclass(frozen=True)
class EditorRow:
    """One row of the editor: numbered for its fields, with what is wrong with it."""

    number: int
    row: Row
    fault: str = ""


@dataclass(frozen=True)
class Editor:
    """The condition's part of a form."""

    rows: Sequence[EditorRow]
    fault: str = ""  # of the condition as a whole, or at a place that no row is


def beginning(condition: Condition) -> tuple[dict[str, Any], list[Row]]:
    """What a form begins with for this condition, and its rows."""
    known = rows_of(condition)
    initial = {
        "shape": "rows" if known else "json",
        "group": known.group if known else "all",
        "json": json_text(condition),
    }
    return initial, list(known.rows) if known else []


def beginning_of(policy: PolicyRule) -> tuple[dict[str, Any], list[Row]]:
    """The same for all that can be edited of a policy."""
    initial, rows = beginning(policy.conditions)
    is_agent = policy.scope_type == PolicyScope.AGENT
    params = policy.actions.get("params") or {}
    initial |= {
        "name": policy.name,
        "action_type": policy.actions["type"],
        "action_params": json.dumps(params, indent=2, ensure_ascii=False),
        "scope_type": policy.scope_type,
        "agent_id": policy.scope_id if is_agent else "",
        "version": policy.version,
    }
    return initial, rows


def losing_words(policy: PolicyRule) -> str:
    """Whose confirmations a new revision would drop, as far as the reader may know; one sentence.
    Two queries."""
    if confirmations_told(policy) is None:
        return "Opinions on it are blind; those given so far will not count any more."
    losing = [str(one) for one in votes_on(policy)]
    if not losing:
        return "Nobody has confirmed this revision, so no confirmation is lost."
    return f"No longer counted, and told so: the confirmation{_s(losing)} of {listed(losing)}."


def saved_words(saved: Rewritten) -> str:
    """What the person who edited reads next."""
    told = f"Saved as revision {saved.policy.revision}. It needs new confirmations."
    dropped = [str(one) for one in saved.dropped]
    if not dropped:
        return told
    return f"{told} What {listed(dropped)} had agreed to no longer counts."


def listed(names: Sequence[str]) -> str:
    """Names as people list them: "A, B and C"."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _s(names: Sequence[str]) -> str:
    return "s" if len(names) > 1 else ""


def editor(rows: Sequence[Row], faults: Mapping[str, Sequence[str]] | None = None) -> Editor:
    """The rows with some blank ones after them, and the faults of a condition where they are."""
    typed = [row for row in rows if not row.is_blank]
    by_row, rest = _placed(faults or {}, len(typed))
    blank = Row("", Operator.EQUALS.value, "")
    shown = [*typed, *[blank] * BLANK_ROWS][:MAX_CLAUSES]
    return Editor(
        [EditorRow(number, row, by_row.get(number, "")) for number, row in enumerate(shown)],
        " ".join(rest),
    )


def faults_by_field(refused: InvalidInput) -> dict[str, list[str]]:
    """Those that belong to a field of the form; a condition's are the editor's to show."""
    found: dict[str, list[str]] = {}
    for place, messages in refused.fields.items():
        field = place.split("/")[0]
        if field != "conditions":
            key = field if field in PLACES else "__all__"
            told = [
                f"{place.partition('/')[2]}: {one}" if "/" in place else one for one in messages
            ]
            found.setdefault(key, []).extend(told)
    return found


def _placed(faults: Mapping[str, Sequence[str]], count: int) -> tuple[dict[int, str], list[str]]:
    """Faults of a condition by row; and those that no row has, with their places."""
    by_row: dict[int, str] = {}
    rest: list[str] = []
    for place, messages in faults.items():
        parts = place.split("/")
        if parts[0] != "conditions":
            continue
        told = " ".join(messages)
        number = int(parts[2]) if len(parts) > 2 and parts[2].isdigit() else -1
        if 0 <= number < count:
            part = f"{parts[3].capitalize()}: " if len(parts) > 3 else ""
            by_row[number] = f"{part}{told[0].lower()}{told[1:]}" if part else told
        else:
            where = "/".join(parts[1:])
            rest.append(f"At {where}: {told}" if where else told)
    return by_row, rest
