"""How much waits for people, as every page's navigation says it."""

from collections.abc import Mapping
from typing import Any, Final

from loops import overview
from loops.domain.states import Risk
from loops.overview import Waiting
from m25console.access import Actor
from m25console.keyset import COUNTED_AT_MOST, bounded
from m25console.navigation import Count, Part, Tally

SIGNS: Final[Mapping[Risk, tuple[str, str, str]]] = {
    Risk.HIGH: ("high", "risk", "bad"),
    Risk.MEDIUM: ("medium", "risk", "warn"),
    Risk.LOW: ("low", "risk", "ok"),
}


UNREAD_COUNTED: Final = 99


def tally_of(actor: Actor) -> Tally:
    """The checkpoints that wait in this tenant, and what this person has not read, by the keys of
    their entries; nothing where there are none."""
    parameters = overview.waiting_parameters(
        actor.tenant,
        person=actor.user,
        at_most=COUNTED_AT_MOST,
        unread_at_most=UNREAD_COUNTED,
    )
    return Tally(overview.WAITING, parameters, _counts)


def _counts(told: Mapping[str, Any]) -> Mapping[str, Count]:
    waiting = overview.waiting_of(told)
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
        Part(bounded(waiting.by_risk[risk], COUNTED_AT_MOST), *SIGNS[risk])
        for risk in SIGNS
        if risk in waiting.by_risk
    ]
    total = sum(waiting.by_risk.values())
    return Count(bounded(total, COUNTED_AT_MOST), parts, heard=True, limit=waiting.limit)
