"""How much waits for people, as every page's navigation says it."""

from collections.abc import Mapping
from typing import Final

from loops import overview
from loops.domain.states import Risk
from loops.overview import Waiting
from m25console.access import Actor
from m25console.keyset import COUNTED_AT_MOST
from m25console.navigation import Count, Part

SIGNS: Final[Mapping[Risk, tuple[str, str, str]]] = {
    Risk.HIGH: ("high", "risk", "bad"),
    Risk.MEDIUM: ("medium", "risk", "warn"),
    Risk.LOW: ("low", "risk", "ok"),
}


UNREAD_COUNTED: Final = 99


def counts_of(actor: Actor) -> dict[str, Count]:
    """The checkpoints that wait in this tenant, and what this person has not read, by the keys of
    their entries; nothing where there are none. One query."""
    waiting = overview.waiting_in(
        actor.tenant,
        person=actor.user,
        at_most=COUNTED_AT_MOST,
        unread_at_most=UNREAD_COUNTED,
    )
    counts = {"checkpoints": _checkpoints(waiting), "notifications": _unread(waiting)}
    return {key: count for key, count in counts.items() if count is not None}


def _unread(waiting: Waiting) -> Count | None:
    if not waiting.unread:
        return None
    told = f"{UNREAD_COUNTED}+" if waiting.unread > UNREAD_COUNTED else str(waiting.unread)
    return Count(told, [Part(told, "unread", "notifications", "info")])


def _checkpoints(waiting: Waiting) -> Count | None:
    if not waiting.by_risk:
        return None
    parts = [
        Part(_bounded(waiting.by_risk[risk]), *SIGNS[risk])
        for risk in SIGNS
        if risk in waiting.by_risk
    ]
    total = sum(waiting.by_risk.values())
    return Count(_bounded(total), parts, heard=True, limit=waiting.limit)


def _bounded(number: int) -> str:
    return f"{COUNTED_AT_MOST:,}+" if number > COUNTED_AT_MOST else f"{number:,}"
