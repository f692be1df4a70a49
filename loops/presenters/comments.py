"""Remarks under a question, as their readers see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from loops.domain.mentions import parts_of
from loops.models import CheckpointComment, HumanCheckpoint
from loops.opinions import remarks_seen_by
from m25console.access import Actor
from m25console.models import Membership

SHOWN: Final = 200  # remarks, the newest; the page says if there are more
OFFERED: Final = 100  # names to choose from


@dataclass(frozen=True)
class Remark:
    """One remark in parts; a part that calls a member is marked."""

    who: str
    at: datetime
    parts: Sequence[tuple[str, bool]]


@dataclass(frozen=True)
class Remarks:
    """What was remarked, the oldest first, and whom one can call."""

    lines: Sequence[Remark]
    names: Sequence[str]
    are_cut: bool


def remarks_on(checkpoint: HumanCheckpoint, *, actor: Actor) -> Remarks:
    """The remarks that this reader may see: two queries, and two more if there are any."""
    rows = remarks_seen_by(actor).filter(checkpoint=checkpoint)
    newest = list(
        rows.select_related("author")
        .prefetch_related("mentions__person")
        .order_by("-at", "-pk")[: SHOWN + 1]
    )
    members = Membership.objects.filter(tenant=actor.tenant).order_by("user__username")
    return Remarks(
        lines=[_remark(one) for one in reversed(newest[:SHOWN])],
        names=list(members.values_list("user__username", flat=True)[:OFFERED]),
        are_cut=len(newest) > SHOWN,
    )


def _remark(one: CheckpointComment) -> Remark:
    known = frozenset(mention.person.username for mention in one.mentions.all())
    return Remark(str(one.author), one.at, parts_of(one.text, known))
