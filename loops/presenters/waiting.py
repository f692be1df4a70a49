"""How much waits for people, as every page's navigation says it."""

from collections.abc import Mapping
from typing import Final

from loops import overview
from loops.domain.states import Risk
from m25console.access import Actor
from m25console.keyset import COUNTED_AT_MOST
from m25console.navigation import Count, Part

SIGNS: Final[Mapping[Risk, tuple[str, str, str]]] = {
    Risk.HIGH: ("high", "risk", "bad"),
    Risk.MEDIUM: ("medium", "risk", "warn"),
    Risk.LOW: ("low", "risk", "ok"),
}


def count_of(actor: Actor) -> Count | None:
    """The checkpoints that wait in this tenant, by risk; None if there are none. One query."""
    waiting = overview.waiting_in(actor.tenant, at_most=COUNTED_AT_MOST)
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
