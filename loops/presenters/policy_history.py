"""What became of a policy: every change of its mode, and every revision with what it changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from django.db.models import IntegerField, QuerySet
from django.db.models.functions import Cast, Substr

from loops.domain.condition_words import condition_words
from loops.domain.legible import leaves
from loops.domain.narrative import POLICY_WORDS
from loops.domain.states import ActivationPath, PolicyAction, PolicyMode, PolicyScope
from loops.models import PolicyActivationAudit, PolicyRule, PolicyVersion
from loops.presenters.contracts import Change
from loops.presenters.looks import MODES
from loops.presenters.wordings import SCOPE_WORDS
from m25console.looks import Look
from m25console.models import User
from m25console.together import fetch_together

SHOWN: Final = 50  # of each, the latest
PATHS: Final[Mapping[str, str]] = {
    ActivationPath.AUTO: "by itself, as it had earned",
    ActivationPath.THRESHOLD: "by the confirmations it needed",
    ActivationPath.REGRET: "because it did too much harm",
    ActivationPath.PROMISE_BROKEN: "because it did not do what it had promised",
    ActivationPath.GRADUATION_LOST: "because the evidence that let it activate itself is gone",
    ActivationPath.REVERT: "because its loop was reverted",
}
HUMAN: Final = "human:"


@dataclass(frozen=True)
class Move:
    """One change of mode."""

    mode: Look
    how: str
    note: str
    at: datetime
    confidence: float


@dataclass(frozen=True)
class Revision:
    """One revision, and what it changed of the one before."""

    number: int
    who: str
    note: str
    at: datetime
    changes: Sequence[Change]


def moves_of(policy: PolicyRule) -> list[Move]:
    """The latest first; one query."""
    rows, people = changes_of_mode(policy), movers_of(policy)
    fetch_together(rows, people)
    return moves_from(rows, people)


def changes_of_mode(policy: PolicyRule) -> QuerySet[PolicyActivationAudit]:
    """The rows of its moves, the latest first."""
    rows = PolicyActivationAudit.objects.filter(policy=policy)
    return rows.order_by("-activated_at", "-pk")[:SHOWN]


def movers_of(policy: PolicyRule) -> QuerySet[User]:
    """The people who moved it, whom paths like `human:7` stand for."""
    by_people = PolicyActivationAudit.objects.filter(
        policy=policy, approval_path__regex=rf"^{HUMAN}[0-9]{{1,9}}$"
    )
    number = Cast(Substr("approval_path", len(HUMAN) + 1), IntegerField())
    return User.objects.filter(pk__in=by_people.values_list(number, flat=True))


def moves_from(rows: Iterable[PolicyActivationAudit], people: Iterable[User]) -> list[Move]:
    """The moves that these rows tell of, in their order."""
    names = {f"{HUMAN}{one.pk}": str(one) for one in people}
    return [
        Move(
            mode=MODES[PolicyMode(row.new_mode)],
            how=PATHS.get(row.approval_path) or f"by {names.get(row.approval_path, 'a person')}",
            note=row.note,
            at=row.activated_at,
            confidence=row.confidence_at_activation,
        )
        for row in rows
    ]


def versions_of(policy: PolicyRule) -> QuerySet[PolicyVersion]:
    """The rows of its revisions, the latest first."""
    return PolicyVersion.objects.filter(policy=policy).order_by("-revision")[:SHOWN]


def revisions_from(versions: Iterable[PolicyVersion]) -> list[Revision]:
    """The revisions that these rows tell of, the latest first."""
    rows = list(versions)
    pairs: list[tuple[PolicyVersion, PolicyVersion | None]] = [*pairwise(rows)]
    if rows:
        pairs.append((rows[-1], None))
    return [
        Revision(
            number=row.revision,
            who=row.changed_by,
            note=row.note,
            at=row.at,
            changes=changes_between(before, row) if before else [],
        )
        for row, before in pairs
    ]


def changes_between(
    before: PolicyVersion | PolicyRule, after: PolicyVersion | PolicyRule
) -> list[Change]:
    """What one revision says otherwise than another."""
    old, new = _told(before), _told(after)
    return [
        Change(label, old.get(label, "—"), new.get(label, "—"))
        for label in dict.fromkeys([*old, *new])
        if old.get(label) != new.get(label)
    ]


def _told(one: PolicyVersion | PolicyRule) -> dict[str, str]:
    """The content by what people call its parts."""
    params = {leaf.path: leaf.value for leaf in leaves(one.actions.get("params") or {})}
    params.pop("", None)  # of an empty object
    return {
        "Name": one.name,
        "What it does": POLICY_WORDS[PolicyAction(one.actions["type"])],
        "When": condition_words(one.conditions),
        "Concerns": SCOPE_WORDS[PolicyScope(one.scope_type)],
        "Of": one.scope_id,
        **{f"Parameter {name}": value for name, value in params.items()},
    }
