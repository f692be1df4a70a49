"""What became of a policy: every change of its mode, and every revision with what it changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from loops.domain.condition_words import condition_words
from loops.domain.legible import leaves
from loops.domain.narrative import POLICY_WORDS
from loops.domain.states import ActivationPath, PolicyAction, PolicyMode, PolicyScope
from loops.models import PolicyActivationAudit, PolicyRule, PolicyVersion
from loops.presenters.contracts import Change
from loops.presenters.looks import MODES, Look
from loops.presenters.wordings import SCOPE_WORDS
from m25console.models import User

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
    """The latest first; two queries."""
    rows = list(
        PolicyActivationAudit.objects.filter(policy=policy).order_by("-activated_at", "-pk")[:SHOWN]
    )
    people = _people([row.approval_path for row in rows])
    return [
        Move(
            mode=MODES[PolicyMode(row.new_mode)],
            how=PATHS.get(row.approval_path) or f"by {people.get(row.approval_path, 'a person')}",
            note=row.note,
            at=row.activated_at,
            confidence=row.confidence_at_activation,
        )
        for row in rows
    ]


def revisions_of(policy: PolicyRule) -> list[Revision]:
    """The latest first; one query."""
    rows = list(PolicyVersion.objects.filter(policy=policy).order_by("-revision")[:SHOWN])
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


def _people(paths: Sequence[str]) -> dict[str, str]:
    """The names of the people that paths like `human:7` stand for."""
    ids = {path: path.removeprefix(HUMAN) for path in paths if path.startswith(HUMAN)}
    known = User.objects.in_bulk([int(one) for one in ids.values() if one.isdigit()])
    found = {path: known.get(int(one)) for path, one in ids.items() if one.isdigit()}
    return {path: str(person) for path, person in found.items() if person}
