"""The views that a person keeps of the queue, and those shared with them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet

from loops.actions.saved_views import check_changes
from loops.models import SavedView
from loops.presenters.queue_filters import Filters, told
from m25console.access import Actor, Verdict, verdict

LISTED: Final = 100


@dataclass(frozen=True)
class View:
    """One view. It is `changed` while other filters are chosen than it keeps."""

    id: int
    name: str
    url: str
    owner: str  # empty for the reader
    is_shared: bool
    is_chosen: bool
    changed: bool
    changing: Verdict


@dataclass(frozen=True)
class Views:
    """All views of one person, and what could be kept as another."""

    listed: Sequence[View]
    query: str  # what is chosen now

    @property
    def chosen(self) -> View | None:
        return next((view for view in self.listed if view.is_chosen), None)


def views_kept(actor: Actor) -> QuerySet[SavedView]:
    """The views this person may open, by name."""
    rows = SavedView.objects.for_tenant(actor.tenant).visible_to(actor.user)
    return rows.select_related("owner").order_by("name", "pk")[:LISTED]


def views_of(
    kept: Iterable[SavedView], actor: Actor, filters: Filters, query: Mapping[str, str]
) -> Views:
    """The views among `views_kept`; ?view= says which one is open."""
    now = told(filters)
    return Views([_view(one, actor, now=now, opened=query.get("view", "")) for one in kept], now)


def _view(one: SavedView, actor: Actor, *, now: str, opened: str) -> View:
    mine = actor.user is not None and one.owner_id == actor.user.pk
    chosen = opened == str(one.pk)
    return View(
        id=one.pk,
        name=one.name,
        url=f"?{one.query}&view={one.pk}" if one.query else f"?view={one.pk}",
        owner="" if mine else str(one.owner),
        is_shared=one.is_shared,
        is_chosen=chosen,
        changed=chosen and one.query != now,
        changing=verdict(check_changes, actor, one),
    )
