"""Pairs of patterns that people told apart, and taking that back."""

from datetime import datetime

from django.db import transaction

from loops import permissions
from loops.actions.holding import hold_catalogue
from loops.feed import tell_of_pattern
from loops.models import CannotLink, FailurePattern
from m25console import audit
from m25console.access import Actor, check_reviews
from m25console.refusals import InvalidInput, NotFound, WrongState


@transaction.atomic
def tell_apart(
    *, pattern_id: str, other_id: str, reason: str, by: Actor, now: datetime
) -> CannotLink:
    """Keep two patterns from ever being made one, until somebody lifts that.

    Raises NotFound, NotPermitted, InvalidInput or WrongState (they are one already, or told
    apart already), having changed nothing.
    """
    check_reviews(by)
    note = permissions.check_pattern_reason(reason)
    if pattern_id == other_id:
        raise InvalidInput("Choose two different patterns.")
    hold_catalogue(by.tenant.pk)
    mine = FailurePattern.objects.for_tenant(by.tenant).locked()
    found = list(mine.filter(pk__in=[pattern_id, other_id]))
    if len(found) != len({pattern_id, other_id}):
        raise NotFound("There is no such pattern.")
    first, second = found
    if (first.merged_into_id or first.pk) == (second.merged_into_id or second.pk):
        raise WrongState("They are one pattern now. Split it first.")
    if CannotLink.objects.standing().filter(left=first, right=second).exists():
        raise WrongState("These two were told apart already.")
    return keep_apart(first, second, note=note, by=by, now=now)


@transaction.atomic
def lift(*, link_id: int, reason: str, by: Actor, now: datetime) -> CannotLink:
    """Let two patterns be merged again. Raises NotFound, NotPermitted, InvalidInput or
    WrongState (it was lifted before), having changed nothing."""
    check_reviews(by)
    note = permissions.check_pattern_reason(reason)
    hold_catalogue(by.tenant.pk)
    mine = CannotLink.objects.for_tenant(by.tenant).filter(pk=link_id)
    link = mine.select_for_update(of=("self",)).first()
    if link is None:
        raise NotFound("There is no such pair.")
    if link.lifted_at is not None:
        raise WrongState(f"{link.lifted_by} lifted this already.")
    link.lifted_at, link.lifted_by, link.lifted_reason = now, by.label, note
    link.save(update_fields=["lifted_at", "lifted_by", "lifted_reason"])
    pair = list(FailurePattern.objects.locked().filter(pk__in=[link.left_id, link.right_id]))
    for one, other in (pair, reversed(pair)):
        one.apart_from = [pk for pk in one.apart_from if pk != other.pk]
        one.save(update_fields=["apart_from"])
    audit.record(by=by, action="pattern.lift_apart", about=link, note=note, now=now)
    tell_of_pattern(pair[0], now=now)
    return link


def keep_apart(
    first: FailurePattern, second: FailurePattern, *, note: str, by: Actor, now: datetime
) -> CannotLink:
    """Write the pair down; the caller holds the catalogue and both patterns. One that stands
    already is left as it is."""
    assert by.user is not None  # only people may review
    left, right = sorted([first, second], key=lambda one: one.pk)
    standing = CannotLink.objects.standing().filter(left=left, right=right).first()
    if standing is not None:
        return standing
    link = CannotLink.objects.create(
        tenant=by.tenant, left=left, right=right, reason=note, person=by.user, label=by.label,
        at=now,
    )  # fmt: skip
    for one, other in ((left, right), (right, left)):
        one.apart_from = [*one.apart_from, other.pk]
        one.save(update_fields=["apart_from"])
    audit.record(
        by=by, action="pattern.tell_apart", about=left, note=note, now=now,
        after={"from": right.pk},
    )  # fmt: skip
    tell_of_pattern(left, now=now)
    return link
