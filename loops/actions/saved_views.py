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
    try:
        with transaction.atomic():
            view.save(force_insert=True)
    except IntegrityError:
        raise _refused("You have a view of this name already; give it another.") from None
    audit.record(by=by, action="view.saved", about=view, after=_told(view), now=now)
    return view


@transaction.atomic
def delete(*, view_id: int, by: Actor, now: datetime) -> SavedView:
    """Forget a view: one's own, or as an admin one that is shared. The view as it was.

    Raises NotFound, also for what another keeps for themselves, and NotPermitted.
    """
    rows = SavedView.objects.for_tenant(by.tenant).select_for_update(of=("self",))
    view = rows.visible_to(by.user).filter(pk=view_id).select_related("owner").first()
    if view is None:
        raise NotFound("There is no such view.")
    if not may_delete(view, by=by):
        raise NotPermitted("Only who made this view, or an admin, can delete it.")
    audit.record(by=by, action="view.deleted", about=view, before=_told(view), now=now)
    view.delete()
    view.pk = view_id  # Django takes it away, and the caller may say which it was
    return view


def may_delete(view: SavedView, *, by: Actor) -> bool:
    """Whether the view is this person's, or shared and they administer the tenant."""
    own = by.user is not None and view.owner_id == by.user.pk
    return own or (view.is_shared and by.can_administer)


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
