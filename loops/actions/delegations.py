"""Having a colleague decide in one's place while one is away."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from loops.domain import delegating
from loops.models import Delegation
from loops.models.reviewing import DelegationQuerySet
from m25console import audit
from m25console.access import Actor, check_reviews
from m25console.models import Membership, User
from m25console.refusals import InvalidInput, NotFound, NotPermitted, WrongState
from m25console.vocabulary import Role

DECIDE = (Role.REVIEWER, Role.ADMIN)


@dataclass(frozen=True)
class Standing:
    """An actor as they act now, and everybody in whose place they might."""

    actor: Actor
    absent: list[User]
    has_own_place: bool  # whether they may decide for themself


def standing_of(actor: Actor, *, for_whom: str = "", now: datetime) -> Standing:
    """In whose place the actor acts: that of the member who signs in as `for_whom`, else their
    own. Someone who may not decide themself stands in for whoever asked them first. One query.

    Raises NotPermitted if `for_whom` has not asked them to.
    """
    return standing_by(delegations_to(actor, now=now), actor, for_whom=for_whom)


def delegations_to(actor: Actor, *, now: datetime) -> DelegationQuerySet:
    """Those by which the actor may act in others' places now, with who lent them, in order."""
    return _held_by(actor, now=now).select_related("delegator")


def standing_by(held: Iterable[Delegation], actor: Actor, *, for_whom: str = "") -> Standing:
    """The standing that `delegations_to` the actor give, as `standing_of` tells and raises."""
    absent = [one.delegator for one in held]
    if not for_whom and (actor.can_review or not absent):
        return Standing(actor, absent, actor.can_review)
    chosen = next((one for one in absent if for_whom in ("", one.username)), None)
    if chosen is None:
        raise NotPermitted(f"{for_whom} has not asked you to decide for them now.")
    return Standing(in_place_of(actor, chosen), absent, actor.can_review)


def in_place_of(actor: Actor, absent: User) -> Actor:
    """The actor standing in for `absent`; both names are in what they leave behind."""
    # The shortest column that keeps who acted holds 150 characters.
    return replace(actor, acts_for=absent, label=f"{actor.label[:70]} for {absent}"[:150])


def check_stands_in(by: Actor, *, now: datetime) -> None:
    """Whether a stand-in still is one, under the lock of the delegation. Raises NotPermitted."""
    if by.acts_for is None:
        return
    held = _held_by(by, now=now).filter(delegator=by.acts_for)
    if not held.select_for_update(of=("self",)).exists():
        raise NotPermitted(f"You do not stand in for {by.acts_for} any more.")


@transaction.atomic
def give(
    *,
    to: str,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    by: Actor,
    now: datetime,
) -> Delegation:
    """Have the member who signs in as `to` decide in the actor's place between two moments.

    Raises NotPermitted, InvalidInput, or WrongState if the two have such an agreement for part of
    that time, or would pass a lent place on.
    """
    check_may_delegate(by)
    _lock_own(by)
    faults = delegating.faults_of(starts_at=starts_at, ends_at=ends_at, reason=reason, now=now)
    delegate = _colleague(to, by=by, faults=faults)
    if delegate is None:
        raise InvalidInput.of(faults)
    _check_free(delegate, starts_at=starts_at, ends_at=ends_at, by=by)
    assert by.user is not None  # only people may decide, and so lend their place
    row = Delegation.objects.create(
        tenant=by.tenant, delegator=by.user, delegate=delegate, reason=reason.strip(),
        starts_at=starts_at, ends_at=ends_at, created_at=now,
    )  # fmt: skip
    audit.record(
        by=by, action="delegation.given", about=row, after=_told(row), note=row.reason, now=now
    )
    return row


@transaction.atomic
def end(*, delegation_id: int, by: Actor, now: datetime) -> Delegation:
    """Take a delegation back: one's own, or as an admin anybody's.

    Raises NotFound, NotPermitted, or WrongState if it is over.
    """
    mine = Delegation.objects.for_tenant(by.tenant).filter(pk=delegation_id)
    row = mine.select_for_update(of=("self",)).select_related("delegator", "delegate").first()
    if row is None:
        raise NotFound("There is no such delegation.")
    check_end(by, row, now=now)
    row.ended_at = now
    row.save(update_fields=["ended_at"])
    audit.record(by=by, action="delegation.ended", about=row, before=_told(row), now=now)
    return row


def check_may_delegate(by: Actor) -> None:
    """Whether this actor has a place to lend. Raises NotPermitted."""
    check_reviews(by)
    if by.acts_for is not None:
        raise NotPermitted("You stand in for somebody; that place is not yours to lend.")


def check_end(by: Actor, row: Delegation, *, now: datetime) -> None:
    """Whether this actor may take this delegation back now."""
    if row.delegator != by.user and not by.can_administer:
        raise NotPermitted("Only the one who asked for it, or an admin, takes it back.")
    if row.ended_at is not None or row.ends_at <= now:
        raise WrongState("This is over already.")


def _held_by(actor: Actor, *, now: datetime) -> DelegationQuerySet:
    """What others have lent to the actor and is in force, the oldest first.

    Whoever may not decide any more has nothing to lend, so that is asked now, not when it was lent.
    """
    lenders = Membership.objects.filter(
        tenant=OuterRef("tenant"), user=OuterRef("delegator"), role__in=DECIDE
    )
    held = Delegation.objects.for_tenant(actor.tenant).in_force(now).filter(delegate=actor.user)
    return held.filter(Exists(lenders), delegator__is_active=True).order_by("created_at", "pk")


def _lock_own(by: Actor) -> None:
    """Lock the actor's membership: under it their delegations are compared and made."""
    own = Membership.objects.filter(tenant=by.tenant, user=by.user)
    if own.select_for_update(of=("self",), no_key=True).first() is None:
        raise NotPermitted("You are not a member of this tenant; you have no place here to lend.")


def _colleague(to: str, *, by: Actor, faults: dict[str, list[str]]) -> User | None:
    """The member meant; None, with the fault told, if there is none or anything else is wrong."""
    person = User.objects.known_as(to).filter(memberships__tenant=by.tenant, is_active=True).first()
    if person is None:
        faults["to"] = ["Choose a member of this tenant."]
    elif person == by.user:
        faults["to"] = ["Choose somebody else: you cannot stand in for yourself."]
    return None if faults else person


def _check_free(delegate: User, *, starts_at: datetime, ends_at: datetime, by: Actor) -> None:
    same = Delegation.objects.for_tenant(by.tenant).filter(delegator=by.user, delegate=delegate)
    if same.filter(ended_at__isnull=True, starts_at__lt=ends_at, ends_at__gt=starts_at).exists():
        raise WrongState(f"{delegate} stands in for you during part of that time already.")


def _told(row: Delegation) -> dict[str, str]:
    return {
        "delegate": row.delegate.username,
        "starts_at": row.starts_at.isoformat(),
        "ends_at": row.ends_at.isoformat(),
    }
