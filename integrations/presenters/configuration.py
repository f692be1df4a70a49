"""What an import would do, as the page shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from django.utils.translation import gettext_noop as _

from integrations.configuration.importing import Plan
from integrations.configuration.kinds import KINDS
from integrations.domain.configuration import FieldChange, Outcome, Result
from m25console.looks import Look

LOOKS: Final[Mapping[Outcome, Look]] = {
    Outcome.NEW: Look(_("New"), "ok", "plus"),
    Outcome.CHANGED: Look(_("Changed"), "warn", "pencil"),
    Outcome.REFUSED: Look(_("Refused"), "bad", "ban"),
    Outcome.UNCHANGED: Look(_("Unchanged"), "idle", "minus"),
}
WORDS: Final[Mapping[str, str]] = {kind.noun: kind.words for kind in KINDS}


@dataclass(frozen=True)
class ChangeLine:
    """A field in words; "" where there was nothing before."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class ResultLine:
    """One item: what it is, what would happen to it, and why or how."""

    kind: str
    name: str
    look: Look
    changes: Sequence[ChangeLine]
    reason: str


@dataclass(frozen=True)
class PlanPage:
    """The whole import: how much of what, and, if it changes anything, what to confirm. What
    stays as it is is only listed."""

    counts: Sequence[tuple[Look, int]]
    lines: Sequence[ResultLine]
    digest: str
    document: str
    changes: int
    unchanged: Sequence[ResultLine]


def plan_page(plan: Plan) -> PlanPage:
    """What would be done first, what is refused last."""
    order = list(LOOKS)
    results = sorted(plan.results, key=lambda one: order.index(one.outcome))
    stays = [one for one in results if one.outcome is Outcome.UNCHANGED]
    return PlanPage(
        counts=[(look, plan.count(outcome)) for outcome, look in LOOKS.items()],
        lines=[_line(one) for one in results if one.outcome is not Outcome.UNCHANGED],
        digest=plan.digest,
        document=orjson.dumps(plan.document).decode(),
        changes=plan.count(Outcome.NEW) + plan.count(Outcome.CHANGED),
        unchanged=[_line(one) for one in stays],
    )


def _line(result: Result) -> ResultLine:
    changes = [_change(one) for one in result.changes]
    return ResultLine(
        WORDS[result.noun], result.name, LOOKS[result.outcome], changes, result.reason
    )


def _change(change: FieldChange) -> ChangeLine:
    return ChangeLine(change.name, _words(change.before), _words(change.after))


def _words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else orjson.dumps(value).decode()
