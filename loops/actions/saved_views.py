"""Keeping filters of the queue under a name. One transaction each."""

from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from loops.models import SavedView
from m25console import audit
from m25console.access import Actor, check_reviews
from m25console.refusals import InvalidInput, NotFound, NotPermitted

MAX_NAME: Final = 80
MAX_QUERY: Final = 2000
MOST_OF_ONE_PERSON: Final = 50


@transaction.atomic
def save(*, name: str, query: str, is_shared: bool, by: Actor, now: datetime) -> SavedView:
    """Keep the filters that `query` says, for this person or for the whole tenant.

    Raises NotPermitted for whom is nobody, or shares without being a reviewer; InvalidInput for a
    name the person has given already, and beyond fifty views.
    """
    if by.user is None:
        raise NotPermitted("Only people keep views.")
    if is_shared:
        check_reviews(by)
    mine = SavedView.objects.for_tenant(by.tenant).filter(owner=by.user)
    if mine.count() >= MOST_OF_ONE_PERSON:
        raise _refused("You keep fifty views, the most there may be; delete one first.")
    view = SavedView(
        tenant=by.tenant, owner=by.user, name=_named(name), query=query[:MAX_QUERY],
        is_shared=is_shared, created_at=now,
    )  # fmt: skip
    _write(view, mine=True)
    audit.record(by=by, action="view.saved", about=view, after=_told(view), now=now)
    return view


@transaction.atomic
def change(
    *, view_id: int, by: Actor, now: datetime, name: str | None = None, query: str | None = None
) -> SavedView:
    """Give a view another name, other filters or both: one's own, or as an admin one that is
    shared.

    Raises NotFound, also for what another keeps for themselves, NotPermitted, and InvalidInput for
    a name its owner has given already.
    """
    view = _held(view_id, by=by)
    check_changes(by, view)
    before = _told(view)
    view.name = view.name if name is None else _named(name)
    view.query = view.query if query is None else query[:MAX_QUERY]
    if _told(view) != before:
        _write(view, mine=view.owner == by.user)
        after = _told(view)
        audit.record(by=by, action="view.changed", about=view, before=before, after=after, now=now)
    return view


@transaction.atomic
def delete(*, view_id: int, by: Actor, now: datetime) -> SavedView:
    """Forget a view: one's own, or as an admin one that is shared. The view as it was.

    Raises NotFound, also for what another keeps for themselves, and NotPermitted.
    """
    view = _held(view_id, by=by)
    check_changes(by, view)
    audit.record(by=by, action="view.deleted", about=view, before=_told(view), now=now)
    view.delete()
    view.pk = view_id  # Django takes it away, and the caller may say which it was
    return view


def check_changes(by: Actor, view: SavedView) -> None:
    """Whether the view is this person's, or shared and they administer the tenant."""
    own = by.user is not None and view.owner_id == by.user.pk
    if not own and not (view.is_shared and by.can_administer):
        raise NotPermitted("Only who made this view, or an admin, can change or delete it.")


def _held(view_id: int, *, by: Actor) -> SavedView:
    """A view this person may open, locked."""
    rows = SavedView.objects.for_tenant(by.tenant).select_for_update(of=("self",))
    view = rows.visible_to(by.user).filter(pk=view_id).select_related("owner").first()
    if view is None:
        raise NotFound("There is no such view.")
    return view


def _write(view: SavedView, *, mine: bool) -> None:
    """Raises InvalidInput if its owner has given another view this name."""
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError:
        whose = "You have" if mine else f"{view.owner} has"
        raise _refused(f"{whose} a view of this name already; give it another.") from None


def _named(name: str) -> str:
    kept = " ".join(name.replace("\0", "").split())
    if not kept:
        raise _refused("Give the view a name.")
    if len(kept) > MAX_NAME:
        raise _refused(f"A name has {MAX_NAME} characters at most.")
    return kept


def _refused(reason: str) -> InvalidInput:
    return InvalidInput(reason, fields={"name": [reason]})


def _told(view: SavedView) -> dict[str, str | bool]:
    return {"name": view.name, "query": view.query, "is_shared": view.is_shared}
