"""Equivalent questions: which belong together, which stand apart, and which are looked at first.

A group is answered by one decision only after samples of it were opened. Version GROUPS_V1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any, Final

from loops.domain.payload import digest

SAMPLES: Final = 5
LEAST: Final = 2  # questions that make a group
SPREAD: Final = 0.10  # of confidence, around the group's median
# What tells one incident from the next, not what would be done about it.
OF_THE_SUBJECT: Final = frozenset({"incident_id", "recovery_id"})


@dataclass(frozen=True)
class Member:
    """One question of a group, as far as it matters for the group."""

    id: str
    created_at: datetime
    confidence: float | None
    agent: str
    claimed_by_another: str = ""
    is_deferred: bool = False


def group_key(
    *, checkpoint_type: str, stage: str, pattern: str, risk: int, contract: Mapping[str, Any]
) -> str:
    """SHA-256 in hex of everything that equivalent questions share: what kind of question, which
    pattern, which risk and band, how many must agree, and the same action with its parameters."""
    subject = contract.get("subject", {})
    shared = {key: value for key, value in subject.items() if key not in OF_THE_SUBJECT}
    return digest(
        {
            "checkpoint_type": checkpoint_type,
            "stage": stage,
            "pattern": pattern,
            "risk": risk,
            "band": contract.get("band"),
            "approvals": contract.get("approvals"),
            "subject": shared,
        }
    )


def apart(members: Sequence[Member]) -> dict[str, str]:
    """Those that are set apart from the rest, by id, each with the reason in a sentence."""
    known = [one.confidence for one in members if one.confidence is not None]
    middle = median(known) if known else None
    found = {one.id: _why_apart(one, middle) for one in members}
    return {pk: why for pk, why in found.items() if why}


def _why_apart(one: Member, middle: float | None) -> str:
    if one.claimed_by_another:
        return f"{one.claimed_by_another} looks at it."
    if one.is_deferred:
        return "Somebody deferred it."
    far = middle is not None and one.confidence is not None
    if far and abs((one.confidence or 0) - (middle or 0)) > SPREAD + 1e-9:
        return f"Its confidence, {one.confidence:.0%}, is far from the others' {middle:.0%}."
    return ""


def samples(members: Sequence[Member]) -> list[str]:
    """The ids of up to five different members to be opened: the oldest, the newest, the least and
    the most sure, and one of another agent. The same members always give the same samples."""
    by_age = sorted(members, key=lambda one: (one.created_at, one.id))
    by_confidence = sorted(members, key=lambda one: (one.confidence or 0.0, one.id))
    chosen = dict.fromkeys(
        one.id for one in (*by_age[:1], *by_age[-1:], *by_confidence[:1], *by_confidence[-1:])
    )
    agents = {one.agent for one in members if one.id in chosen}
    rest = [one for one in by_age if one.id not in chosen]
    others = [one for one in rest if one.agent not in agents]
    for one in [*others[:1], *(one for one in rest if one not in others[:1])]:
        if len(chosen) >= SAMPLES:
            break
        chosen[one.id] = None
    return list(chosen)[:SAMPLES]
