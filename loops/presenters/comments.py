"""Remarks under a question, as their readers see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef

from loops.domain.mentions import parts_of
from loops.models import CommentMention, HumanCheckpoint
from loops.opinions import remarks_seen_by
from loops.presenters.people import called
from m25console.access import Actor
from m25console.models import Membership, Tenant
from m25console.together import Row, Rows

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


def remarked_on(checkpoint: HumanCheckpoint, *, actor: Actor) -> Rows:
    """The newest remarks that this reader may see, the newest first."""
    mentions = CommentMention.objects.filter(comment=OuterRef("pk")).order_by("pk")
    return (
        remarks_seen_by(actor)
        .filter(checkpoint=checkpoint)
        .order_by("-at", "-pk")
        .values(
            "at", "text",
            who=called("author"),
            names=ArraySubquery(mentions.values("person__username")),
        )[: SHOWN + 1]
    )  # fmt: skip


def members_of(tenant: Tenant) -> Rows:
    """The sign-in names of the tenant's members, as many as are offered."""
    members = Membership.objects.filter(tenant=tenant).order_by("user__username")
    return members.values(name=F("user__username"))[:OFFERED]


def remarks_of(rows: Sequence[Row], *, members: Sequence[Row]) -> Remarks:
    """The remarks by the rows of `remarked_on`, and whom one can call by those of `members_of`."""
    return Remarks(
        lines=[_remark(row) for row in reversed(rows[:SHOWN])],
        names=[row["name"] for row in members],
        are_cut=len(rows) > SHOWN,
    )


def _remark(row: Row) -> Remark:
    return Remark(row["who"], row["at"], parts_of(row["text"], frozenset(row["names"])))
